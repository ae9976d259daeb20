/**
 * How a family's images are named on registries. `pytorch` has one image per accelerator, and release lines;
 * `therock` has one image and no accelerator.
 */
export type Scheme = "pytorch" | "therock";

/** A line of development with floating names of its own, written as its branch. */
export type Channel = "main" | `release/${number}.${number}`;

const RELEASE = /^release\/([0-9]+\.[0-9]+)$/;
const KEY = /^[0-9a-f]{40}$/;
const ACCELERATOR = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
/** Leaves room for `-k<key>` and a platform in the 128 characters of a tag. */
const ACCELERATOR_LENGTH = 64;

/** Whether a branch has a stack of its own: `main`, or `release/` and a version of two numbers. */
export function isChannel(text: string): text is Channel {
  return text === "main" || RELEASE.test(text);
}

/**
 * The name of an image's content: `cuda12.8-k<key>`, or `k<key>` in a family with one image. The first content that gets
 * the name keeps it.
 * @param key of rules/content-key.ts, 40 hex digits
 */
export function contentName(accelerator: string | undefined, key: string): string {
  if (!KEY.test(key)) throw new Error(`${JSON.stringify(key)} is no content key (40 hex digits)`);
  return accelerator === undefined ? `k${key}` : `${accelerator}-k${key}`;
}

/**
 * The names that follow a channel, the usual one first.
 *
 * | scheme | main | release/2.10 |
 * |---|---|---|
 * | pytorch | `T`, `T-main` | `T-2.10` |
 * | therock | `latest`, `main` | none: it has no release lines |
 *
 * Only main has the bare `T`: a release branch that moved it would hand main's jobs an older toolchain.
 * @see https://github.com/pytorch/pytorch/issues/186916
 */
export function floatingNames(
  scheme: Scheme,
  channel: Channel,
  accelerator?: string,
): readonly string[] {
  switch (scheme) {
    case "pytorch": {
      if (accelerator === undefined) throw new Error("scheme pytorch names an accelerator");
      const release = RELEASE.exec(channel)?.[1];
      return release === undefined
        ? [accelerator, `${accelerator}-main`]
        : [`${accelerator}-${release}`];
    }
    case "therock":
      if (accelerator !== undefined) throw new Error("scheme therock names no accelerator");
      return channel === "main" ? ["latest", "main"] : [];
  }
}

/** Ends that names add to an accelerator; an accelerator that ended so could be read as another's name. */
const ENDS: readonly { readonly end: RegExp; readonly meaning: string }[] = [
  { end: /(?:^|-)main$/, meaning: "the main channel" },
  { end: /(?:^|-)[0-9]+(?:\.[0-9]+)*$/, meaning: "a release channel" },
  { end: /(?:^|-)v[0-9]+(?:\.[0-9]+)*(?:-rc[0-9]+)?$/, meaning: "a version tag" },
  { end: /(?:^|-)k[0-9a-f]{7,}(?:-[a-z0-9]+)*$/, meaning: "a content key" },
  { end: /(?:^|-)(?:[0-9a-f]{40}|[0-9a-f]{64})$/, meaning: "a commit" },
];

/**
 * What is wrong with an accelerator's name, or nothing. Names that pass are injective: accelerator, hyphen and end of one
 * image are never the name of another image of the family, whatever accelerators join it later. For `A-x` to be a name
 * of both `A-x` and `A`, `x` must be an end, and no accelerator has one.
 */
export function acceleratorProblem(accelerator: string): string | undefined {
  const quoted = JSON.stringify(accelerator);
  if (!ACCELERATOR.test(accelerator)) {
    return `${quoted} is no accelerator; write lower-case letters and digits, parts separated by one ".", "_" or "-"`;
  }
  if (accelerator.length > ACCELERATOR_LENGTH) {
    return `${quoted} has ${accelerator.length} characters; at most ${ACCELERATOR_LENGTH} leave room for a content key in a tag`;
  }
  if (accelerator === "latest" || accelerator === "pin" || accelerator.startsWith("pin-")) {
    return `${quoted} is reserved: "latest" and names that begin with "pin" mean something else on a registry`;
  }
  const found = ENDS.find(({ end }) => end.test(accelerator));
  if (found === undefined) return undefined;
  const end = found.end.exec(accelerator)?.[0] ?? "";
  return `${quoted} ends like the name of ${found.meaning} (${JSON.stringify(end)}); join the last part otherwise, e.g. "ubuntu24.04" for "ubuntu-24.04"`;
}
