import { accessFaults } from "./configuration-access-faults.ts";
import { type Configuration, NAMESPACE } from "./configuration.ts";
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

/**
 * What is wrong with a configuration whose every value is right: keys that contradict each other or the catalogue.
 * @param dryRun nothing will be built, so that a base may still be unresolved.
 */
export function configurationFaults(
  configuration: Configuration,
  catalog: ReadonlyMap<string, ConfiguredFamily>,
  dryRun: boolean,
): readonly Problem[] {
  const families = configuration.families.flatMap((name) => catalog.get(name) ?? []);
  return [
    ...familyFaults(configuration, catalog),
    ...awsFaults(configuration, families),
    ...ownershipFaults(configuration),
    ...subjectFaults(configuration),
    ...accessFaults(configuration, families),
    ...(configuration.standIns || dryRun ? [] : baseFaults(families)),
  ];
}

function fault(key: keyof Configuration, message: string): Problem {
  return { path: `${NAMESPACE}${key}`, message };
}

function* familyFaults(
  { families, channel }: Configuration,
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
  { awsAccountId, awsRegion }: Configuration,
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

function* ownershipFaults({ channel, owns, local, standIns }: Configuration): Generator<Problem> {
  if (owns === "all" && channel !== "main") {
    yield fault(
      "owns",
      `all, but the channel is ${channel}; only main's stack owns repositories, roles and environments: write images`,
    );
  }
  if (standIns && !local) {
    yield fault(
      "standIns",
      `true, but ${NAMESPACE}local is not; stand-ins go to no registry of the world: remove it`,
    );
  }
}

function* subjectFaults(configuration: Configuration): Generator<Problem> {
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
