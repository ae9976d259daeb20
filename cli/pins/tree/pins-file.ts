import { join } from "node:path";
import {
  NO_PINS_FILE,
  PINS_FILE,
  type PinsFile,
  readPinsFile,
} from "../../../rules/pins/pins-file.ts";
import { ProblemsError, UserError } from "../../../rules/problems.ts";
import { TreeFiles } from "./pinned-file.ts";

/**
 * What a tree says about its pins; nothing where it has no such file.
 * @throws ProblemsError with all its faults
 */
export function pinsFileOf(root: string): PinsFile {
  const file = new TreeFiles(root).read(PINS_FILE);
  if (file.kind === "none") return NO_PINS_FILE;
  const source = join(root, PINS_FILE);
  if (file.kind !== "file") throw new UserError(`${source} must be a file of its own, no link`);
  const read = readPinsFile(file.bytes.toString("utf8").replace(/^\uFEFF/, ""));
  if ("problems" in read) throw new ProblemsError(source, read.problems);
  return read.file;
}
