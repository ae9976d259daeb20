import { parseImageLabel } from "../image-label.ts";
import type { PinnedDigest } from "./pinned-digests.ts";

/** A digest as somebody's code has it. */
export type SeenPin = Omit<PinnedDigest, "seen" | "users"> & {
  /** `OWNER/NAME@BRANCH` */
  readonly user: string;
};

/** What protection follows from. */
export interface ProtectionSources {
  /** What the file said before. */
  readonly before: readonly PinnedDigest[];
  /** What is pinned now, in every branch that was looked at. */
  readonly seen: readonly SeenPin[];
  /** Repositories whose branches were all looked at: `OWNER/NAME`. Of others nobody knows what they pin; every one that counts. */
  readonly looked: ReadonlySet<string> | "every";
  /** Branches whose files could not be read, so that nobody knows what they pin either: `OWNER/NAME@BRANCH`. */
  readonly unread: ReadonlySet<string>;
  /** What was in the file and is on its registry no longer, so that nothing can keep it. */
  readonly absent: (pin: PinnedDigest) => boolean;
  /** Digests that a channel hands out, or that an index which one hands out lists. */
  readonly handedOut: ReadonlySet<string>;
  /** In UTC: `2026-11-21`. */
  readonly today: string;
  /** Milliseconds for which a digest is kept that nobody has any more. */
  readonly grace: number;
}

export interface Protection {
  /** What the file says from now on. */
  readonly pins: readonly PinnedDigest[];
  readonly added: readonly PinnedDigest[];
  /** Those that are in the file no longer. */
  readonly released: readonly PinnedDigest[];
  /** Those that are in the file no longer since they are not on their registry, whoever pins them. */
  readonly gone: readonly PinnedDigest[];
  /** Those that nobody pins any more, and why they stay. */
  readonly kept: readonly { readonly pin: PinnedDigest; readonly why: string }[];
}

/**
 * Which digests are protected from now on. A digest stays from the day on which it was seen last until the grace time is over, and
 * longer while a channel hands it out, or while a repository or branch was not looked at that had it. Its users are those of that
 * last day, and who had it before and was not looked at since.
 */
export function protection(sources: ProtectionSources): Protection {
  const { before, seen, today } = sources;
  const known = new Map(before.map((pin) => [keyOf(pin), pin]));
  const now = new Map<string, PinnedDigest>();
  for (const { user, ...pin } of seen) {
    const key = keyOf(pin);
    const old = known.get(key);
    const unlooked = old?.users.filter((one) => !isLookedAt(one, sources)) ?? [];
    const { image = pin.image, users = unlooked } = now.get(key) ?? {};
    now.set(key, {
      ...pin,
      image: exactLabel([pin.image, image, old?.image ?? image]),
      seen: today,
      users: [...new Set([...users, user])],
    });
  }
  const kept: { pin: PinnedDigest; why: string }[] = [];
  const released: PinnedDigest[] = [];
  const gone = before.filter((pin) => sources.absent(pin));
  for (const pin of unseenPins(before, seen)) {
    if (gone.includes(pin)) continue;
    const why = reason(pin, sources);
    if (why === undefined) released.push(pin);
    else kept.push({ pin, why });
  }
  return {
    pins: [...now.values(), ...kept.map(({ pin }) => pin)],
    added: [...now.values()].filter((pin) => !known.has(keyOf(pin))),
    released,
    gone,
    kept,
  };
}

/** Pins of the file that nobody was seen to have. */
export function unseenPins(
  before: readonly PinnedDigest[],
  seen: readonly SeenPin[],
): readonly PinnedDigest[] {
  const now = new Set(seen.map(keyOf));
  return before.filter((pin) => !now.has(keyOf(pin)));
}

/** Later days alone are no news before this: nobody is to review them every week. */
const NEWS = 28 * 86_400_000;

/** Whether a file tells more than the one before: other digests or users, or days that are much later. */
export function isNews(before: readonly PinnedDigest[], pins: readonly PinnedDigest[]): boolean {
  const known = new Map(before.map((pin) => [keyOf(pin), pin]));
  return (
    pins.length !== before.length ||
    pins.some((pin) => {
      const old = known.get(keyOf(pin));
      if (old === undefined || Date.parse(pin.seen) - Date.parse(old.seen) >= NEWS) return true;
      return [...pin.users].sort().join("\n") !== [...old.users].sort().join("\n");
    })
  );
}

/** Why a digest stays that nobody was seen to have; undefined where nothing keeps it. */
function reason(
  { digest, seen, users }: PinnedDigest,
  sources: ProtectionSources,
): string | undefined {
  const { handedOut, today, grace } = sources;
  if (handedOut.has(digest)) return "a channel hands it out";
  const unknown = users.filter((user) => !isLookedAt(user, sources));
  if (unknown.length > 0) return `${unknown.join(", ")} was not looked at`;
  const ends = Date.parse(seen) + grace;
  if (Date.parse(today) <= ends) return `its grace time ends on ${dayOf(ends)}`;
  return undefined;
}

/** Whether it is known what a user pins now: `OWNER/NAME@BRANCH`. */
function isLookedAt(user: string, { looked, unread }: ProtectionSources): boolean {
  return !unread.has(user) && (looked === "every" || looked.has(repositoryOf(user)));
}

/** The first label that says which one of a family's images it is, else the first; of a family with one image all are the same. */
export function exactLabel(labels: readonly [string, ...string[]]): string {
  return labels.find((label) => parseImageLabel(label)?.accelerator !== undefined) ?? labels[0];
}

/** `OWNER/NAME` of `OWNER/NAME@BRANCH`. */
function repositoryOf(user: string): string {
  return user.slice(0, user.indexOf("@"));
}

function keyOf({ repository, digest }: Pick<PinnedDigest, "repository" | "digest">): string {
  return `${repository}@${digest}`;
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, "2026-11-21".length);
}
