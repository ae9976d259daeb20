import { accessFaults } from "./configuration-access-faults.ts";
import { channelClashes, type PublishingStack } from "./channel-clash.ts";
import { type ParsedConfiguration, relation } from "./configuration-relation.ts";
import { type Configuration, NAMESPACE, readConfiguration, secretKeys } from "./configuration.ts";
import { MAIN_BRANCH, type Scheme } from "./names.ts";
import type { Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/** What must be known of a family to tell whether a stack can publish it. */
export interface ConfiguredFamily {
  readonly name: string;
  readonly scheme: Scheme;
  readonly registries: readonly string[];
  readonly images: readonly {
    readonly base: { readonly image: string; readonly digest: string };
  }[];
}

/** What a configuration is judged beside. */
export interface ConfigurationSetting {
  /** The stack's name. */
  readonly stack: string;
  readonly catalog: ReadonlyMap<string, ConfiguredFamily>;
  /** The stacks that have a file beside this one's. */
  readonly stacks: readonly PublishingStack[];
  /** Nothing will be built, so that a base may still be unresolved. */
  readonly dryRun: boolean;
}

/** A configuration with everything that is wrong with it. */
export interface CheckedConfiguration {
  /** Absent where a value of it could not be read. */
  readonly configuration?: Configuration;
  readonly problems: readonly Problem[];
  /** Names of the keys that hold a secret. */
  readonly secretKeys: readonly string[];
}

/**
 * Reads the keys of `slipway:` and finds all that is wrong with them at once: with each alone, and with those that could
 * be read together.
 * @param values text by full key (`slipway:owner`)
 */
export function checkedConfiguration(
  values: Readonly<Record<string, string>>,
  { stack, catalog, stacks, dryRun }: ConfigurationSetting,
): CheckedConfiguration {
  const read = readConfiguration(values);
  const isWhole = "configuration" in read;
  const parsed = isWhole ? read.configuration : read.parsed;
  const clashes = relation(["owner", "families", "channel", "local"], (publishing) =>
    channelClashes({ name: stack, ...publishing }, stacks),
  );
  return {
    ...(isWhole && { configuration: read.configuration }),
    problems: [
      ...(isWhole ? [] : read.problems),
      ...configurationFaults(parsed, catalog, dryRun),
      ...clashes(parsed),
    ],
    secretKeys: isWhole ? secretKeys(read.configuration) : read.secretKeys,
  };
}

/**
 * What is wrong with values of which each is right: keys that contradict each other or the catalogue.
 * @param dryRun nothing will be built, so that a base may still be unresolved.
 */
export function configurationFaults(
  parsed: ParsedConfiguration,
  catalog: ReadonlyMap<string, ConfiguredFamily>,
  dryRun: boolean,
): readonly Problem[] {
  const named = parsed.families ?? [];
  const families = named.flatMap((name) => catalog.get(name) ?? []);
  const isEvery = parsed.families !== undefined && named.every((name) => catalog.has(name));
  return [
    relation(["families", "channel"], (values) => familyFaults(values, catalog)),
    relation(["awsAccountId", "awsRegion"], (values) => awsFaults(values, families)),
    relation(["channel", "owns"], ownershipFaults),
    relation(["local", "standIns"], standInFaults),
    relation(["subjectForm", "owner", "repository", "ownerId", "repositoryId"], subjectFaults),
    (values: ParsedConfiguration) => accessFaults(values, families, isEvery),
    relation(["standIns"], ({ standIns }) => (standIns || dryRun ? [] : baseFaults(families))),
  ].flatMap((judge) => judge(parsed));
}

function fault(key: keyof Configuration, message: string): Problem {
  return { path: `${NAMESPACE}${key}`, message };
}

function* familyFaults(
  { families, channel }: Pick<Configuration, "families" | "channel">,
  catalog: ReadonlyMap<string, ConfiguredFamily>,
): Generator<Problem> {
  for (const [index, name] of families.entries()) {
    const quoted = JSON.stringify(name);
    if (families.indexOf(name) < index) {
      yield fault("families", `${quoted} is named twice; keep one`);
    } else if (!catalog.has(name)) {
      const hint = suggestion(name, catalog.keys());
      const all = [...catalog.keys()].join(", ");
      yield fault("families", `${quoted} is no folder of images/${hint}; there are: ${all}`);
    } else if (channel !== MAIN_BRANCH && catalog.get(name)?.scheme === "therock") {
      yield fault(
        "families",
        `${quoted} is of scheme therock, which has no release lines, and the channel is ${channel}; leave it out`,
      );
    }
  }
}

function* awsFaults(
  { awsAccountId, awsRegion }: Pick<Configuration, "awsAccountId" | "awsRegion">,
  families: readonly ConfiguredFamily[],
): Generator<Problem> {
  const user = families.find(({ registries }) => registries.includes("ecr"));
  const need = user && `missing, but family ${user.name} is on ecr`;
  if (awsAccountId === "" && (awsRegion !== "" || need !== undefined)) {
    const why = need ?? `missing beside ${NAMESPACE}awsRegion`;
    yield fault("awsAccountId", `${why}; write the account of twelve digits`);
  }
  if (awsRegion === "" && (awsAccountId !== "" || need !== undefined)) {
    const why = need ?? `missing beside ${NAMESPACE}awsAccountId`;
    yield fault("awsRegion", `${why}; write e.g. us-east-1`);
  }
}

function* ownershipFaults({
  channel,
  owns,
}: Pick<Configuration, "channel" | "owns">): Generator<Problem> {
  if (owns === "all" && channel !== "main") {
    yield fault(
      "owns",
      `all, but the channel is ${channel}; only main's stack owns repositories, roles and environments: write images`,
    );
  }
}

function* standInFaults({
  local,
  standIns,
}: Pick<Configuration, "local" | "standIns">): Generator<Problem> {
  if (standIns && !local) {
    yield fault(
      "standIns",
      `true, but ${NAMESPACE}local is not; stand-ins go to no registry of the world: remove it`,
    );
  }
}

type Subject = Pick<
  Configuration,
  "subjectForm" | "owner" | "repository" | "ownerId" | "repositoryId"
>;

function* subjectFaults(configuration: Subject): Generator<Problem> {
  const { subjectForm, owner, repository } = configuration;
  if (subjectForm === "name") return;
  for (const key of ["ownerId", "repositoryId"] as const) {
    if (configuration[key] !== 0) continue;
    yield fault(
      key,
      `missing, but ${NAMESPACE}subjectForm ${subjectForm} needs it; look it up: gh api repos/${owner}/${repository} --jq '.owner.id, .id'`,
    );
  }
}

/** A plan marks a base that nobody looked up; nothing is built on it. */
function* baseFaults(families: readonly ConfiguredFamily[]): Generator<Problem> {
  for (const { name, images } of families) {
    const unresolved = images.filter(({ base }) => base.digest === "unresolved");
    for (const image of new Set(unresolved.map(({ base }) => base.image))) {
      yield {
        path: `images/${name}/image.yaml`,
        message: `the digest of ${image} is unresolved; look it up: slipway bases bump ${name}`,
      };
    }
  }
}
