import { parseImageLabel } from "../../../rules/image-label.ts";
import { MAIN_BRANCH } from "../../../rules/names.ts";
import { ProblemsError, UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";

/**
 * The file of each image by its label, as runners look for it: `pytorch-linux-jammy-rocm-n-py3_main.tar`, with the accelerator,
 * or the family where it has one image; `_release` for every release line.
 * @throws ProblemsError when two images would have one file
 */
export function exportedFiles(
  images: readonly Pick<CachedImage, "label">[],
  channel: string,
): ReadonlyMap<string, string> {
  const labels = new Map<string, string[]>();
  for (const { label } of images) {
    const file = fileName(label, channel);
    labels.set(file, [...(labels.get(file) ?? []), label]);
  }
  const problems = [...labels]
    .filter(([, sharing]) => sharing.length > 1)
    .map(([file, sharing]) => ({
      path: file,
      message: `would be the file of ${sharing.join(" and of ")}; choose one of them with --image`,
    }));
  if (problems.length > 0) throw new ProblemsError(`images of ${channel}`, problems);
  return new Map([...labels].flatMap(([file, [label = ""]]) => [[label, file]]));
}

/**
 * Makes sure that a channel is one whose files there are: there is one file for all release lines, which is the newest's.
 * @param channels of the store, release lines from the oldest to the newest
 * @throws UserError
 */
export function checkNewest(channel: string, channels: readonly string[]): void {
  if (channel === MAIN_BRANCH) return;
  const newest = newestLine(channels);
  if (channel !== newest) {
    throw new UserError(
      `${channel} is not the newest release line in the store: that is ${newest ?? "none"}, and the files *_release.tar are its; write --channel ${newest ?? MAIN_BRANCH}`,
    );
  }
}

/** The line that the files of release lines are of. @param channels as {@link checkNewest} takes them */
export function newestLine(channels: readonly string[]): string | undefined {
  return channels.findLast((other) => other !== MAIN_BRANCH);
}

/** The file of an image of a channel. */
export function fileName(label: string, channel: string): string {
  const parsed = parseImageLabel(label);
  const name = parsed?.accelerator ?? parsed?.family ?? label;
  return `${name}_${channel === MAIN_BRANCH ? "main" : "release"}.tar`;
}
