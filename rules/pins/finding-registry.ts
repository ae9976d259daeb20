import { ageText } from "../age-text.ts";
import { isOfPlatform, parsePlatform } from "../platform.ts";
import {
  bumpCommand,
  dayOf,
  type FindingSources,
  isHeld,
  type PinFinding,
  shortDigest,
} from "./finding-kind.ts";
import type { Place } from "./place.ts";

const DAY = 86_400_000;
const ISO_DAY = /^\d{4}-\d{2}-\d{2}/;

/** What a place's registry says against it. */
export function registryFindings(place: Place, sources: FindingSources): readonly PinFinding[] {
  const facts = sources.facts.get(place);
  if (facts === undefined) return [];
  const { image, repository } = place;
  const mend = {
    command: bumpCommand(image, sources),
    remedy: "or write a digest that is there",
  };
  switch (facts.state) {
    case "unchecked":
      return [{ kind: "unchecked", place, message: facts.reason }];
    case "missing": {
      const kind = repository?.candidate === true ? "candidate-missing" : "missing";
      return [{ kind, place, message: `${digestOf(place)}: ${facts.detail}`, ...mend }];
    }
    case "incomplete": {
      const message = `${digestOf(place)}: ${facts.detail}`;
      return [{ kind: "incomplete", place, message, ...mend }];
    }
    case "there":
      return [
        ...platformFindings(place, facts.platforms, sources),
        ...(facts.created === undefined ? [] : dateFindings(place, facts.created, sources)),
      ];
  }
}

function platformFindings(
  place: Place,
  platforms: readonly string[],
  sources: FindingSources,
): readonly PinFinding[] {
  const family = place.repository?.family ?? place.image?.split("/")[0] ?? "";
  const declared = sources.platformsOf(family) ?? [];
  const offered = platforms.flatMap((text) => parsePlatform(text) ?? []);
  const lacking = declared.filter((text) => {
    const wanted = parsePlatform(text);
    return wanted === undefined || !offered.some((one) => isOfPlatform(one, wanted));
  });
  if (lacking.length === 0) return [];
  const has = platforms.length === 0 ? "none that is known" : platforms.join(", ");
  const message = `${digestOf(place)} has no image for ${lacking.join(", ")}, which ${family} is built for; it has ${has}`;
  const command = bumpCommand(place.image, sources);
  return [{ kind: "incomplete", place, message, command, remedy: AGAIN }];
}

const AGAIN = "or publish it again: slipway up";

/** @param created in ISO 8601 */
function* dateFindings(
  place: Place,
  created: string,
  sources: FindingSources,
): Generator<PinFinding> {
  const { oldest, now } = sources;
  const built = Date.parse(created);
  const day = dayOf(built);
  if (oldest !== undefined && now - built > oldest && !isHeld(place, now)) {
    const message = `${digestOf(place)} was built on ${day}, ${ageText(built, now)} ago; pins.yaml takes what is younger than ${ageText(0, oldest)}`;
    yield { kind: "old", place, message, command: bumpCommand(place.image, sources) };
  }
  const written = ISO_DAY.exec(place.date?.text ?? "")?.[0];
  // A day more or less: people write where they are, and images are pushed after they were built.
  if (written === undefined || Math.abs(Date.parse(written) - Date.parse(day)) <= DAY) return;
  const message = `the date beside ${digestOf(place)} is ${written}, and it was built on ${day} (UTC)`;
  yield { kind: "stale-date", place, message, remedy: `write ${day}` };
}

function digestOf({ digest }: Place): string {
  return shortDigest(digest?.text ?? "");
}
