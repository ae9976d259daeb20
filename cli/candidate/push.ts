export interface CandidatePushOptions {
  /** Folder of the pull request's merge commit. */
  readonly checkout: string;
  /** By rules/image-label.ts. */
  readonly image: string;
  /** Absent with `reuse`. */
  readonly from?: string;
  readonly reuse: boolean;
  readonly pullRequest: number;
  readonly merge: string;
  readonly head: string;
  readonly base: string;
  readonly stack?: string;
  readonly json: boolean;
}

/** Publishes an image that was built from a pull request. Returns the exit code. */
export async function pushCandidate(options: CandidatePushOptions): Promise<number> {
  throw new Error(`not there yet: ${options.image}`);
}
