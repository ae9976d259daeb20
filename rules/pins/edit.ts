import { isContentName } from "../names.ts";
import { dateInForm } from "./date-form.ts";
import { CANDIDATE_END, type ManagedRepository } from "./managed-images.ts";
import type { Place, Span } from "./place.ts";

/** What the pins of one image are moved to. */
export interface PinTarget {
  /** As {@link Place.image} calls it. */
  readonly image: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Whether the digest is a candidate's, in the repository beside the image's own. */
  readonly candidate: boolean;
  /**
   * Where candidates of the image are, `host/path`, the digest's own place first: a pin on a host that has none goes there. Without
   * it each pin stays on its host.
   */
  readonly candidatePlaces?: readonly string[];
  /** The tag of the content, where it is known: a tag beside a digest that names content moves with it. */
  readonly contentName?: string;
  /** When the image was built, where that is known: a date beside a digest moves with it. In ISO 8601. */
  readonly created?: string;
}

/** A place that is left as it is, and why. */
export interface LeftPlace {
  readonly place: Place;
  readonly why: string;
  /** Whether that is as somebody wants it: nothing is left to do. */
  readonly held: boolean;
}

export interface EditedText {
  readonly text: string;
  /** Those whose digest is another one now, or stands behind the image's own name and no more behind its candidates'. */
  readonly moved: readonly Place[];
  readonly left: readonly LeftPlace[];
}

interface Edit extends Span {
  readonly text: string;
}

const DAY = 86_400_000;
const ISO_DAY = /^\d{4}-\d{2}-\d{2}/;
/** A name with nothing in it that something else reads: no variable, no escape. */
const PLAIN_NAME = /^[\w.:/-]+$/;

/** Where a pin of a repository points to once it is moved: `host/path`. */
export function movedRepository(
  { host, path, candidate: isCandidate }: ManagedRepository,
  { candidate, candidatePlaces = [] }: PinTarget,
): string {
  const final = `${host}/${isCandidate ? path.slice(0, -CANDIDATE_END.length) : path}`;
  if (!candidate) return final;
  const own = final + CANDIDATE_END;
  return candidatePlaces.includes(own) ? own : (candidatePlaces[0] ?? own);
}

/**
 * Moves the places of one file to their images' targets, and changes nothing else. A place without a digest is no pin and
 * stays; so does one whose image has no target. That no place {@link wantsContentName} is for the caller to see.
 * @param text of the file that the places were found in
 * @param targets by image
 * @param today in UTC: `2026-11-21`; a hold lasts until its day is over
 */
export function editText(
  text: string,
  places: readonly Place[],
  targets: ReadonlyMap<string, PinTarget>,
  today: string,
): EditedText {
  const edits = new Map<number, Edit>();
  const moved: Place[] = [];
  const left: LeftPlace[] = [];
  for (const place of places) {
    const target = place.image === undefined ? undefined : targets.get(place.image);
    if (place.digest === undefined || target === undefined) continue;
    const obstacle = obstacleOf(place, target, today);
    if (obstacle !== undefined) {
      left.push({ place, ...obstacle });
      continue;
    }
    const isMoved = !isAtTarget(place, target);
    if (isMoved) moved.push(place);
    for (const edit of isMoved ? movingEdits(place, target) : dateEdit(place, target, DAY)) {
      edits.set(edit.start, edit);
    }
  }
  return { text: withEdits(text, [...edits.values()]), moved, left };
}

/** Whether a place has its target: a candidate's name gives way to the image's own where that has the same digest. */
export function isAtTarget(
  { digest, repository, repositorySpans }: Place,
  { digest: wanted, candidate }: PinTarget,
): boolean {
  const leavesCandidates =
    repository?.candidate === true && repositorySpans.length > 0 && !candidate;
  return digest?.text === wanted && !leavesCandidates;
}

/** Why a place cannot be moved; undefined where it can, or is where it should be. */
function obstacleOf(
  place: Place,
  target: PinTarget,
  today: string,
): Omit<LeftPlace, "place"> | undefined {
  if (isAtTarget(place, target)) return undefined;
  const { hold } = place;
  if (hold !== undefined && "until" in hold && hold.until >= today) {
    return { held: true, why: `held until ${hold.until} because ${hold.because}` };
  }
  if (hold !== undefined && "fault" in hold) {
    return { held: false, why: `somebody wants it held, and does not say it right: ${hold.fault}` };
  }
  if (place.nearby === true) {
    const why = `only a name nearby tells that it is of ${target.image}, and its registry did not answer: write the name before it`;
    return { held: false, why };
  }
  const { repository } = place;
  if (repository !== undefined && changesHost(repository, target)) {
    const name = nameOf(place);
    if (!PLAIN_NAME.test(name)) {
      const why = `${repository.host} has no candidates, and its name is put together from parts (${name}): write ${movedRepository(repository, target)}@${target.digest} by hand`;
      return { held: false, why };
    }
  }
  return undefined;
}

function changesHost(repository: ManagedRepository, target: PinTarget): boolean {
  return !movedRepository(repository, target).startsWith(`${repository.host}/`);
}

/** Whether a place can only be moved by who knows what the new content is called. */
export function wantsContentName({ tag, digest, hold }: Place, target: PinTarget): boolean {
  if (hold !== undefined || digest === undefined || digest.text === target.digest) return false;
  return tag !== undefined && isContentName(tag.text) && target.contentName === undefined;
}

/** As it is written, without its tag and digest. */
function nameOf({ written, repositorySpans }: Place): string {
  return written.slice(0, lengthOf(repositorySpans));
}

function movingEdits(place: Place, target: PinTarget): readonly Edit[] {
  const { digest, tag, repository, repositorySpans } = place;
  const hex = target.digest.slice("sha256:".length);
  const isSame = digest?.text === target.digest;
  const edits = digest === undefined || isSame ? [] : [...spread(digest.spans, hex)];
  if (!isSame && tag !== undefined && isContentName(tag.text) && target.contentName !== undefined) {
    edits.push(...spread(tag.spans, target.contentName));
  }
  if (repository !== undefined && changesHost(repository, target)) {
    edits.push(...spread(repositorySpans, movedRepository(repository, target)));
  } else if (repository !== undefined && repository.candidate !== target.candidate) {
    const name = nameOf(place);
    const renamed = target.candidate ? name + CANDIDATE_END : name.slice(0, -CANDIDATE_END.length);
    edits.push(...spread(repositorySpans, renamed));
  }
  return [...edits, ...dateEdit(place, target, isSame ? DAY : 0)];
}

/** @param tolerance how far the date may be from the image's own, in milliseconds */
function dateEdit({ date }: Place, { created }: PinTarget, tolerance: number): readonly Edit[] {
  const written = ISO_DAY.exec(date?.text ?? "")?.[0];
  if (date === undefined || created === undefined || written === undefined) return [];
  const day = created.slice(0, written.length);
  const difference = Math.abs(Date.parse(written) - Date.parse(day));
  if (tolerance > 0 && difference <= tolerance) return [];
  const text = dateInForm(date.text, created);
  return text === date.text ? [] : [{ ...date.span, text }];
}

/** A text in the pieces that the old one was written in: each has its old length, the last takes what is left. */
function spread(spans: readonly Span[], text: string): readonly Edit[] {
  let from = 0;
  return spans.map(({ start, end }, index) => {
    const to = index === spans.length - 1 ? text.length : from + end - start;
    const edit = { start, end, text: text.slice(from, to) };
    from = to;
    return edit;
  });
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

function withEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    pieces.push(text.slice(from, edit.start), edit.text);
    from = edit.end;
  }
  return [...pieces, text.slice(from)].join("");
}
