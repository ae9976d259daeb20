export interface CandidatePlanOptions {
  /** Number of the run of pins.yml. */
  readonly run: number;
  /** Folder of the pull request's merge commit. */
  readonly checkout?: string;
  /** Folder of what it was merged into. */
  readonly base?: string;
  readonly json: boolean;
}

/** Tells what is to be built for the pull request of a run. Returns the exit code. */
export async function planCandidates(options: CandidatePlanOptions): Promise<number> {
  throw new Error(`not there yet: ${options.run}`);
}
