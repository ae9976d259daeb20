import { posix } from "node:path";
import { heredocOf } from "./heredocs.ts";
import type { Instruction } from "./instructions.ts";

/** A file or folder that an instruction of a Dockerfile reads. */
export interface Read {
  /** A stage, a named context or an image; absent for the build context. */
  readonly from?: string;
  /** Absent when it cannot be told from the text, or is the root. */
  readonly path?: string;
}

/** What only ADD fetches; every other word is a path. @see https://docs.docker.com/reference/dockerfile/#adding-files-from-a-url */
const REMOTE = /^(?:(?:https?|git|ssh):\/\/|git@[\w.-]+:)/;
/** Mounts that read nothing unless they say from where. */
const WITHOUT_CONTEXT = new Set(["cache", "tmpfs", "secret", "ssh"]);

/** What a COPY or an ADD reads of contexts, stages and images; what comes over the network is left out. */
export function copyReads({ keyword, flags, text }: Instruction): readonly Read[] {
  const from = flags.find((flag) => flag.startsWith("--from="))?.slice("--from=".length);
  const sources = copySources(text);
  if (sources === undefined) return [{ ...(from !== undefined && { from }) }];
  return sources
    .filter((source) => keyword === "COPY" || !REMOTE.test(source))
    .map((source) => read(from, source));
}

/** Undefined where the text does not tell them. */
function copySources(text: string): readonly string[] | undefined {
  const words = text.startsWith("[") ? jsonWords(text) : text.split(/[ \t\v\f\r]+/);
  const sources = words?.slice(0, -1);
  if (sources?.some((source) => heredocOf(source) === "unclear") === true) return undefined;
  return sources?.filter((source) => heredocOf(source) === undefined);
}

function jsonWords(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the mounts of a RUN read.
 * @see https://docs.docker.com/reference/dockerfile/#run---mount
 */
export function mountReads({ flags }: Instruction): readonly Read[] {
  const reads: Read[] = [];
  for (const flag of flags) {
    if (!/^--mount(?:=|$)/.test(flag)) continue;
    const fields = new Map(
      flag
        .slice("--mount=".length)
        .split(",")
        .map((field) => {
          const [key = "", ...value] = field.split("=");
          return [key.toLowerCase(), value.join("=")];
        }),
    );
    const from = fields.get("from");
    const sources = ["source", "src"].flatMap((key) => fields.get(key) ?? []);
    // A quote could hide a comma; "$" as a source's name is one that nobody can tell.
    if (flag.includes('"')) reads.push({ from: "$" });
    else if (from !== undefined || !WITHOUT_CONTEXT.has((fields.get("type") ?? "").toLowerCase())) {
      reads.push(...(sources.length > 0 ? sources : ["/"]).map((source) => read(from, source)));
    }
  }
  return reads;
}

function read(from: string | undefined, source: string): Read {
  const path = /[*?[\]\\$"'`]/.test(source) ? undefined : posix.join("/", source, "/").slice(1, -1);
  return { ...(from !== undefined && { from }), ...(path !== undefined && { path }) };
}
