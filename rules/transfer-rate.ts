/** What had come in all at a moment. */
export interface Sample {
  /** Milliseconds, from any beginning. */
  readonly at: number;
  readonly bytes: number;
}

/** Milliseconds that a rate looks back: short enough to follow a change, long enough not to flicker. */
const WINDOW = 15_000;

/** The samples with a later one, without those that a rate needs no longer. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  // One at or before the window's beginning stays: else the window would be shorter than it is.
  const first = samples.findLastIndex(({ at }) => at <= sample.at - WINDOW);
  return [...samples.slice(Math.max(first, 0)), sample];
}

/** Bytes a second over the window; undefined before there are two moments. */
export function rateOf(samples: readonly Sample[]): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return (Math.max(last.bytes - first.bytes, 0) * 1000) / (last.at - first.at);
}

/** Seconds that so many bytes take at a rate; undefined when nothing moves. */
export function secondsLeft(bytes: number, rate: number | undefined): number | undefined {
  if (bytes <= 0) return 0;
  return rate === undefined || rate <= 0 ? undefined : Math.ceil(bytes / rate);
}

/** `9 s`, `2 min 5 s`, `3 h 12 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
