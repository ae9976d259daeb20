import { DIGEST } from "./image-reference.ts";
import {
  ARN,
  AWS_NAME,
  lifecyclePolicy,
  policyDocument,
  SENTENCE,
  TAG,
} from "./snapshot-documents.ts";
import { admit, type Shape } from "./snapshot-shape.ts";
import { type Inputs, type InputValue, UNKNOWN } from "./snapshot-value.ts";

/** What of a type's inputs anybody may read. */
interface ListedType {
  readonly properties: Readonly<Record<string, Shape>>;
  /**
   * Properties whose change makes another resource, for certain. A repository on GitHub is none: a change of it may be a
   * rename, which the providers ask GitHub about.
   */
  readonly identity: readonly string[];
  /** For a property, the one with its real name, which tells on a token. */
  readonly named?: Readonly<Record<string, string>>;
}

const GITHUB_NAME = /^[\w./ :-]{1,255}$/;
/** `pytorch/pytorch`, or without its owner where the provider has that. */
const GITHUB_REPOSITORY = /^(?:[\w.-]+\/)?[\w.-]+$/;
const LOGIN = /^[A-Za-z0-9](?:[\w-]{0,98}[A-Za-z0-9])?(?:\[bot\])?$/;
/** A branch or tag, or a pattern over them, in full or short. */
const REF_PATTERN = /^[^\s~^:\\]{1,255}$/;
const ACTIONS_NAME = /^[A-Za-z_]\w{0,254}$/;
const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9_.]+)?$/;
/** `ghcr.io/pytorch/ci-image` */
const IMAGE_REPOSITORY = /^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)+$/;
/** No address with a login in it: `https://user:token@host/`. */
const BUILD_ARG = /^(?!.*\/\/.*@)[\w .,:;=+/@%^~*()<>-]{0,2000}$/;

const FAMILY = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
const HOST = /^(?:localhost|(?:[a-z0-9-]+\.)+[a-z]+)(?::\d+)?$/;

/** Every value that rules/stack-outputs.ts gives to a variable: an ARN, a host, a region, an app's client id, families, hosts. */
const variableValue: Shape = {
  either: [
    ARN,
    HOST,
    /^[a-z]{2}(?:-[a-z]+)+-\d+$/,
    /^Iv\d[\w.]{1,40}$/,
    /^true$/,
    { json: { list: FAMILY } },
    { json: { keys: FAMILY, values: HOST } },
  ],
};

const tags: Shape = {
  only: { "managed-by": /^slipway$/, repository: GITHUB_REPOSITORY },
};

/**
 * Every input that a snapshot holds, by type. What is not here stays behind: logins, tokens and addresses of GitHub (`api`,
 * `credentials`, `registries` of builds, `account` of pins); of a secret its value, its sealed box, the key that it is sealed for and its
 * fingerprint; folders of the machine that built (`context`, `exports`, `cacheFrom`).
 *
 * Values of Actions variables are here: GitHub shows them to everybody who may read the repository and prints them in logs,
 * and each follows from the stack's file.
 *
 * Identities: of AWS what the provider's schema calls ForceNew, of GitHub and of Slipway's own resources what the providers'
 * diff replaces.
 * @see https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service
 */
export const LISTED: Readonly<Record<string, ListedType>> = {
  "aws:ecr/repository:Repository": {
    properties: {
      name: AWS_NAME,
      imageTagMutability: /^[A-Z_]+$/,
      encryptionConfigurations: {
        list: { fields: { encryptionType: /^[A-Z0-9_]+$/, kmsKey: ARN } },
      },
      imageScanningConfiguration: { fields: { scanOnPush: "boolean" } },
      forceDelete: "boolean",
      tags,
    },
    identity: ["name", "encryptionConfigurations"],
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    properties: { repository: AWS_NAME, policy: lifecyclePolicy },
    identity: ["repository", "policy"],
  },
  "aws:ecr/repositoryPolicy:RepositoryPolicy": {
    properties: { repository: AWS_NAME, policy: policyDocument },
    identity: ["repository"],
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    properties: { url: /^https:\/\/[a-z0-9./-]+$/, clientIdLists: { list: AWS_NAME }, tags },
    identity: ["url"],
  },
  "aws:iam/policy:Policy": {
    properties: {
      name: AWS_NAME,
      path: AWS_NAME,
      description: SENTENCE,
      policy: policyDocument,
      tags,
    },
    identity: ["name", "path", "description"],
  },
  "aws:iam/role:Role": {
    properties: {
      name: AWS_NAME,
      path: AWS_NAME,
      description: SENTENCE,
      assumeRolePolicy: policyDocument,
      permissionsBoundary: ARN,
      maxSessionDuration: "number",
      tags,
    },
    identity: ["name", "path"],
  },
  "aws:iam/rolePolicy:RolePolicy": {
    properties: { name: AWS_NAME, role: AWS_NAME, policy: policyDocument },
    identity: ["name", "role"],
  },
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": {
    properties: { roleName: AWS_NAME, policyNames: { list: AWS_NAME } },
    identity: ["roleName"],
  },
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": {
    properties: { roleName: AWS_NAME, policyArns: { list: ARN } },
    identity: ["roleName"],
  },
  "github:index/actionsVariable:ActionsVariable": {
    properties: { repository: GITHUB_REPOSITORY, variableName: ACTIONS_NAME, value: variableValue },
    identity: ["variableName"],
    named: { value: "variableName" },
  },
  "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": {
    properties: {
      repository: GITHUB_REPOSITORY,
      environment: GITHUB_NAME,
      variableName: ACTIONS_NAME,
      value: variableValue,
    },
    identity: ["environment", "variableName"],
    named: { value: "variableName" },
  },
  "github:index/repositoryRuleset:RepositoryRuleset": {
    properties: {
      repository: GITHUB_REPOSITORY,
      name: GITHUB_NAME,
      target: /^[a-z]+$/,
      enforcement: /^[a-z]+$/,
      bypassActors: {
        list: { fields: { actorId: "number", actorType: /^[A-Za-z]+$/, bypassMode: /^[a-z_]+$/ } },
      },
      conditions: {
        fields: {
          refName: { fields: { includes: { list: REF_PATTERN }, excludes: { list: REF_PATTERN } } },
        },
      },
      rules: {
        fields: {
          creation: "boolean",
          update: "boolean",
          deletion: "boolean",
          nonFastForward: "boolean",
        },
      },
    },
    identity: [],
  },
  "slipway:index:GithubEnvironment": {
    properties: {
      repository: GITHUB_REPOSITORY,
      environment: GITHUB_NAME,
      policies: { list: { only: { kind: /^(?:branch|tag)$/, pattern: REF_PATTERN } } },
      users: { list: LOGIN },
      teams: { list: LOGIN },
      waitTimer: "number",
      preventSelfReview: "boolean",
    },
    identity: ["environment"],
  },
  "slipway:index:EnvironmentSecret": {
    properties: { repository: GITHUB_REPOSITORY, environment: GITHUB_NAME, name: ACTIONS_NAME },
    identity: ["environment", "name"],
  },
  "slipway:index:ImageName": {
    properties: {
      platforms: { list: PLATFORM },
      contentName: TAG,
      aliases: { list: TAG },
      registries: {
        list: { only: { repository: IMAGE_REPOSITORY, floatingNames: { list: TAG } } },
      },
      float: DIGEST,
    },
    identity: [],
  },
  "slipway:index:PinName": {
    properties: { repository: AWS_NAME, digest: DIGEST },
    identity: ["repository", "digest"],
  },
  // Whether the content changes is said by the content name, which is made of all that goes into it.
  "docker-build:index:Image": {
    properties: {
      platforms: { list: PLATFORM },
      target: /^[\w.-]{1,128}$/,
      buildArgs: { keys: ACTIONS_NAME, values: BUILD_ARG },
    },
    identity: [],
  },
};

/** Types of which a snapshot holds nothing at all, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "pulumi:providers:aws": "is nothing in the account; its inputs are a region and logins",
  "pulumi:providers:github": "is nothing on GitHub; its inputs are an address and a token",
};

/** What the list lets through of a resource's inputs. */
export interface ListedInputs {
  readonly properties: Inputs;
  /** Names of the listed properties that were held back, in the list's order. */
  readonly withheld: readonly string[];
}

/** What the list lets through of a resource's inputs; undefined where it does not have the type. */
export function listedInputs(type: string, inputs: Inputs): ListedInputs | undefined {
  const listed = listedType(type);
  if (listed === undefined) return undefined;
  const properties: Record<string, InputValue> = {};
  const withheld: string[] = [];
  for (const [name, shape] of Object.entries(listed.properties)) {
    const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (value === undefined) continue;
    const called = nameOf(listed, name, inputs);
    const admitted = called === undefined ? undefined : admit(shape, value, called);
    if (admitted === undefined) withheld.push(name);
    else properties[name] = admitted;
  }
  return { properties, withheld };
}

/** What a property is called; undefined where that is not known. */
function nameOf({ named }: ListedType, property: string, inputs: Inputs): string | undefined {
  const by = named?.[property];
  if (by === undefined) return property;
  const name = inputs[by];
  // A state has none; a plan shows nothing to anybody by itself.
  if (name === UNKNOWN) return property;
  return typeof name === "string" ? name : undefined;
}

/** Whether a snapshot holds resources of a type. */
export function isListed(type: string): boolean {
  return listedType(type) !== undefined;
}

/** Whether a change of a property makes another resource, for certain. */
export function isIdentity(type: string, property: string): boolean {
  return listedType(type)?.identity.includes(property) ?? false;
}

/**
 * The types of declared resources that a list of a snapshot lacks, in part or in whole: what was applied of them may be
 * there and not be told.
 * @param listed properties by type
 */
export function typesNotTold(
  listed: Readonly<Record<string, readonly string[]>>,
  declared: readonly { readonly type: string }[],
): readonly string[] {
  const types = [...new Set(declared.map(({ type }) => type))];
  return types.filter((type) => {
    const told = Object.hasOwn(listed, type) ? listed[type] : undefined;
    const wanted = Object.keys(listedType(type)?.properties ?? {});
    return wanted.some((property) => told?.includes(property) !== true);
  });
}

function listedType(type: string): ListedType | undefined {
  return Object.hasOwn(LISTED, type) ? LISTED[type] : undefined;
}
