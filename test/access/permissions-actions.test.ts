// Does not prove how AWS evaluates the documents: rules/iam-permission-evaluation.ts does it as AWS documents it.
import assert from "node:assert/strict";
import { decide, type PermissionRequest } from "../../rules/iam-permission-evaluation.ts";
import { ROLE_KEYS, type RoleKey } from "../../rules/role-names.ts";
import { declaredRoles } from "../../rules/roles.ts";
import { CONFIGURE, DESCRIBE, LOG_IN, PULL, PUSH } from "./rights.ts";
import {
  ADMINISTRATOR,
  AWS_ACTIONS,
  boundary,
  documentsOf,
  ecr,
  EXAMPLE,
  KEY,
  OIDC,
  OWN_REQUEST,
  OWN_RESOURCE,
  requestsOf,
  role,
  s3,
  state,
} from "../rules/support/roles-example.ts";

/** What a role may do, written down once more and apart from the rules. */
interface Right {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Value of a condition key that is asked for, one of these. */
  readonly only?: { readonly key: string; readonly values: readonly string[] };
  /** What else the request and the resource must be like. */
  readonly when?: (context: Context) => boolean;
}

type Context = NonNullable<PermissionRequest["context"]>;

const REPOSITORIES = EXAMPLE.ecrRepositories.map((name) => ecr(name));
const CANDIDATES = ["almalinux-builder", "ci-image"].map((name) =>
  ecr(`pytorch/${name}-candidate`),
);
/** Whatever may be below the owner's name, the stack's repositories among it. */
const BELOW_OWNER = [
  ...REPOSITORIES,
  ...CANDIDATES,
  ...["ci-image-evil", "other-candidate", "ci", "other", "ci-image/x"].map((name) =>
    ecr(`pytorch/${name}`),
  ),
];
const has = (context: Context, tags: Context) =>
  Object.entries(tags).every(([key, value]) => context[key] === value);
const ofStack = (context: Context) => has(context, OWN_RESOURCE);
const READ_REPOSITORIES: Right = {
  actions: [...DESCRIBE, "ecr:BatchGetImage"],
  resources: BELOW_OWNER,
};
const BELOW_PATH = [
  ...ROLE_KEYS.map(role),
  `${role("push")}-evil`,
  "arn:aws:iam::308535385114:role/slipway/other",
];
const ACCESS_READING: readonly Right[] = [
  {
    // Reading roles below the path harms nobody.
    actions: [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListRolePolicies",
      "iam:ListAttachedRolePolicies",
    ],
    resources: BELOW_PATH,
  },
  {
    actions: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    resources: [boundary("workflow"), boundary("deploy")],
  },
  { actions: ["iam:GetOpenIDConnectProvider"], resources: [OIDC] },
];
const LIST_STATE: Right = { actions: ["s3:ListBucket"], resources: [s3("pytorch-state")] };
const files = (stack: string) =>
  [".json", ".json.bak", ".json.gz", ".pulumi-tags"].map((end) =>
    state(`stacks/slipway/${stack}${end}`),
  );
const journal = (stack: string) => state(`journal/slipway/${stack}/manifest.json`);
const lock = (stack: string) => state(`locks/organization/slipway/${stack}/1.json`);
const decrypt = (stack: string): Right => ({
  actions: ["kms:Decrypt"],
  resources: [KEY],
  only: { key: "kms:EncryptionContext:stack", values: [stack] },
});
const writing = (stack: string): readonly Right[] => [
  LIST_STATE,
  decrypt(stack),
  { actions: ["s3:GetObject"], resources: [state("meta.yaml")] },
  {
    actions: ["s3:GetObject", "s3:PutObject"],
    resources: [...files(stack), journal(stack), lock(stack)],
  },
  {
    actions: ["s3:PutObject"],
    resources: [
      state(`history/slipway/${stack}/${stack}-1.history.json`),
      state(`backups/slipway/${stack}/${stack}.1.json`),
    ],
  },
  { actions: ["s3:DeleteObject"], resources: [journal(stack), lock(stack)] },
];

const OTHERS = [role("read-only"), role("push"), role("drift"), role("candidate")];
const RIGHTS: Readonly<Record<RoleKey, readonly Right[]>> = {
  "read-only": [
    LOG_IN,
    { actions: PULL, resources: [ecr("pytorch/almalinux-builder"), ecr("pytorch/ci-image")] },
    { actions: ["s3:ListBucket"], resources: [s3("gha-artifacts")] },
    {
      actions: ["s3:ListBucket"],
      resources: [s3("ossci")],
      only: { key: "s3:prefix", values: ["images/", "images/rocm/x", "logs/"] },
    },
    {
      actions: ["s3:GetObject"],
      resources: [s3("gha-artifacts/a/b"), s3("ossci/images/a"), s3("ossci/logs/a")],
    },
  ],
  push: [
    LOG_IN,
    { actions: PUSH, resources: REPOSITORIES, when: ofStack },
    {
      actions: [...PULL, "ecr:PutImage"],
      resources: [...CANDIDATES, ecr("pytorch/other-candidate")],
      when: ofStack,
    },
    ...writing("release-2.10"),
  ],
  deploy: [
    LOG_IN,
    READ_REPOSITORIES,
    {
      actions: [...PUSH, ...CONFIGURE, "ecr:BatchDeleteImage", "ecr:DescribeImages"],
      resources: BELOW_OWNER,
      when: ofStack,
    },
    {
      actions: ["ecr:CreateRepository"],
      resources: BELOW_OWNER,
      when: (context) => has(context, OWN_REQUEST),
    },
    {
      actions: ["ecr:TagResource"],
      resources: BELOW_OWNER,
      when: (context) => has(context, OWN_REQUEST) && ofStack(context),
    },
    {
      actions: ["ecr:UntagResource"],
      resources: BELOW_OWNER,
      when: (context) =>
        ofStack(context) &&
        ![context["aws:TagKeys"] ?? []]
          .flat()
          .some((key) => ["managed-by", "repository"].includes(key)),
    },
    ...ACCESS_READING,
    {
      actions: ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
      resources: OTHERS,
      only: { key: "iam:PermissionsBoundary", values: [boundary("workflow")] },
    },
    {
      actions: [
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
      ],
      resources: OTHERS,
    },
    {
      actions: [
        "iam:CreateOpenIDConnectProvider",
        "iam:TagOpenIDConnectProvider",
        "iam:UntagOpenIDConnectProvider",
        "iam:AddClientIDToOpenIDConnectProvider",
        "iam:RemoveClientIDFromOpenIDConnectProvider",
      ],
      resources: [OIDC],
    },
    ...writing("main"),
  ],
  drift: [
    LOG_IN,
    READ_REPOSITORIES,
    { actions: ["ecr:DescribeImages"], resources: BELOW_OWNER },
    ...ACCESS_READING,
    LIST_STATE,
    decrypt("main"),
    {
      actions: ["s3:GetObject"],
      resources: [state("meta.yaml"), ...files("main"), journal("main")],
    },
  ],
  candidate: [LOG_IN, { actions: PUSH, resources: CANDIDATES, when: ofStack }],
};

function isRight(rights: readonly Right[], { action, resource, context }: PermissionRequest) {
  return rights.some(
    ({ actions, resources, only, when }) =>
      actions.includes(action) &&
      resources.includes(resource) &&
      (only === undefined || only.values.includes(String(context?.[only.key]))) &&
      (when === undefined || when(context ?? {})),
  );
}

const WORDS = ({ action, resource, context }: PermissionRequest) =>
  `${action} ${resource} ${JSON.stringify(context)}`;

describe("what a role may do, asked about every action of AWS's list", function () {
  this.timeout(120_000);

  it("names in the tables below no action that AWS does not know", () => {
    const named = Object.values(RIGHTS).flatMap((rights) =>
      rights.flatMap(({ actions }) => actions),
    );
    assert.deepEqual(
      named.filter((action) => !AWS_ACTIONS.has(action)),
      [],
    );
    assert.ok(AWS_ACTIONS.size > 450, "the whole list");
  });

  for (const key of ROLE_KEYS) {
    for (const service of ["ecr", "s3", "iam", "sts", "kms"]) {
      it(`of ${service}: ${key} has what is listed, on its own resources alone, and its boundary takes none of it`, () => {
        const documents = documentsOf(key);
        const { permissions } = documents;
        const wrong: string[] = [];
        let allowed = 0;
        for (const request of requestsOf(service)) {
          const expected = isRight(RIGHTS[key], request);
          if (expected) allowed++;
          if ((decide(documents, request) === "allowed") !== expected) wrong.push(WORDS(request));
          if ((decide({ permissions }, request) === "allowed") !== expected) {
            wrong.push(`without boundary: ${WORDS(request)}`);
          }
        }
        assert.deepEqual(wrong, []);
        const rights = RIGHTS[key].filter(({ actions }) => actions[0]?.startsWith(`${service}:`));
        assert.equal(allowed > 0, rights.length > 0, "the rights are asked for at all");
      });
    }
  }

  it("gives the read-only and the drift role no action that AWS calls a write, but the decryption", () => {
    for (const { key, permissions } of declaredRoles(EXAMPLE)) {
      if (key !== "read-only" && key !== "drift") continue;
      const actions = permissions.Statement.flatMap(({ Action }) => [Action].flat());
      const writes = actions.filter(
        (action) => !["Read", "List"].includes(AWS_ACTIONS.get(action)?.level ?? "none"),
      );
      assert.deepEqual(writes, key === "drift" ? ["kms:Decrypt"] : []);
    }
  });

  it("asks for all resources only where AWS knows none", () => {
    for (const { permissions } of declaredRoles(EXAMPLE)) {
      for (const { Action, Resource } of permissions.Statement) {
        if (![Resource ?? []].flat().includes("*")) continue;
        for (const action of [Action].flat()) {
          assert.deepEqual(AWS_ACTIONS.get(action)?.resources, [], action);
        }
      }
    }
  });

  it("asks for tags only where AWS knows them", () => {
    const tagKey = /^aws:(?:RequestTag|ResourceTag|TagKeys)\b/;
    const asked = declaredRoles(EXAMPLE)
      .flatMap(({ permissions }) =>
        permissions.Statement.flatMap(({ Action, Condition = {} }) =>
          Object.values(Condition)
            .flatMap((keys) => Object.keys(keys))
            .flatMap((key) => [Action].flat().map((action) => [action, tagKey.exec(key)?.[0]])),
        ),
      )
      .filter(([, key]) => key !== undefined);
    assert.ok(asked.length > 40, "tags are asked for");
    const unknown = asked.filter(
      ([action = "", key = ""]) => !AWS_ACTIONS.get(action)?.tags?.includes(key),
    );
    assert.deepEqual(unknown, []);
  });

  it("stays within the boundary when somebody attaches the policy that allows everything", () => {
    for (const key of ROLE_KEYS) {
      const { permissions, boundary } = documentsOf(key);
      const documents = { permissions: [...permissions, ADMINISTRATOR], boundary };
      const repositories = [...requestsOf("ecr")].filter(
        (request) => decide(documents, request) === "allowed",
      );
      // Boundaries cap by the owner's folder, in the stack's account and region.
      for (const { resource } of repositories) {
        assert.match(resource, /^(?:\*$|arn:aws:ecr:us-east-1:308535385114:repository\/pytorch\/)/);
      }
      const access = [...requestsOf("iam"), ...requestsOf("sts")].filter(
        (request) => decide(documents, request) === "allowed",
      );
      if (key === "deploy") {
        const beyond = access.filter((request) => !isRight(RIGHTS.deploy, request));
        assert.deepEqual(beyond, []);
      } else {
        const levels = new Set(access.map(({ action }) => AWS_ACTIONS.get(action)?.level));
        assert.deepEqual([...levels].sort(), ["List", "Read"]);
      }
    }
  });
});
