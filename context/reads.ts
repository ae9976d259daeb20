import { posix } from "node:path";
import type { Add, Copy, Run } from "dockerfile-ast";

/** A file or folder that an instruction of a Dockerfile reads. */
export interface Read {
  /** A stage, a named context or an image; absent for the build context. */
  readonly from?: string;
  /** Absent when it cannot be told from the text, or is the root. */
  readonly path?: string;
}

const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/;

/** What a COPY or an ADD reads of contexts, stages and images; what comes over the network is left out. */
export function copyReads(instruction: Copy | Add): readonly Read[] {
  const flag = instruction.getFlags().find((each) => each.getName() === "from");
  const from = flag?.getValue() ?? undefined;
  const sources = copySources(instruction);
  if (sources === undefined) return [{ ...(from !== undefined && { from }) }];
  return sources
    .filter((source) => from !== undefined || !REMOTE.test(source))
    .map((source) => read(from, source));
}

/** Undefined where the text does not tell them. */
function copySources(instruction: Copy | Add): readonly string[] | undefined {
  const words = instruction.getArguments().map((argument) => argument.getValue());
  if (words.some((word) => word.startsWith("<<"))) return undefined;
  if (words[0]?.startsWith("[") !== true) return words.slice(0, -1);
  try {
    const list: unknown = JSON.parse(words.join(" "));
    // Words were joined by one space, so a name with spaces in it may not be what was written.
    return Array.isArray(list) &&
      list.every((item) => typeof item === "string" && !item.includes(" "))
      ? list.slice(0, -1)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the mounts of a RUN read.
 * @see https://docs.docker.com/reference/dockerfile/#run---mount
 */
export function mountReads(instruction: Run): readonly Read[] {
  const reads: Read[] = [];
  for (const flag of instruction.getFlags()) {
    if (flag.getName() !== "mount") continue;
    const fields = new Map(
      (flag.getValue() ?? "").split(",").map((field) => {
        const [key = "", ...value] = field.split("=");
        return [key.toLowerCase(), value.join("=")];
      }),
    );
    const from = fields.get("from");
    if ((fields.get("type") ?? "bind") === "bind" || from !== undefined) {
      reads.push(read(from, fields.get("source") ?? fields.get("src") ?? "/"));
    }
  }
  return reads;
}

function read(from: string | undefined, source: string): Read {
  const path = /[*?[\]\\$"]/.test(source) ? undefined : posix.join("/", source, "/").slice(1, -1);
  return { ...(from !== undefined && { from }), ...(path !== undefined && { path }) };
}
