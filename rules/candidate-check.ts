import { codeSpan } from "./markdown-text.ts";

/** A candidate that is published. */
export interface PublishedCandidate {
  /** Label of the image: `ci-image/rocm`. */
  readonly image: string;
  readonly contentName: string;
  readonly digest: string;
  /** `host/path@sha256:...` */
  readonly references: readonly string[];
  /** Page of the run that published it. */
  readonly run: string;
}

/** What the names of all check runs of candidates begin with. */
const CHECK = "candidate ";

/** What the check run of an image's candidate is called. */
export function candidateCheckName(image: string): string {
  return `${CHECK}${image}`;
}

/** Whether a check tells of a candidate, and thus nothing of what somebody tried. */
export function isCandidateCheck(name: string): boolean {
  return name.startsWith(CHECK);
}

/** What a check run says of a published candidate: by its name and digest jobs and other programs find it. */
export function candidateCheck({
  image,
  contentName,
  digest,
  references,
  run,
}: PublishedCandidate): {
  readonly name: string;
  readonly externalId: string;
  readonly conclusion: "success";
  readonly title: string;
  readonly summary: string;
} {
  return {
    name: candidateCheckName(image),
    externalId: digest,
    conclusion: "success",
    title: contentName,
    summary: [
      `Built from this pull request and signed, for its own jobs, by [this run](${run}):`,
      "",
      ...references.map((reference) => `- ${codeSpan(reference)}`),
      "",
      `Merged unchanged, it is published as ${codeSpan(contentName)}.`,
    ].join("\n"),
  };
}
