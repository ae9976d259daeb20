import type { ManagedRepository } from "../../../../rules/pins/managed-images.ts";
import type { Place } from "../../../../rules/pins/place.ts";

/** A digest that a letter tells from others. */
export function digestOf(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

export const managed: ManagedRepository = {
  host: "ghcr.io",
  path: "rocm/tools",
  family: "tools",
  accelerators: [],
  candidate: false,
};
export const candidate: ManagedRepository = {
  ...managed,
  path: "rocm/tools-candidate",
  candidate: true,
};
/** A repository of others, which is no family's. */
export const ubuntu: ManagedRepository = {
  ...{ host: "docker.io", path: "library/ubuntu" },
  ...{ accelerators: [], candidate: false },
};

/** A pin of the image `tools`. @param digest a letter; none without it */
export function pin(digest?: string, more: Partial<Place> = {}): Place {
  return {
    file: ".github/workflows/ci.yml",
    line: 12,
    column: 18,
    kind: "reference",
    repository: managed,
    written: "",
    image: "tools",
    repositorySpans: [],
    ...(digest !== undefined && { digest: { text: digestOf(digest), spans: [] } }),
    ...more,
  };
}

/** What stands for a tag of a place. */
export function tagged(text: string): Pick<Place, "tag"> {
  return { tag: { text, spans: [] } };
}

/** What stands for a reason to stay of a place. @param until its last day */
export function hold(until: string): Pick<Place, "hold"> {
  return { hold: { until, because: "the driver is older" } };
}

/** The same place, of which less is known. */
export function without(place: Place, ...keys: readonly (keyof Place)[]): Place {
  const rest = Object.entries(place).filter(([key]) => !keys.some((one) => one === key));
  // What must be there is never among the keys that tests take away, which the types of entries do not know.
  return Object.fromEntries(rest) as unknown as Place;
}
