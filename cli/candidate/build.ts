export interface CandidateBuildOptions {
  /** Folder of the pull request's checkout. */
  readonly checkout: string;
  /** By rules/image-label.ts. */
  readonly image: string;
  readonly output: string;
  readonly stack?: string;
  readonly json: boolean;
}

/** Builds an image of a pull request into a folder. Returns the exit code. */
export async function buildCandidate(options: CandidateBuildOptions): Promise<number> {
  throw new Error(`not there yet: ${options.image}`);
}
