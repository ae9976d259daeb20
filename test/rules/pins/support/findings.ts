import type { DigestFacts } from "../../../../rules/pins/finding-facts.ts";
import type { FindingSources, PinFinding } from "../../../../rules/pins/finding-kind.ts";
import type { Place } from "../../../../rules/pins/place.ts";

/** The time at which findings are looked for, in milliseconds since 1970. */
export const NOW = Date.parse("2026-11-21T12:00:00Z");

/** Sources that know of every digest what is said of its letter, and else that it is there. */
export function sources(
  places: readonly Place[],
  byLetter: Readonly<Record<string, DigestFacts>> = {},
  more: Partial<FindingSources> = {},
): FindingSources {
  const facts = places.flatMap((place) => {
    if (place.digest === undefined) return [];
    const letter = place.digest.text.slice(-1);
    const there: DigestFacts = { state: "there", platforms: ["linux/amd64"], size: 1 };
    return [[place, byLetter[letter] ?? there] as const];
  });
  return {
    facts: new Map(facts),
    latest: () => undefined,
    isListed: () => true,
    platformsOf: () => ["linux/amd64"],
    hostsOf: () => ["ghcr.io", "docker.io"],
    repeated: "",
    now: NOW,
    ...more,
  };
}

/** What a registry says of an image that is there. @param created when it was built */
export function built(created: string): DigestFacts {
  return { state: "there", platforms: ["linux/amd64"], created, size: 1 };
}

/** What is found, without where and what to do about it. */
export function kinds(findings: readonly PinFinding[]): readonly PinFinding["kind"][] {
  return findings.map(({ kind }) => kind);
}
