import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable.js";
import * as pulumi from "@pulumi/pulumi";
import { actionsNameProblems } from "../rules/actions-name.ts";
import type { DeclaredEnvironment } from "../rules/declared-environments.ts";
import { ProblemsError } from "../rules/problems.ts";
import { EnvironmentSecret, type SecretValueArgs } from "./environment-secret.ts";
import { GithubEnvironment, type GithubApiArgs } from "./github-environment.ts";

/** The environment, who may enter, and what their jobs find there. */
export interface DeploymentEnvironmentArgs {
  /** Another name makes another environment. */
  readonly environment: DeclaredEnvironment;
  /** `owner/name` of the repository. */
  readonly repository: string;
  readonly api: GithubApiArgs;
  /** By name. */
  readonly secrets?: Readonly<Record<string, SecretValueArgs>>;
  /** Values by name. */
  readonly variables?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A GitHub environment that jobs of the declared refs may enter and nobody else, administrators included, with its secrets
 * and variables.
 *
 * It admits nobody before its first policy is there, and what it holds comes after all of them, so that nothing is ever in
 * an environment that is open. Its provider for GitHub (`opts.provider`) makes the variables alone.
 *
 * @example
 * const api = { baseUrl: "https://api.github.com/", token: config.requireSecret("githubToken") };
 * new DeploymentEnvironment("docker-build", {
 *   repository: "pytorch/pytorch",
 *   environment: {
 *     name: "docker-build",
 *     policies: [{ kind: "branch", pattern: "main" }],
 *     users: [],
 *     teams: [],
 *     waitTimer: 0,
 *     preventSelfReview: false,
 *   },
 *   api,
 *   secrets: { DOCKER_TOKEN: { value: config.requireSecret("dockerToken") } },
 * });
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
 */
export class DeploymentEnvironment extends pulumi.ComponentResource {
  /** The environment itself, for what this component has no word for. */
  readonly resource: GithubEnvironment;
  /** Name of the environment, known once it is there. */
  readonly environment: pulumi.Output<string>;

  /** @throws ProblemsError when no ref may enter, and for every name that GitHub would refuse. */
  constructor(
    name: string,
    args: DeploymentEnvironmentArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    const { repository, api, secrets = {}, variables = {} } = args;
    const { name: environment, policies, ...settings } = args.environment;
    const problems = [
      ...actionsNameProblems(Object.keys(secrets), "secrets"),
      ...actionsNameProblems(Object.keys(variables), "variables"),
    ];
    if (policies.length === 0) {
      const message = "empty: no job could enter; add e.g. { kind: branch, pattern: main }";
      problems.push({ path: "policies", message });
    }
    if (problems.length > 0) throw new ProblemsError(`environment ${environment}`, problems);
    super("slipway:index:DeploymentEnvironment", name, {}, opts);
    this.resource = new GithubEnvironment(
      `${name}-environment`,
      { repository, environment, policies, ...settings, api },
      // What a component depends on, its children do not by themselves.
      { parent: this, ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }) },
    );
    this.environment = this.resource.environment;
    // They come after their environment, whose output they take its name from, and go with it; a new one of the same name
    // can only come after the old one went. Whoever protects the environment does not mean that a secret may never be
    // taken out of it.
    const inside = {
      parent: this,
      deleteBeforeReplace: true,
      deletedWith: this.resource,
      protect: false,
    };
    for (const [secretName, value] of Object.entries(secrets)) {
      new EnvironmentSecret(
        `${name}-secret-${secretName}`,
        { repository, environment: this.environment, name: secretName, ...value, api },
        inside,
      );
    }
    for (const [variableName, value] of Object.entries(variables)) {
      new ActionsEnvironmentVariable(
        `${name}-variable-${variableName}`,
        {
          repository: repository.slice(repository.indexOf("/") + 1),
          environment: this.environment,
          variableName,
          value,
        },
        inside,
      );
    }
    this.registerOutputs({ environment: this.environment });
  }
}
