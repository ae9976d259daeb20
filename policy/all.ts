import { cachePolicies } from "./cache.ts";
import { environmentPolicies, environmentStackPolicies } from "./environment.ts";
import { imagePolicies } from "./image.ts";
import type { ResourcePolicy, StackPolicy } from "./policy.ts";
import { repositoryPolicies, repositoryStackPolicies } from "./repository.ts";
import { rolePolicies } from "./role.ts";
import { rulesetPolicies, rulesetStackPolicies } from "./ruleset.ts";
import { secretPolicies, secretStackPolicies } from "./secret.ts";
import { trustPolicies, trustStackPolicies } from "./trust.ts";

/** Every policy of Slipway's, for whichever engine runs them. */
export const policies: {
  readonly resource: readonly ResourcePolicy[];
  readonly stack: readonly StackPolicy[];
} = {
  resource: [
    ...trustPolicies,
    ...rolePolicies,
    ...environmentPolicies,
    ...secretPolicies,
    ...rulesetPolicies,
    ...repositoryPolicies,
    ...imagePolicies,
    ...cachePolicies,
  ],
  stack: [
    ...trustStackPolicies,
    ...environmentStackPolicies,
    ...secretStackPolicies,
    ...rulesetStackPolicies,
    ...repositoryStackPolicies,
  ],
};
