import { readFile } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { formatProblems, type Problem, UserError } from "../../rules/problems.ts";
import { type BaseEntry, writeDigests } from "./base-entries.ts";
import { describePlatforms, lackingPlatforms, type Resolutions } from "./resolve-bases.ts";

/** A file before and after its digests were written. */
export interface BumpedFile {
  /** Absolute path. */
  readonly file: string;
  readonly old: string;
  readonly new: string;
  /** Bases whose digest is another one now. */
  readonly bases: readonly { readonly entry: BaseEntry; readonly digest: string }[];
}

/**
 * What pinning each base to what its tag stands for makes of the files; those that change.
 * @throws UserError that lists every base that has no digest to pin, or cannot be pinned
 */
export async function planBump(
  entries: readonly BaseEntry[],
  resolutions: Resolutions,
): Promise<readonly BumpedFile[]> {
  const files: BumpedFile[] = [];
  const faults: string[] = [];
  for (const file of new Set(entries.map((entry) => entry.file))) {
    const own = entries.filter((entry) => entry.file === file);
    const problems: Problem[] = [];
    const bases: { entry: BaseEntry; digest: string }[] = [];
    for (const entry of own) {
      const digest = digestOf(entry, resolutions);
      if (typeof digest === "object") problems.push(digest);
      else if (digest !== entry.digest) bases.push({ entry, digest });
    }
    const old = await readFile(file, "utf8");
    const written = writeDigests(
      old,
      new Map(bases.map(({ entry, digest }) => [entry.name, digest])),
    );
    for (const name of written.unwritable) {
      problems.push({
        path: `bases.${name}.digest`,
        message: "not written in its place as one word; write digest: unresolved there",
      });
    }
    if (problems.length > 0) {
      faults.push(formatProblems(`images/${own[0]?.family ?? ""}/image.yaml`, problems));
    } else if (bases.length > 0) files.push({ file, old, new: written.text, bases });
  }
  if (faults.length > 0) {
    throw new UserError(`${faults.join("\n")}\nno file was changed`);
  }
  return files;
}

/** Writes all files, or none: when one cannot be written, those before it get back what they held. */
export async function writeBump(files: readonly BumpedFile[]): Promise<void> {
  const written: BumpedFile[] = [];
  try {
    for (const file of files) {
      await writeFileAtomic(file.file, file.new);
      written.push(file);
    }
  } catch (error) {
    for (const { file, old } of written) await writeFileAtomic(file, old);
    throw error;
  }
}

function digestOf(entry: BaseEntry, resolutions: Resolutions): string | Problem {
  const path = `bases.${entry.name}`;
  const resolved = resolutions.get(entry.image);
  if (resolved === undefined) throw new Error(`${entry.image} was not resolved`);
  if (resolved instanceof UserError) return { path, message: resolved.message };
  if (resolved.digest === undefined) {
    return { path, message: `${entry.image} is not on its registry; write another tag` };
  }
  const [instruction] = resolved.onbuild;
  if (instruction !== undefined) {
    return {
      path,
      message: `${entry.image} leaves ${JSON.stringify(`ONBUILD ${instruction}`)} to what is built on it, and what that reads is in no content key; write another image`,
    };
  }
  const lacking = lackingPlatforms(entry, resolved);
  if (lacking.length === 0) return resolved.digest;
  return {
    path,
    message: `${entry.image} has no image for ${lacking.join(", ")}, which the family is built for, only for ${describePlatforms(resolved)}; write another image or other platforms`,
  };
}
