import { createInterface } from "node:readline/promises";
import { resolve } from "node:path";
import type { GithubClient } from "../../github/client.ts";
import type { Family } from "../../catalog.ts";
import { readClearKeys } from "../../context/stack-files.ts";
import { type Configuration, NAMESPACE, secretKeys } from "../../rules/configuration.ts";
import { declaredEnvironments, takesCandidates } from "../../rules/declared-environments.ts";
import { declaredSecrets } from "../../rules/declared-secrets.ts";
import { UserError } from "../../rules/problems.ts";
import {
  type Inventory,
  type InventoryArgs,
  secretInventory,
  type Stray,
} from "../../rules/secret-inventory.ts";
import type { SecretUses } from "../../rules/secret-uses.ts";
import { ACTIONS_VARIABLES, declaredVariables } from "../../rules/stack-outputs.ts";
import { secretsJson } from "../print/secrets-json.ts";
import { secretsText } from "../print/secrets-text.ts";
import { explaining, githubOf } from "../github-access.ts";
import { callerFolder, PROJECT_ROOT } from "../project-root.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { findSecrets, removeStray } from "./github-secrets.ts";
import { workflowUses } from "./workflow-uses.ts";

export interface SecretsOptions {
  readonly stack: string;
  /** Folder of a checkout of the repository, relative to the caller's; that one without it. */
  readonly checkout?: string;
  readonly offline?: boolean;
  readonly removeStrays?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** A stack's inventory and where it comes from. */
export interface SecretsReport extends Inventory {
  readonly stack: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** What was removed from GitHub before. */
  readonly removed: readonly Stray[];
}

const READING = "to read Environments, Secrets and Variables";
const REMOVING = "to write Environments, Secrets and Variables";

/**
 * Prints a stack's secrets: what is declared, what GitHub holds and what workflows read.
 * @returns the exit code: 1 when there is a fault
 */
export async function showSecrets(options: SecretsOptions): Promise<number> {
  const { json = false } = options;
  const say = json ? () => undefined : (line: string) => console.error(line);
  const report = await secretsReport(options, say);
  console.log(json ? secretsJson(report) : secretsText(report));
  return report.findings.some(({ severity }) => severity === "fault") ? 1 : 0;
}

/** @throws UserError for a stack that owns images only, and where GitHub does not tell */
export async function secretsReport(
  options: SecretsOptions,
  say: (line: string) => void,
): Promise<SecretsReport> {
  const { stack, offline = false } = options;
  const { configuration, catalog } = await stackConfiguration(stack);
  const { owner, repository, owns } = configuration;
  if (owns === "images") {
    throw new UserError(
      `stack ${stack} owns images only: the secrets of ${owner}/${repository} are those of main's stack`,
    );
  }
  const uses = await usesOfCheckout(options.checkout);
  const families = configuration.families.flatMap((name) => catalog.get(name) ?? []);
  const declared: InventoryArgs = {
    ...declarations(stack, configuration, families),
    ...(uses !== undefined && { uses }),
    today: new Date().toISOString().slice(0, 10),
  };
  const { inventory, removed } = offline
    ? { inventory: secretInventory(declared), removed: [] }
    : await askGithub(declared, configuration, options, say);
  return { stack, repository: `${owner}/${repository}`, ...inventory, removed };
}

/** @throws UserError when the folder was named and has no workflows */
async function usesOfCheckout(checkout: string | undefined): Promise<SecretUses | undefined> {
  const folder = resolve(callerFolder(), checkout ?? ".");
  const uses = await workflowUses(folder);
  if (uses !== undefined || checkout === undefined) return uses;
  throw new UserError(
    `${folder}: no .github/workflows in it; name a checkout of the stack's repository`,
  );
}

/** What a stack declares that a workflow could read as a secret or variable. */
function declarations(
  stack: string,
  configuration: Configuration,
  families: readonly Family[],
): Omit<InventoryArgs, "today"> {
  const schemes = families.map(({ scheme }) => scheme);
  const declared = declaredEnvironments(configuration, schemes);
  const environments = declared.map(({ name }) => name);
  const variables = declaredVariables({
    aws: configuration.awsAccountId !== "",
    ecr: families.some(({ registries }) => registries.includes("ecr")),
    candidates: takesCandidates(configuration, declared),
    deployApp: configuration.deployApp !== "",
    driftApp: configuration.driftApp !== "",
    pinsApp: configuration.pinsApp !== "",
    environments,
  });
  const clearKeys = readClearKeys(PROJECT_ROOT, stack);
  const at = (environment: string) =>
    variables.filter((name) => ACTIONS_VARIABLES[name].place === environment);
  return {
    stack,
    environments,
    secrets: declaredSecrets(configuration),
    sealed: configuration.sealedSecrets,
    clear: secretKeys(configuration).filter((key) => clearKeys.includes(`${NAMESPACE}${key}`)),
    variables: Object.fromEntries(environments.map((name) => [name, at(name)])),
  };
}

async function askGithub(
  declared: InventoryArgs,
  configuration: Configuration,
  options: SecretsOptions,
  say: (line: string) => void,
): Promise<{ readonly inventory: Inventory; readonly removed: readonly Stray[] }> {
  const github = await githubOf(
    configuration,
    "secrets",
    `, or see what is declared alone: slipway secrets --offline --stack ${options.stack}`,
  );
  const { owner, repository } = configuration;
  say(`asking ${new URL(github.endpoint).host} for the secrets of ${owner}/${repository}`);
  const look = async () => {
    const found = await explaining(READING, () =>
      findSecrets(github, repository, declared.environments),
    );
    return secretInventory({ ...declared, found });
  };
  const inventory = await look();
  if (options.removeStrays !== true || inventory.strays.length === 0) {
    return { inventory, removed: [] };
  }
  await confirm(inventory.strays, options);
  await removeAll(github, repository, inventory.strays, say);
  return { inventory: await look(), removed: inventory.strays };
}

async function removeAll(
  github: GithubClient,
  repository: string,
  strays: readonly Stray[],
  say: (line: string) => void,
): Promise<void> {
  for (const stray of strays) {
    await explaining(REMOVING, () => removeStray(github, repository, stray));
    say(`removed ${strayWords(stray)}`);
  }
}

/** @throws UserError when a person does not say yes, or there is none to ask */
async function confirm(
  strays: readonly Stray[],
  { stack, yes = false, json = false }: SecretsOptions,
): Promise<void> {
  if (yes) return;
  const list = strays.map((stray) => `  ${strayWords(stray)}`).join("\n");
  const ask = process.stdin.isTTY && process.stderr.isTTY && !json;
  if (!ask) {
    throw new UserError(
      `this removes, for good:\n${list}\nif that is meant: slipway secrets --remove-strays --stack ${stack} --yes`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal
    .question(`This removes, for good:\n${list}\nType yes to go on: `)
    .finally(() => terminal.close());
  if (answer.trim() !== "yes") throw new UserError("nothing was removed");
}

function strayWords({ kind, environment, name }: Stray): string {
  const place = environment === null ? "of the repository" : `of environment ${environment}`;
  return `${kind} ${name} ${place}`;
}
