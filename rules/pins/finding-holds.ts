import { bumpCommand, dayOf, isHeld, type PinFinding } from "./finding-kind.ts";
import type { Place } from "./place.ts";

/** What is wrong with the reason beside a place. @param now milliseconds since 1970 */
export function holdFindings(place: Place, now: number): readonly PinFinding[] {
  const { hold, image } = place;
  if (hold === undefined || isHeld(place, now)) return [];
  if ("fault" in hold) return [{ kind: "hold-faulty", place, message: hold.fault }];
  const message = `it was held until ${hold.until} because ${hold.because}; today is ${dayOf(now)}`;
  const remedy = `take the comment away and move the pin (${bumpCommand(image)}), or write a later day`;
  return [{ kind: "hold-over", place, message, remedy }];
}
