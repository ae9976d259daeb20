import { CANDIDATE, isContentName } from "../names.ts";
import { type FindingSources, isHeld, type PinFinding } from "./finding-kind.ts";
import type { Place } from "./place.ts";

/** Names that record a commit or a git tree; alone or behind an accelerator. */
const OBJECT = /(?:^|-)(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const PIN = /^pin-[0-9a-f]{64}$/;

/** Whether a tag of one of the stack's families may stand for other content tomorrow: all do but contents and records. */
function isFloatingTag(tag: string): boolean {
  // Behind the accelerator, which every image with such a name has.
  const ending = tag.includes("-v") ? tag.slice(tag.lastIndexOf("-v") + 1) : "";
  return !(isContentName(tag) || OBJECT.test(tag) || PIN.test(tag) || CANDIDATE.test(ending));
}

/** A name that moves, where a pin belongs. */
export function tagFindings(place: Place, sources: FindingSources): readonly PinFinding[] {
  const { tag, digest, malformed, repository, image } = place;
  if (tag === undefined || digest !== undefined || malformed !== undefined) return [];
  if (isHeld(place, sources.now)) return [];
  // Nobody but us promises what a tag of an image of others means tomorrow, whatever it is called.
  const isOurs = repository?.family !== undefined;
  if (isOurs && !isFloatingTag(tag.text)) return [];
  const message = `${JSON.stringify(tag.text)} may stand for other content tomorrow, and no digest is beside it`;
  const first = "write the digest that is meant behind it: @sha256:...";
  const remedy = image === undefined ? first : `${first}; bump moves it from then on`;
  return [{ kind: "floating", place, message, remedy }];
}
