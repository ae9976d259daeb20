import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import packageFile from "../../package.json" with { type: "json" };
import type { Family, RegistryName } from "../../catalog.ts";
import { declaredEnvironments } from "../../rules/declared-environments.ts";
import { declaredSecrets } from "../../rules/declared-secrets.ts";
import { imageLabels } from "../../rules/image-label.ts";
import { UserError } from "../../rules/problems.ts";
import { remembered } from "../../rules/remembered.ts";
import { usesOf } from "../../rules/secret-uses.ts";
import { ACTIONS_VARIABLES, isVariable } from "../../rules/stack-outputs.ts";
import type { KeptImage, Served, ServedSecret } from "../../rules/workflow-derived.ts";
import { pullRequestStart } from "../../rules/workflow-safety-events.ts";
import type { TreeFile } from "../../rules/workflow-tree.ts";
import type { Expectations } from "../outputs/expectations.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { usesIn } from "../secrets/workflow-uses.ts";
import { stackConfiguration, type StackConfiguration } from "../stack-configuration.ts";
import { readTree, type SourceFile } from "./check-tree.ts";
import { projectStacks, type RepositoryStack } from "./stack-of-run.ts";

/** A stack that workflows serve. */
export interface ServedStack extends StackConfiguration {
  readonly name: string;
  /** Its file. */
  readonly file: TreeFile;
}

/** What the workflows are to be like, and what they may read, stack by stack. */
export interface Service {
  readonly served: Served;
  readonly expectations: readonly Expectations[];
}

/**
 * Reads the stacks that the workflows of the project are for: those that own their foundation, on the local cloud only
 * where there are no others.
 * @throws UserError where there is none; ProblemsError that lists every fault of a stack's file
 */
export async function readServedStacks(): Promise<readonly ServedStack[]> {
  const stacks: ServedStack[] = [];
  for (const { name } of servedOf(await projectStacks())) {
    const { configuration, catalog, families } = await stackConfiguration(name);
    const path = `Pulumi.${name}.yaml`;
    const content = await readFile(join(PROJECT_ROOT, path));
    const file = readTree({ file: path, kind: "data", content });
    if (file !== undefined) stacks.push({ name, configuration, catalog, families, file });
  }
  return stacks;
}

/** What stacks need of the workflows that serve them, all together. */
export function serviceOf(stacks: readonly ServedStack[], sources: readonly SourceFile[]): Service {
  const families = new Map(
    stacks.flatMap((stack) => stack.families.map((family) => [family.name, family] as const)),
  );
  const environments = new Set(
    stacks.flatMap(({ configuration, families: own }) => {
      const schemes = own.map(({ scheme }) => scheme);
      return declaredEnvironments(configuration, schemes).map(({ name }) => name);
    }),
  );
  const served = {
    stacks: stacks.map(({ name }) => name),
    families: [...families.values()].map((family) => ({
      scheme: family.scheme,
      labels: imageLabels(family),
      candidates: hasCandidates(family) ? imageLabels(family) : [],
      kept: keptImages(family),
    })),
    environments: [...environments],
    secrets: servedSecrets(stacks, sources),
    pulumi: packageFile.dependencies["@pulumi/pulumi"],
    catalogue: [...(stacks[0]?.catalog.values() ?? [])].flatMap(imageLabels),
    stackFiles: stackNames(PROJECT_ROOT),
    settings: stacks.map(({ file, configuration }) => ({ file, ...configuration })),
  };
  return { served, expectations: stacks.map((stack) => expectationsOf(stack, served)) };
}

/** Parts of an image for several platforms are built on several machines, and on docker.io nothing is kept apart. */
function hasCandidates({ platforms, registries }: Family): boolean {
  return platforms.length === 1 && registries.some((registry) => registry !== "docker.io");
}

/** A runner keeps of an image what is for its own platform, so that there is one job for all of them. */
function keptImages(family: Family): readonly KeptImage[] {
  const labels = imageLabels({ ...family, platforms: [] });
  return (family.cache ?? []).flatMap((runner) => labels.map((image) => ({ runner, image })));
}

/** Names of the stacks that have a file, those too that cannot be read. */
function stackNames(root: string): readonly string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

function servedOf(stacks: readonly RepositoryStack[]): readonly RepositoryStack[] {
  const whole = stacks.filter(({ owns }) => owns === "all");
  const real = whole.filter(({ local }) => !local);
  const served = real.length > 0 ? real : whole;
  if (served.length > 0) return served;
  if (stacks.length === 0) {
    throw new UserError(
      "there is no Pulumi.<stack>.yaml, so that workflows have nothing to serve; write one, as Pulumi.main.yaml of Slipway is",
    );
  }
  throw new UserError(
    "no stack owns its foundation, so that workflows have nothing to serve; take slipway:owns: images out of one stack's file",
  );
}

const secretUses = remembered(
  ({ file, content }: SourceFile) => usesIn(basename(file), content).uses,
);

function servedSecrets(
  stacks: readonly ServedStack[],
  sources: readonly SourceFile[],
): readonly ServedSecret[] {
  const uses = sources.filter(({ kind }) => kind === "workflow").flatMap(secretUses);
  const all = { uses, inherits: [], inActions: [], unreadable: [] };
  // What a pull request starts is to have no secret, which another rule tells, and comes to no list.
  const trees = sources.flatMap((source) => readTree(source) ?? []);
  const exposed = trees
    .filter((tree) => pullRequestStart(tree, trees) !== undefined)
    .map(({ file }) => basename(file));
  return stacks.flatMap(({ file, configuration }) =>
    declaredSecrets(configuration).map((secret) => ({
      ...{ file, secret },
      usedBy: usesOf(all, secret).filter(
        (file) => secret.users.includes(file) || !exposed.includes(file),
      ),
    })),
  );
}

/**
 * What workflows of all stacks may read: a variable that one of them does not declare is empty there, and workflows look.
 */
function expectationsOf(
  { name, configuration, families }: ServedStack,
  { environments }: Served,
): Expectations {
  const { awsAccountId: accountId, awsRegion: region } = configuration;
  const variables = Object.keys(ACTIONS_VARIABLES).filter(isVariable);
  const places = ["repository", ...environments];
  const registries: readonly RegistryName[] = families.flatMap((family) => family.registries);
  return {
    stack: name,
    variables: new Set(variables.filter((one) => places.includes(ACTIONS_VARIABLES[one].place))),
    environments,
    registries: [...new Set(registries)],
    ...(accountId !== "" && { account: { accountId, region } }),
  };
}
