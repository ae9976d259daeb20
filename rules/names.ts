import { branchRef, parseRef, refProblem } from "./git-ref.ts";
import { DIGEST, TAG } from "./image-reference.ts";
import { endsWithMark, markedName } from "./marked-name.ts";

/**
 * How a family's images are named on registries. `pytorch` has one image per accelerator, and release lines;
 * `therock` has one image and no accelerator.
 */
export type Scheme = "pytorch" | "therock";

/** A line of development with floating names of its own, written as its branch: `main`, `release/2.10`, `stage/docker/x`. */
export type Channel = string;

/** A ref in full, with the commit it points to where that is known. */
export interface NamedCommit {
  /** `refs/heads/main`, `refs/tags/v2.10.0-rc1` */
  readonly ref: string;
  /** 40 hex digits; 64 in a repository of SHA-256 objects. */
  readonly commit?: string;
}

/** The branch whose channel has the plain names, and where workflows of the foundation run. */
export const MAIN_BRANCH = "main";
/** Branches with a channel each: this, and one more level. */
const RELEASE = /^release\/([^/]+)$/;
/** Ends that a release line's names have as they are: at least two numbers, so that none is a commit in decimal digits. */
const VERSION = /^[0-9]+(?:\.[0-9]+)+$/;
/** A release candidate's tag: its version, and the release line's part of that. */
export const CANDIDATE = /^v([0-9]+\.[0-9]+)\.[0-9]+-rc[0-9]+$/;
const STAGE = /^stage\/docker\/(.+)$/s;
/** A commit or a tree: SHA-1, or SHA-256 in a repository of that format. */
export const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const KEY = /^[0-9a-f]{40}$/;
const CONTENT_NAME = /^(?:[a-z0-9][a-z0-9._-]*-)?k[0-9a-f]{40}(?:-stage)?$/;

/** A tag's most characters. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export const TAG_LENGTH = 128;
const ACCELERATOR = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
/** Leaves 64 characters to what follows the hyphen: a SHA-256 commit, the longest that is never shortened. */
const ACCELERATOR_LENGTH = 63;
const END_LENGTH = TAG_LENGTH - ACCELERATOR_LENGTH - 1;

/** Whether a branch may have a stack of its own: `main`, or `release/` and one more level. */
export function isChannel(text: string): boolean {
  return refProblem(branchRef(text)) === undefined && (text === MAIN_BRANCH || RELEASE.test(text));
}

/**
 * The names that follow a channel, the usual one first; none where the scheme gives it none.
 *
 * | scheme | main | release/2.10 | stage/docker/x | other |
 * |---|---|---|---|---|
 * | pytorch | `T`, `T-main` | `T-2.10` | | |
 * | therock | `latest`, `main` | as other | `stage-x` | its own name |
 *
 * Only main has the bare `T`: a release branch that moved it would hand main's jobs an older toolchain. A channel whose
 * plain name could be another's, or is no tag, gets a marked one.
 * @see https://github.com/pytorch/pytorch/issues/186916
 */
export function floatingNames(
  scheme: Scheme,
  channel: Channel,
  accelerator?: string,
): readonly string[] {
  checkAccelerator(scheme, accelerator);
  if (accelerator === undefined) {
    if (channel === MAIN_BRANCH) return ["latest", MAIN_BRANCH];
    return [branchName(channel)];
  }
  if (channel === MAIN_BRANCH) return [accelerator, `${accelerator}-${MAIN_BRANCH}`];
  const line = RELEASE.exec(channel)?.[1];
  return line === undefined
    ? []
    : [`${accelerator}-${ending(line, branchRef(channel), VERSION.test(line))}`];
}

/**
 * The names that record an event, written once: a commit's on main and on no other branch, a release candidate's. Nothing
 * moves them later.
 */
export function recordNames(
  scheme: Scheme,
  { ref, commit }: NamedCommit,
  accelerator?: string,
): readonly string[] {
  checkAccelerator(scheme, accelerator);
  if (ref === branchRef(MAIN_BRANCH)) {
    return commit === undefined ? [] : [objectName(accelerator, commit, "commit")];
  }
  const { kind, name } = parseRef(ref);
  if (accelerator === undefined || kind !== "tag" || !CANDIDATE.test(name)) return [];
  return [`${accelerator}-${ending(name, ref, true)}`];
}

/**
 * Every name that a run of a ref gives an image, besides its content's: the floating ones of a branch, then records. None
 * where the ref publishes nothing.
 */
export function refNames(
  scheme: Scheme,
  named: NamedCommit,
  accelerator?: string,
): readonly string[] {
  const { kind, name } = parseRef(named.ref);
  const floating = kind === "branch" ? floatingNames(scheme, name, accelerator) : [];
  return [...floating, ...recordNames(scheme, named, accelerator)];
}

/**
 * The name of an image's content: `cuda12.8-k<key>`, or `k<key>` in a family with one image. The first content that gets
 * the name keeps it.
 * @param key of rules/content-key.ts, 40 hex digits
 */
export function contentName(accelerator: string | undefined, key: string): string {
  if (!KEY.test(key)) throw new Error(`${JSON.stringify(key)} is no content key (40 hex digits)`);
  return joined(accelerator, `k${key}`);
}

/** Whether a tag has the form of a content's name, a stage branch's included: such a tag means the same content for good. */
export function isContentName(tag: string): boolean {
  return CONTENT_NAME.test(tag);
}

/**
 * The name of content that a ref without production's trust built: `k<key>-stage`. The first writer of a content name is
 * believed by everybody who builds the same sources later, so that nothing trusted looks at this one.
 */
export function stageContentName(accelerator: string | undefined, key: string): string {
  return `${contentName(accelerator, key)}-stage`;
}

/**
 * The name by the git tree of a folder, for consumers that know images by it. It has the form of a commit's name, and is
 * never one: git hashes an object's type with its content, so that in one repository an object id is a commit's or a tree's.
 * @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export function treeName(accelerator: string | undefined, tree: string): string {
  return objectName(accelerator, tree, "tree");
}

/** The name that keeps a digest from expiring where names alone do: `pin-<64 hex>`. */
export function pinName(digest: string): string {
  if (!DIGEST.test(digest)) throw new Error(`${JSON.stringify(digest)} is no digest`);
  return `pin-${digest.slice("sha256:".length)}`;
}

/** A tag of its own for each channel, at most 63 characters, for what is not an image's name: `main`, `release-2.10`. */
export function channelTag(channel: Channel): string {
  if (channel === MAIN_BRANCH) return MAIN_BRANCH;
  const plain = channel.replace("/", "-");
  const version = RELEASE.exec(channel)?.[1] ?? "";
  if (VERSION.test(version) && plain.length <= CHANNEL_TAG_LENGTH) return plain;
  return markedName(channel, branchRef(channel), CHANNEL_TAG_LENGTH);
}
/** Leaves room for the longest accelerator and two more characters. */
const CHANNEL_TAG_LENGTH = TAG_LENGTH - ACCELERATOR_LENGTH - 2;

/** What follows an accelerator for a ref: as it is where nothing else has it and it is short enough, else marked. */
function ending(plain: string, ref: string, own: boolean): string {
  return own && plain.length <= END_LENGTH ? plain : markedName(plain, ref, END_LENGTH);
}

/** Forms that mean something else than a branch, in a family with one image. */
const RESERVED =
  /^(?:latest|main|stage-.*|k[0-9a-f]{40}(?:-.*)?|[0-9a-f]{40}|[0-9a-f]{64}|pin.*|sha256-.*)$/;

/** The name of a branch in a family with one image: `stage/docker/x` is `stage-x`, others keep their own where they can. */
function branchName(branch: string): string {
  const suffix = STAGE.exec(branch)?.[1];
  const plain = suffix === undefined ? branch : `stage-${suffix}`;
  const reserved = suffix === undefined && RESERVED.test(plain);
  if (TAG.test(plain) && !reserved && !endsWithMark(plain)) return plain;
  return markedName(plain, branchRef(branch), TAG_LENGTH);
}

function objectName(accelerator: string | undefined, id: string, type: string): string {
  if (!OBJECT_ID.test(id)) {
    throw new Error(`${JSON.stringify(id)} is no ${type} (40 hex digits in lower case)`);
  }
  return joined(accelerator, id);
}

function joined(accelerator: string | undefined, end: string): string {
  return accelerator === undefined ? end : `${accelerator}-${end}`;
}

function checkAccelerator(scheme: Scheme, accelerator: string | undefined): void {
  if (scheme === "pytorch" && accelerator === undefined) {
    throw new Error("scheme pytorch names an accelerator");
  }
  if (scheme === "therock" && accelerator !== undefined) {
    throw new Error("scheme therock names no accelerator");
  }
}

/** Ends that names add to an accelerator; an accelerator that ended so could be read as another's name. */
const ENDS: readonly { readonly end: RegExp; readonly meaning: string }[] = [
  { end: /(?:^|-)main$/, meaning: "the main channel" },
  { end: /(?:^|-)[0-9]+(?:\.[0-9]+)*$/, meaning: "a release channel" },
  { end: /(?:^|-)v[0-9]+(?:\.[0-9]+)*(?:-rc[0-9]+)?$/, meaning: "a version tag" },
  { end: /(?:^|-)k[0-9a-f]{7,}(?:-[a-z0-9]+)*$/, meaning: "a content key" },
  { end: /(?:^|-)(?:[0-9a-f]{40}|[0-9a-f]{64})$/, meaning: "a commit" },
  { end: /(?:^|-)h[0-9a-f]{20}$/, meaning: "a ref with a mark" },
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
    return `${quoted} has ${accelerator.length} characters; at most ${ACCELERATOR_LENGTH} leave room for a commit in a tag`;
  }
  if (/^(?:latest|(?:pin|sha256)(?:-.*)?)$/.test(accelerator)) {
    return `${quoted} is reserved: "latest" and names that begin with "pin" or "sha256" mean something else on a registry`;
  }
  const found = ENDS.find(({ end }) => end.test(accelerator));
  if (found === undefined) return undefined;
  const end = found.end.exec(accelerator)?.[0] ?? "";
  return `${quoted} ends like the name of ${found.meaning} (${JSON.stringify(end)}); join the last part otherwise, e.g. "ubuntu24.04" for "ubuntu-24.04"`;
}
