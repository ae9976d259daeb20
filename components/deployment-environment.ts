import { ActionsEnvironmentSecret } from "@pulumi/github/actionsEnvironmentSecret.js";
import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable.js";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment.js";
import { RepositoryEnvironmentDeploymentPolicy } from "@pulumi/github/repositoryEnvironmentDeploymentPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { actionsNameProblems } from "../rules/actions-name.ts";
import { ProblemsError } from "../rules/problems.ts";
import type { RefPattern } from "../rules/refs.ts";

/** Place of the environment, the refs that may enter and what their jobs find there. */
export interface DeploymentEnvironmentArgs {
  /** Name of the repository without its owner. */
  readonly repository: string;
  /** Name of the environment; changing this replaces everything. */
  readonly environment: string;
  /** The refs that may enter, at least one. */
  readonly policies: readonly RefPattern[];
  /** Values by name; wrapped as secrets here, whatever they are. */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Values by name. */
  readonly variables?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A GitHub environment that jobs of the declared refs may enter, with its secrets and variables.
 *
 * No other ref may enter as long as nobody adds a deployment policy by hand: GitHub's provider knows only the policies that
 * it made and has no resource that excludes others, so that such a policy is neither noticed nor removed.
 *
 * Between its creation and its first policy it admits nobody; secrets come after every policy, so that none is ever in an
 * environment that is open. Administrators are no exception.
 *
 * @example
 * const token = new pulumi.Config().requireSecret("dockerToken");
 * new DeploymentEnvironment("docker-build", {
 *   repository: "pytorch",
 *   environment: "docker-build",
 *   policies: [{ kind: "branch", pattern: "main" }],
 *   secrets: { DOCKER_TOKEN: token },
 * });
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
 */
export class DeploymentEnvironment extends pulumi.ComponentResource {
  /** The environment itself, for what this component has no word for. */
  readonly resource: RepositoryEnvironment;
  /** Name of the environment, known once it is there. */
  readonly environment: pulumi.Output<string>;

  /** @throws ProblemsError when no ref may enter, and for every name that GitHub would refuse. */
  constructor(
    name: string,
    args: DeploymentEnvironmentArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    const { repository, policies, secrets = {}, variables = {} } = args;
    const problems = [
      ...actionsNameProblems(Object.keys(secrets), "secrets"),
      ...actionsNameProblems(Object.keys(variables), "variables"),
    ];
    if (policies.length === 0) {
      const message = "empty: no job could enter; add e.g. { kind: branch, pattern: main }";
      problems.push({ path: "policies", message });
    }
    if (problems.length > 0) throw new ProblemsError(`environment ${args.environment}`, problems);
    super("slipway:index:DeploymentEnvironment", name, {}, opts);
    this.resource = new RepositoryEnvironment(
      `${name}-environment`,
      {
        repository,
        environment: args.environment,
        canAdminsBypass: false,
        deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
      },
      { parent: this },
    );
    this.environment = this.resource.environment;
    const place = { repository, environment: this.environment };
    // They go with their environment, and a new one of the same name can only come after the old one went. Whoever
    // protects the environment does not mean that a secret may never be taken out of it.
    const inside = {
      parent: this,
      deleteBeforeReplace: true,
      deletedWith: this.resource,
      protect: false,
    };
    const admitted = policies.map(
      ({ kind, pattern }) =>
        new RepositoryEnvironmentDeploymentPolicy(
          `${name}-${kind}-${pattern}`,
          {
            ...place,
            ...(kind === "branch" ? { branchPattern: pattern } : { tagPattern: pattern }),
          },
          inside,
        ),
    );
    for (const [secretName, value] of Object.entries(secrets)) {
      new ActionsEnvironmentSecret(
        `${name}-secret-${secretName}`,
        { ...place, secretName, value: pulumi.secret(value) },
        { ...inside, dependsOn: admitted },
      );
    }
    for (const [variableName, value] of Object.entries(variables)) {
      new ActionsEnvironmentVariable(
        `${name}-variable-${variableName}`,
        { ...place, variableName, value },
        inside,
      );
    }
    this.registerOutputs({ environment: this.environment });
  }
}
