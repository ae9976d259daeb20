/** The part of Octokit's error that says what GitHub answered. */
interface Refusal {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** Longer than a run should sit idle; who comes up against such a limit is told until when it lasts. */
const LONGEST_WAIT = 300;
/** What GitHub asks for where it names no time. */
const WAIT = 60;

/**
 * Seconds to wait before a request that met a rate limit is sent again; undefined for any other refusal.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function rateLimitWait(
  { status, response }: Refusal,
  now: number = Date.now(),
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const { headers = {} } = response ?? {};
  const after = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && Number.isFinite(after)) return Math.max(after, 0);
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const reset = Number(headers["x-ratelimit-reset"]) * 1000;
    // A second more, because the time of the reset is rounded.
    return Number.isFinite(reset) ? Math.max(Math.ceil((reset - now) / 1000) + 1, 0) : WAIT;
  }
  return status === 429 ? WAIT : undefined;
}

/** Whether that is worth waiting for. */
export function isShort(seconds: number): boolean {
  return seconds <= LONGEST_WAIT;
}
