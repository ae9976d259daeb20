import { git } from "../../../context/git.ts";
import { COMMIT } from "../../../rules/image-list.ts";
import type { SourceChange } from "../../../rules/pins/proposal.ts";
import { commitOfImage, imageLine } from "../../../rules/pins/proposal-commit.ts";
import { PROJECT_ROOT } from "../../project-root.ts";
import type { KnownImages } from "../known-images.ts";

/** Messages of earlier proposals that may name a digest. */
const MOST_MESSAGES = 5;
const NOT_KNOWN =
  "no published list and no earlier proposal says which commit the old digest is of";

/** An image whose folder changed between two digests. */
export interface MovedImage {
  /** Label. */
  readonly image: string;
  /** Its folder in images/; undefined of an image that is not built here. */
  readonly family: string | undefined;
  readonly from: readonly string[];
  readonly to: string;
}

/**
 * What changed in an image's folder between the commits of the old and the new digest, as git has it in this project's history.
 * The commit of a digest is what a published list says, or the message of the proposal that pinned it.
 */
export async function sourceChange(
  { image, family, from, to }: MovedImage,
  known: KnownImages,
): Promise<SourceChange> {
  if (family === undefined) return { unknown: "it is not built here" };
  const after = commitOf(image, to, known);
  if (after === undefined) return { unknown: "no published list says which commit it is of" };
  const [old, ...others] = from.filter((digest) => digest !== to);
  if (old === undefined) return { unknown: "nothing since the candidate was made, which it is" };
  if (others.length > 0) {
    return { unknown: "it was pinned at several digests" };
  }
  const before = commitOf(image, old, known) ?? (await commitInHistory(image, old));
  if (before === undefined) return { unknown: NOT_KNOWN };
  const { exitCode, stdout } = await git(PROJECT_ROOT, [
    ...["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--end-of-options"],
    ...[before, after, "--", `images/${family}`],
  ]);
  if (exitCode === 0) return { from: before, to: after, diff: stdout };
  return {
    unknown: `this checkout does not have ${before} and ${after}; it needs the whole history`,
  };
}

/** The commit that a published list names for a digest; undefined where none does. */
export function commitOf(image: string, digest: string, known: KnownImages): string | undefined {
  return known.all.find((one) => one.image === image && one.digest === digest)?.commit;
}

async function commitInHistory(image: string, digest: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git(PROJECT_ROOT, [
    ...["log", `--max-count=${MOST_MESSAGES}`, "--format=%B", "--fixed-strings"],
    `--grep=${imageLine({ image, digest })}`,
  ]);
  const commit = exitCode === 0 ? commitOfImage(stdout, { image, digest }) : undefined;
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined;
}
