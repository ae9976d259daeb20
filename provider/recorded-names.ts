import { DIGEST } from "../rules/image-reference.ts";
import type { ImageNameInputs } from "./image-name-inputs.ts";
import type { Observed } from "./observe.ts";
import { isRecord, type Properties } from "./property-values.ts";

/** What an engine kept of an `ImageName`, beside its inputs. */
export interface RecordedNames {
  /** What the content's name stands for. */
  readonly contentDigest: string;
  /** What floating names point to. */
  readonly digest: string;
  /** By `host/path:tag`. */
  readonly names: Readonly<Record<string, string>>;
  /** Repositories (`host/path`) that have `digest`. */
  readonly holders: readonly string[];
  /** Repositories whose names could not be looked up with the recorded login. */
  readonly unverified: readonly string[];
}

/** Reads it from outputs; undefined when they are not those of an `ImageName`. */
export function recordedNames(outputs: Properties): RecordedNames | undefined {
  const { contentDigest, digest, names, references, unverified } = outputs;
  if (!isDigest(contentDigest) || !isDigest(digest) || !isRecord(names)) return undefined;
  const isText = (value: unknown): value is string => typeof value === "string";
  return {
    contentDigest,
    digest,
    names: Object.fromEntries(
      Object.entries(names).filter((entry): entry is [string, string] => isText(entry[1])),
    ),
    holders: isRecord(references) ? Object.keys(references) : [],
    unverified: Array.isArray(unverified) ? unverified.filter(isText) : [],
  };
}

/** The form in which an engine keeps it. */
export function outputsOf(inputs: ImageNameInputs, recorded: RecordedNames): Properties {
  const { contentDigest, digest, names, holders, unverified } = recorded;
  const references = Object.fromEntries(
    inputs.registries
      .filter(({ repository }) => holders.includes(repository))
      .map(({ repository }) => [repository, `${repository}@${digest}`]),
  );
  const late = unverified.length > 0 && { unverified };
  return { ...inputs, digest, contentDigest, references, names, ...late };
}

/** What was observed takes the place of what was recorded, except where a registry refused to tell. */
export function refreshed(recorded: RecordedNames, observed: Observed): RecordedNames {
  const { refused } = observed;
  return {
    ...merged(recorded, observed, (repository) => refused.has(repository)),
    unverified: [...refused.keys()].sort(),
  };
}

/** The same for the repositories alone that were not looked up before. */
export function completed(recorded: RecordedNames, observed: Observed): RecordedNames {
  const { unverified } = recorded;
  return {
    ...merged(recorded, observed, (repository) => !unverified.includes(repository)),
    unverified: [],
  };
}

function merged(
  recorded: RecordedNames,
  { names, holders }: Observed,
  keeps: (repository: string) => boolean,
): RecordedNames {
  const kept = Object.entries(recorded.names).filter(([name]) =>
    keeps(name.slice(0, name.lastIndexOf(":"))),
  );
  return {
    ...recorded,
    names: { ...Object.fromEntries(kept), ...names },
    holders: [...recorded.holders.filter(keeps), ...holders],
  };
}

/** Whether every name that is wanted is there and stands for what it should; an alias may stand for anything. */
export function isConverged(inputs: ImageNameInputs, recorded: RecordedNames): boolean {
  const { contentDigest, digest, names, holders } = recorded;
  if (digest !== (inputs.float ?? contentDigest)) return false;
  return inputs.registries.every(({ repository, floatingNames }) => {
    const at = (tag: string): string | undefined => names[`${repository}:${tag}`];
    return (
      holders.includes(repository) &&
      at(inputs.contentName) === contentDigest &&
      inputs.aliases.every((tag) => at(tag) !== undefined) &&
      floatingNames.every((tag) => at(tag) === digest)
    );
  });
}

function isDigest(value: unknown): value is string {
  return typeof value === "string" && DIGEST.test(value);
}
