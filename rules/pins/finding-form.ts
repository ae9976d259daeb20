import type { FindingSources, PinFinding } from "./finding-kind.ts";
import type { Place } from "./place.ts";

/** What is wrong with a reference as it is written, whatever registries have. */
export function formFindings(place: Place, sources: FindingSources): readonly PinFinding[] {
  return [...malformedFindings(place), ...unpublishedFindings(place, sources)];
}

function* malformedFindings(place: Place): Generator<PinFinding> {
  const { malformed } = place;
  if (malformed === undefined) return;
  const found = JSON.stringify(malformed);
  const message = `${found} stands where a digest belongs, and is none: a digest is sha256: and 64 hex digits`;
  const remedy = "write the whole digest that is meant; bump edits none that is not whole";
  yield { kind: "malformed", place, message, remedy };
}

function* unpublishedFindings(place: Place, sources: FindingSources): Generator<PinFinding> {
  const { repository } = place;
  if (repository?.published !== false || repository.family === undefined) return;
  const { family, host, path } = repository;
  const places = sources.hostsOf(family).map((one) => `${one}/${path}`);
  const message = `${family} is not published on ${host}, so that nobody vouches for what is there`;
  const remedy = `name a registry of the stack: ${places.join(", ")}`;
  yield { kind: "unpublished", place, message, remedy };
}
