import {
  bumpCommand,
  dayOf,
  type FindingSources,
  isHeld,
  type PinFinding,
} from "./finding-kind.ts";
import type { Place } from "./place.ts";

/** What is wrong with the reason beside a place. */
export function holdFindings(place: Place, sources: FindingSources): readonly PinFinding[] {
  const { hold, image } = place;
  const { now } = sources;
  if (hold === undefined || isHeld(place, now)) return [];
  if ("fault" in hold) return [{ kind: "hold-faulty", place, message: hold.fault }];
  const message = `it was held until ${hold.until} because ${hold.because}; today is ${dayOf(now)}`;
  const command = bumpCommand(image, sources);
  const remedy = "and take the comment away; or write a later day";
  return [{ kind: "hold-over", place, message, command, remedy }];
}
