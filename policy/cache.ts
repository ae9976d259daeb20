import { cacheRepository } from "../rules/build-cache.ts";
import { type Finding, type ResourcePolicy, UNKNOWN, type Value } from "./policy.ts";
import { TYPES } from "./types.ts";
import { inside, isList, isMap, notKnown } from "./values.ts";

/** Channels that write caches; all that anybody may push to writes none. */
const TRUSTED = /__(?:main|release-[A-Za-z0-9._-]+)$/;

/** Build caches, whose steps end in published images. */
export const cachePolicies: readonly ResourcePolicy[] = [
  {
    name: "cache-is-of-a-trusted-channel",
    severity: "high",
    description:
      "A build takes steps from the caches of main and of release lines alone: a cache that more people may write than may publish lets them put steps into what is published.",
    remediation:
      "Take cacheFrom from cacheReferences in rules/build-cache.ts, which reads the channel's own cache and main's.",
    types: [TYPES.image],
    *violations({ properties: { cacheFrom } }) {
      if (cacheFrom === UNKNOWN) yield notKnown("cacheFrom");
      for (const one of isList(cacheFrom) ? cacheFrom : []) yield* sourceFindings(one);
    },
  },
  {
    name: "update-writes-no-cache",
    severity: "medium",
    description:
      "An update reads caches and writes none: whoever runs one on a laptop would fill the channel's cache with what stands there.",
    remediation: "Leave cacheTo out; `slipway build` writes the caches.",
    types: [TYPES.image],
    *violations({ properties: { cacheTo } }) {
      if (cacheTo === UNKNOWN) yield notKnown("cacheTo");
      else if (isList(cacheTo) && cacheTo.length > 0) yield "writes a cache";
    },
  },
];

function* sourceFindings(cache: Value): Iterable<Finding> {
  if (cache === UNKNOWN) {
    yield notKnown("cacheFrom");
    return;
  }
  const kinds = isMap(cache) ? Object.keys(cache) : [];
  for (const kind of kinds.filter((one) => one !== "registry" && one !== "disabled")) {
    yield `reads a cache of kind ${kind}, of which nobody can say who wrote it`;
  }
  const reference = inside(cache, "registry", "ref");
  if (reference === UNKNOWN) yield notKnown("cacheFrom");
  if (typeof reference !== "string") return;
  const [repository = "", tag = ""] = split(reference);
  if (!repository.endsWith(cacheRepository("")) || !TRUSTED.test(tag)) {
    yield `reads ${reference}, which is no cache of main or a release line`;
  }
}

function split(reference: string): readonly string[] {
  const colon = reference.lastIndexOf(":");
  return [reference.slice(0, colon), reference.slice(colon + 1)];
}
