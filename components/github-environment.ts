import * as pulumi from "@pulumi/pulumi";
import type { RefPattern } from "../rules/refs.ts";

/** Where GitHub is, and as whom to speak to it. */
export interface GithubApiArgs {
  /** `https://api.github.com/`, or the root of a GitHub Enterprise server or an emulator. */
  readonly baseUrl: pulumi.Input<string>;
  /** Always a secret, and a change of it changes nothing; without it, `GITHUB_TOKEN` of the process counts. */
  readonly token?: pulumi.Input<string>;
}

/** An environment, whole: what GitHub has besides goes. */
export interface GithubEnvironmentArgs {
  /** `owner/name` */
  readonly repository: pulumi.Input<string>;
  /** Name of the environment; changing this makes another one. */
  readonly environment: pulumi.Input<string>;
  /** The refs that may enter, at least one. */
  readonly policies: pulumi.Input<readonly pulumi.Input<RefPattern>[]>;
  /** Logins of reviewers, with `teams` at most six. */
  readonly users: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Slugs of teams of the repository's owner. */
  readonly teams: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Minutes that a job waits, 43200 at most. */
  readonly waitTimer: pulumi.Input<number>;
  /** Whether nobody may approve a job that they started; only with reviewers. */
  readonly preventSelfReview: pulumi.Input<boolean>;
  readonly api: GithubApiArgs;
}

/**
 * A GitHub environment with its reviewers and the complete list of refs that may enter; administrators are no exception.
 * One that exists is adopted. Whatever anybody changes by hand is seen by the next refresh and set right by the next update.
 *
 * @example
 * new GithubEnvironment("docker-build", {
 *   repository: "pytorch/pytorch",
 *   environment: "docker-build",
 *   policies: [{ kind: "branch", pattern: "main" }],
 *   users: [],
 *   teams: ["release-engineers"],
 *   waitTimer: 0,
 *   preventSelfReview: true,
 *   api: { baseUrl: "https://api.github.com/" },
 * });
 * @see https://docs.github.com/en/rest/deployments/environments
 */
export class GithubEnvironment extends pulumi.CustomResource {
  declare readonly repository: pulumi.Output<string>;
  /** Name of the environment. */
  declare readonly environment: pulumi.Output<string>;

  constructor(name: string, args: GithubEnvironmentArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      "slipway:index:GithubEnvironment",
      name,
      { ...args, api: secretApi(args.api), canAdminsBypass: undefined, branchPolicy: undefined },
      opts,
    );
  }
}

/** Access with its token a secret, whatever it was. */
export function secretApi({ baseUrl, token }: GithubApiArgs): GithubApiArgs {
  return { baseUrl, ...(token !== undefined && { token: pulumi.secret(token) }) };
}
