import { join } from "node:path";
import { readCatalog } from "../catalog.ts";
import { loadProject } from "../engine/project.ts";
import { configurationFaults } from "../rules/configuration-faults.ts";
import { readConfiguration } from "../rules/configuration.ts";
import { readIamPolicy } from "../rules/iam-document.ts";
import type { PolicyDocument } from "../rules/policy-document.ts";
import { ProblemsError } from "../rules/problems.ts";
import { deploymentPolicies } from "../rules/refs.ts";
import { rolesArgs } from "../rules/roles-args.ts";
import { declaredRoles, githubProviderArn } from "../rules/roles.ts";
import { trustPolicy } from "../rules/trust-policy.ts";
import { type TrustRow, trustTable } from "../rules/trust-table.ts";
import { trustedRepository } from "../rules/trusted-repository.ts";
import { trustMarkdown, trustText } from "./print/trust-text.ts";
import { PROJECT_ROOT } from "./project-root.ts";

export interface TrustOptions {
  readonly stack: string;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** One role of a stack and what becomes of every token. */
export interface RoleTrust {
  readonly role: string;
  /** The document that is deployed. */
  readonly policy: PolicyDocument;
  readonly rows: readonly TrustRow[];
}

/**
 * Prints who assumes the roles of a stack.
 * @returns the exit code: 1 when somebody does who may not, or may and does not
 */
export async function showTrust({ stack, json, markdown }: TrustOptions): Promise<number> {
  const roles = await stackTrust(stack);
  const safe = roles.every(({ rows }) => rows.every((row) => !isWrong(row)));
  if (json) console.log(JSON.stringify({ stack, safe, roles }, undefined, 2));
  else console.log(markdown ? trustMarkdown(stack, roles) : trustText(stack, roles));
  return safe ? 0 : 1;
}

export function isWrong({ subjects }: TrustRow): boolean {
  return Object.values(subjects).some(({ wrong }) => wrong);
}

/** The truth table of every role that a stack declares. */
export async function stackTrust(stack: string): Promise<readonly RoleTrust[]> {
  const [{ config }, catalog] = await Promise.all([
    loadProject(PROJECT_ROOT, stack),
    readCatalog(join(PROJECT_ROOT, "images")),
  ]);
  const file = `Pulumi.${stack}.yaml`;
  const read = readConfiguration(config);
  if ("problems" in read) throw new ProblemsError(file, read.problems);
  const { configuration } = read;
  const faults = configurationFaults(configuration, catalog, true);
  if (faults.length > 0) throw new ProblemsError(file, faults);
  const { owns, awsAccountId, awsRegion, oidcProvider } = configuration;
  if (owns === "images" || awsAccountId === "") return [];
  // Other stacks may publish from the same repository, in environments of their own.
  const schemes = [...catalog.values()].map(({ scheme }) => scheme);
  const environments = [...deploymentPolicies(schemes).keys()];
  const repository = trustedRepository(configuration);
  const provider =
    oidcProvider === "create" ? githubProviderArn(awsAccountId, awsRegion) : oidcProvider;
  const families = [...catalog.values()];
  return declaredRoles(rolesArgs(configuration, families)).map(({ roleName, grants }) => {
    const trust = { repository, grants };
    const policy = trustPolicy(provider, trust);
    // What is judged is the text that AWS is given.
    const deployed = readIamPolicy(JSON.parse(JSON.stringify(policy)));
    if ("problems" in deployed) throw new ProblemsError(roleName, deployed.problems);
    return {
      role: roleName,
      policy,
      rows: trustTable(deployed.policy, provider, trust, environments),
    };
  });
}
