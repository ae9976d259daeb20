import { declaredEnvironments, takesCandidates } from "../../rules/declared-environments.ts";
import type { RegistryName } from "../../rules/image-file-schema.ts";
import { UserError } from "../../rules/problems.ts";
import { type ActionsVariableName, declaredVariables } from "../../rules/stack-outputs.ts";
import { stackConfiguration } from "../stack-configuration.ts";

/** What a stack gives to workflows, as far as its configuration says it. */
export interface Expectations {
  readonly stack: string;
  readonly variables: ReadonlySet<ActionsVariableName>;
  readonly environments: readonly string[];
  /** Names of the registries of its families. */
  readonly registries: readonly RegistryName[];
  /** Absent where there is no AWS. */
  readonly account?: { readonly accountId: string; readonly region: string };
}

/**
 * Reads a stack's file; asks nobody.
 * @throws ProblemsError that lists every fault of the configuration; UserError for a stack that declares no variable
 */
export async function readExpectations(stack: string): Promise<Expectations> {
  const { configuration, families } = await stackConfiguration(stack);
  const { owns, awsAccountId: accountId, awsRegion: region } = configuration;
  const { deployApp, driftApp, pinsApp } = configuration;
  if (owns === "images") {
    throw new UserError(
      `stack ${stack} owns images only and declares no variable for workflows; check against the stack that owns the foundation: --stack main`,
    );
  }
  const registries = [...new Set(families.flatMap((family) => family.registries))];
  const schemes = families.map(({ scheme }) => scheme);
  const declared = declaredEnvironments(configuration, schemes);
  const environments = declared.map(({ name }) => name);
  const candidates = takesCandidates(configuration, declared);
  const aws = accountId !== "";
  const ecr = registries.includes("ecr");
  const apps = {
    deployApp: deployApp !== "",
    driftApp: driftApp !== "",
    pinsApp: pinsApp !== "",
  };
  return {
    stack,
    variables: new Set(declaredVariables({ aws, ecr, candidates, ...apps, environments })),
    environments,
    registries,
    ...(aws && { account: { accountId, region } }),
  };
}
