import { isAbsolute, resolve } from "node:path";
import { callerFolder } from "../project-root.ts";
import { UserError } from "../../rules/problems.ts";

/** A folder of this machine inside the container. */
export interface Mount {
  /** Absolute path on this machine. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** How a container is started, whichever engine starts it. */
export interface ContainerRun {
  /** Replaces the image's own command; empty keeps it. */
  readonly command: readonly string[];
  /** Replaces the image's entrypoint. */
  readonly entrypoint?: string;
  readonly mounts: readonly Mount[];
  /** Whether a terminal is at both ends. */
  readonly terminal: boolean;
}

/** Reads `SOURCE:TARGET[:ro]`; a relative source is of the current folder. */
export function parseMount(text: string): Mount {
  const [source = "", target = "", mode, ...rest] = text.split(":");
  const known = mode === undefined || mode === "ro" || mode === "rw";
  if (source === "" || !isAbsolute(target) || !known || rest.length > 0) {
    throw new UserError(
      `--mount ${JSON.stringify(text)} is not SOURCE:TARGET or SOURCE:TARGET:ro with an absolute TARGET; write e.g. --mount .:/work`,
    );
  }
  return { source: resolve(callerFolder(), source), target, readOnly: mode === "ro" };
}
