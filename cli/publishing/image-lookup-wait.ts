import { UserError } from "../../rules/problems.ts";
import { BUILD_WORKFLOW, type ListedRun, Trouble } from "./workflow-runs.ts";

/** What is waited for. */
export interface AwaitedImage {
  /** `host/path:contentName` */
  readonly name: string;
  /** 40 hex digits. */
  readonly commit: string;
  /** What to do when no run makes it: a command. */
  readonly build: string;
}

/** What the wait asks, and how time passes. */
export interface WaitParts {
  /** Digest of the name on its registry. @throws Trouble when it cannot be asked just now */
  readonly lookUp: () => Promise<string | undefined>;
  /** Runs for the commit, newest first. @throws Trouble when GitHub cannot be asked just now */
  readonly runs: () => Promise<readonly ListedRun[]>;
  /** Why what was pushed publishes nothing, where that is known. */
  readonly refusal: string | undefined;
  /** Takes a line of progress. */
  readonly say: (line: string) => void;
  readonly clock: Clock;
}

export interface Clock {
  /** Milliseconds since any fixed time. */
  now(): number;
  /** Ends after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** How long a run may take to appear after its push, in milliseconds. */
const GRACE = 60_000;
/** Between two questions: short at first, then a part of what was waited for, for many may wait at once. */
const SHORTEST_PAUSE = 5_000;
const LONGEST_PAUSE = 60_000;
const PAUSE_SHARE = 0.1;
/** How often a person hears that nothing has changed. */
const NEWS_EVERY = 60_000;

/**
 * Waits until a registry has an image, for as long as a run that may make it is under way. A service that cannot be asked
 * is asked again until the time is over: a run goes on meanwhile.
 * @param minutes at most
 * @returns its digest
 * @throws UserError as soon as no run will make it, when the time is over, or when a service refuses
 */
export async function waitForImage(
  image: AwaitedImage,
  minutes: number,
  { lookUp, runs, refusal, say, clock }: WaitParts,
): Promise<string> {
  const start = clock.now();
  const limit = minutes * 60_000;
  const news = new News(say, clock);
  let state = "nothing is known of a run";
  for (;;) {
    let asked: number | undefined;
    try {
      // The run first: whatever it made was there when it ended.
      const found = await runs();
      const digest = await lookUp();
      if (digest !== undefined) return digest;
      const under = found.find(({ status }) => status !== "completed");
      if (under === undefined) {
        const why = whyNever(found, image, refusal, clock.now() - start);
        if (why !== undefined) throw new UserError(`${image.name} is not there: ${why}`);
      }
      state =
        under === undefined
          ? `no run of ${BUILD_WORKFLOW} for ${image.commit} yet`
          : `run ${under.id} of ${BUILD_WORKFLOW} is ${under.status.replaceAll("_", " ")}: ${under.url}`;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      state = error.message;
      asked = error.retryAfter;
    }
    const waited = clock.now() - start;
    if (waited >= limit) {
      throw new UserError(
        `${image.name} is not there after ${minutes} min; ${state}. Wait longer, or build it: ${image.build}`,
      );
    }
    news.tell(state, waited);
    const pause = Math.min(Math.max(waited * PAUSE_SHARE, SHORTEST_PAUSE), LONGEST_PAUSE);
    await clock.sleep(Math.min(Math.max(pause, asked ?? 0), limit - waited));
  }
}

/** Why runs that are all over will not make the image; undefined while one may still appear. */
function whyNever(
  runs: readonly ListedRun[],
  { commit, build }: AwaitedImage,
  refusal: string | undefined,
  waited: number,
): string | undefined {
  const [newest] = runs;
  if (newest === undefined) {
    const none = `there is no run of ${BUILD_WORKFLOW} for ${commit}`;
    if (refusal !== undefined) {
      return `${none}, and none will come: ${refusal}. Build it: ${build}`;
    }
    if (waited < GRACE) return undefined;
    return `${none}, and none will come; is the commit pushed to a branch that publishes? Build it: ${build}`;
  }
  const succeeded = runs.find(({ conclusion }) => conclusion === "success");
  if (succeeded !== undefined) {
    return `run ${succeeded.id} of ${BUILD_WORKFLOW} for ${commit} succeeded without it (${succeeded.url}); does the checkout differ from the commit, or the stack? Build it: ${build}`;
  }
  const conclusion = (newest.conclusion ?? "over").replaceAll("_", " ");
  return `run ${newest.id} of ${BUILD_WORKFLOW} for ${commit} ended: ${conclusion} (${newest.url}); run it again, or build it: ${build}`;
}

/** Says what has changed at once, and that nothing has every now and then. */
class News {
  readonly #say: (line: string) => void;
  readonly #clock: Clock;
  #last: { readonly state: string; readonly at: number } | undefined;

  constructor(say: (line: string) => void, clock: Clock) {
    this.#say = say;
    this.#clock = clock;
  }

  tell(state: string, waited: number): void {
    const now = this.#clock.now();
    if (this.#last?.state === state && now - this.#last.at < NEWS_EVERY) return;
    this.#last = { state, at: now };
    this.#say(`waiting  ${(waited / 60_000).toFixed(1)} min  ${state}`);
  }
}
