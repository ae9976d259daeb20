import { DIGEST } from "../rules/image-reference.ts";
import { tagsOf, type ImageNameInputs } from "./image-name-inputs.ts";
import type { Observed } from "./observe.ts";
import { isRecord, type Properties } from "./property-values.ts";

/** What an engine kept of an `ImageName`, beside its inputs. */
export interface RecordedNames {
  readonly digest: string;
  /** By `host/path:tag`. */
  readonly names: Readonly<Record<string, string>>;
  /** Repositories whose names could not be looked up with the recorded login. */
  readonly unverified: readonly string[];
}

/** Reads it from outputs; undefined when they are not those of an `ImageName`. */
export function recordedNames(outputs: Properties): RecordedNames | undefined {
  const { digest, names, unverified } = outputs;
  if (typeof digest !== "string" || !DIGEST.test(digest) || !isRecord(names)) return undefined;
  const isText = (value: unknown): value is string => typeof value === "string";
  return {
    digest,
    names: Object.fromEntries(
      Object.entries(names).filter((entry): entry is [string, string] => isText(entry[1])),
    ),
    unverified: Array.isArray(unverified) ? unverified.filter(isText) : [],
  };
}

/** What was observed takes the place of what was recorded, except where a registry refused to tell. */
export function refreshed(recorded: RecordedNames, { names, refused }: Observed): RecordedNames {
  const kept = Object.entries(recorded.names).filter(([name]) => refused.has(repositoryOf(name)));
  return {
    digest: recorded.digest,
    names: { ...Object.fromEntries(kept), ...names },
    unverified: [...refused.keys()].sort(),
  };
}

/** The same for the repositories alone that were not looked up before. */
export function completed(recorded: RecordedNames, { names }: Observed): RecordedNames {
  const kept = Object.entries(recorded.names).filter(
    ([name]) => !recorded.unverified.includes(repositoryOf(name)),
  );
  return {
    digest: recorded.digest,
    names: { ...Object.fromEntries(kept), ...names },
    unverified: [],
  };
}

/** Whether every name that is wanted is at the recorded digest. */
export function isConverged(inputs: ImageNameInputs, { digest, names }: RecordedNames): boolean {
  return inputs.registries.every((registry) =>
    tagsOf(inputs, registry).every((tag) => names[`${registry.repository}:${tag}`] === digest),
  );
}

/** By `host/path`, the reference of each repository that has the content under its own name. */
export function referencesOf(
  { contentName, registries }: ImageNameInputs,
  { digest, names }: RecordedNames,
): Record<string, string> {
  return Object.fromEntries(
    registries
      .filter(({ repository }) => names[`${repository}:${contentName}`] === digest)
      .map(({ repository }) => [repository, `${repository}@${digest}`]),
  );
}

function repositoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}
