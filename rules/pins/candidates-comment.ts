/** The first line of the comment that tells how candidates are pinned. */
const MARKER = "<!-- slipway candidates -->";

/** A candidate of an image, as a command names it. */
export interface CandidateToPin {
  /** Label. */
  readonly image: string;
  /** `host/path-candidate@sha256:...` */
  readonly reference: string;
}

/**
 * What is told in a pull request whose branch Slipway does not write: what to run instead.
 * @param why of its branch, as the rest of a sentence: `is in a fork`
 */
export function candidatesComment(candidates: readonly CandidateToPin[], why: string): string {
  const commands = candidates.map(
    ({ image, reference }) => `npm run -s slipway -- pins bump ${image} --to ${reference}`,
  );
  return [
    MARKER,
    `Images of this pull request were built, and are there to be tried. Its branch ${why}, so that Slipway does not write it: to let the jobs of this pull request run on them, run this in its checkout, commit and push.`,
    "",
    "```sh",
    ...commands,
    "```",
    "",
  ].join("\n");
}

/** Whether a comment is of this kind, whoever wrote it. */
export function isCandidatesComment(body: string): boolean {
  return body.startsWith(MARKER);
}
