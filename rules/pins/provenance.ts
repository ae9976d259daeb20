/** What a candidate is: which image, of which pull request, made by which run. */
export interface CandidateProvenance {
  /** Label of the image: `ci-image/rocm`. */
  readonly image: string;
  /** The name that the content gets when the pull request is merged: `rocm-k<key>`. */
  readonly contentName: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly pullRequest: number;
  /** Newest commit of the pull request's branch, 40 hex digits. */
  readonly head: string;
  /** The commit that was built: the pull request merged into its base. */
  readonly merge: string;
  /** Commit of the base branch that it was merged into. */
  readonly base: string;
  /** `OWNER/NAME` of the repository that the pull request is for. */
  readonly repository: string;
  /** Its number on GitHub, which a new repository of the same name does not have. */
  readonly repositoryId: number;
  /** The run that built and pushed it: `https://github.com/OWNER/NAME/actions/runs/1/attempts/1`. */
  readonly run: string;
}

/** What a candidate must be to be taken. */
export interface ExpectedProvenance extends Pick<
  CandidateProvenance,
  "image" | "contentName" | "pullRequest" | "repository" | "repositoryId"
> {
  /** Number of the repository's owner on GitHub. */
  readonly ownerId: number;
}
