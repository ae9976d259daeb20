import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../rules/problems.ts";

/** How often something is tried, and how long is waited in between, in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Before the second attempt; doubled before each later one. */
  readonly delay: number;
  /** Longest wait of our own choosing. */
  readonly longestDelay: number;
  /** Longest wait that a server may ask for in `Retry-After`. */
  readonly longestRetryAfter: number;
  /** Without a byte, or of a trickle, after which an attempt has failed; {@link PATIENCE} when undefined. */
  readonly patience?: number;
}

/** Milliseconds. */
export const PATIENCE = 60_000;

/** At most five attempts in about 15 s, or as long as the registry asks, up to a minute each time. */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  delay: 1000,
  longestDelay: 20_000,
  longestRetryAfter: 60_000,
};

/** A fault that may be gone at the next attempt; never leaves {@link retry}. */
export class TransientFault extends Error {
  /** What the user is told when no attempt is left. */
  readonly fault: UserError;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(fault: UserError, retryAfter?: number) {
    super(fault.message, { cause: fault });
    this.fault = fault;
    this.retryAfter = retryAfter;
  }
}

/** No attempt is left, or the server wants the next one too late. */
export class GivenUpFault extends UserError {
  override readonly name: string = "GivenUpFault";
}

/**
 * Tries again after a {@link TransientFault}. Waits are spread over their upper half, so that the parallel requests of one
 * run do not come back together.
 * @param gotOn whether the attempt that failed brought enough to begin counting anew, as a part of a large file does
 * @throws GivenUpFault the last attempt's fault, with the number of attempts.
 */
export async function retry<T>(
  policy: RetryPolicy,
  operation: () => Promise<T>,
  gotOn: () => boolean = () => false,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error;
      if (gotOn()) attempt = 1;
      const { retryAfter } = error;
      if (retryAfter !== undefined && retryAfter > policy.longestRetryAfter) {
        const seconds = Math.ceil(retryAfter / 1000);
        throw told(
          error,
          `the registry asks to come back in ${seconds} s: run the command again then`,
        );
      }
      if (attempt >= policy.attempts) throw told(error, `given up after ${attempt} attempts`);
      const delay = Math.min(policy.delay * 2 ** (attempt - 1), policy.longestDelay);
      await sleep(retryAfter ?? delay * (0.5 + Math.random() / 2));
    }
  }
}

function told(error: TransientFault, note: string): GivenUpFault {
  return new GivenUpFault(`${error.fault.message}; ${note}`, { cause: error.fault });
}

/**
 * Milliseconds of a `Retry-After` header: seconds, or a date.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
