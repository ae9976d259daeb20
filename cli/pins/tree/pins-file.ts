import { join } from "node:path";
import type { PinsFile } from "../../../rules/pins/pins-file.ts";
import { ProblemsError, UserError } from "../../../rules/problems.ts";
import { REFUSALS, TreeFiles } from "./pinned-file.ts";

/** What a tree says about its own pins, at its root. */
const PINS_FILE = "pins.yaml";

/**
 * What a tree says about its pins; nothing where it has no such file.
 * @throws ProblemsError with all its faults
 */
export async function pinsFileOf(root: string): Promise<PinsFile> {
  const file = new TreeFiles(root).read(PINS_FILE);
  if (file.kind === "none") return { images: [], exclude: [] };
  const source = join(root, PINS_FILE);
  if (file.kind !== "file") {
    throw new UserError(`${source} ${REFUSALS[file.kind]}; write it as a file, or take it away`);
  }
  // Most trees have none, and what reads YAML takes longer to load than a small tree to search.
  const { readPinsFile } = await import("../../../rules/pins/pins-file.ts");
  const read = readPinsFile(file.bytes.toString("utf8").replace(/^\uFEFF/, ""));
  if ("problems" in read) throw new ProblemsError(source, read.problems);
  return read.file;
}
