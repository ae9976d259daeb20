// Does not prove how AWS evaluates the documents: see test/access/permissions-actions.test.ts and trust-table.test.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { boundaries } from "../../rules/boundary.ts";
import { rolesArgs } from "../../rules/roles-args.ts";
import { declaredRoles, type RolesArgs } from "../../rules/roles.ts";
import { sessionProblem } from "../../rules/trust-policy.ts";
import { configurationOf } from "./support/configuration.ts";
import { EXAMPLE } from "./support/roles-example.ts";

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
}

describe("roles of a stack", () => {
  it("are five, for main's cache workflow, an environment, and main's up, drift and candidate workflows in one each", () => {
    assert.deepEqual(
      declaredRoles(EXAMPLE).map(({ key, roleName, grants }) => ({ key, roleName, grants })),
      [
        {
          key: "read-only",
          roleName: "gha_workflow_s3_and_ecr_read_only",
          grants: [
            {
              branch: "main",
              jobWorkflowRef: "pytorch/pytorch/.github/workflows/docker-cache.yml@refs/heads/main",
            },
          ],
        },
        {
          key: "push",
          roleName: "gha_workflow_docker_push",
          grants: [{ environment: "docker-build" }],
        },
        {
          key: "deploy",
          roleName: "gha_workflow_slipway_deploy",
          grants: [
            {
              environment: "docker-deploy",
              jobWorkflowRef: "pytorch/pytorch/.github/workflows/up.yml@refs/heads/main",
            },
          ],
        },
        {
          key: "drift",
          roleName: "gha_workflow_slipway_drift",
          grants: [
            {
              environment: "docker-drift",
              jobWorkflowRef: "pytorch/pytorch/.github/workflows/drift.yml@refs/heads/main",
            },
          ],
        },
        {
          key: "candidate",
          roleName: "gha_workflow_docker_candidate",
          grants: [
            {
              environment: "docker-candidate",
              jobWorkflowRef: "pytorch/pytorch/.github/workflows/candidate.yml@refs/heads/main",
            },
          ],
        },
      ],
    );
  });

  it("are all below one path, each with a boundary that is declared there, too", () => {
    const declared = boundaries(EXAMPLE);
    for (const { path, boundary } of declaredRoles(EXAMPLE)) {
      assert.equal(path, "/slipway/");
      assert.deepEqual(
        declared.filter(({ key }) => key === boundary).map((one) => one.path),
        ["/slipway/"],
      );
    }
    assert.deepEqual(
      declared.map(({ policyName }) => policyName),
      ["slipway-workflow-boundary", "slipway-deploy-boundary"],
    );
  });

  it("give the deploy role alone the boundary of deploys", () => {
    assert.deepEqual(
      declaredRoles(EXAMPLE).map(({ key, boundary }) => [key, boundary]),
      [
        ["read-only", "workflow"],
        ["push", "workflow"],
        ["deploy", "deploy"],
        ["drift", "workflow"],
        ["candidate", "workflow"],
      ],
    );
  });

  it("have sessions of a length that AWS takes", () => {
    for (const { maxSessionSeconds } of declaredRoles(EXAMPLE)) {
      assert.equal(sessionProblem(maxSessionSeconds), undefined);
    }
  });

  for (const key of ["push", "deploy", "drift", "candidate"]) {
    it(`give ${key} the golden document's permissions`, () => {
      const role = declaredRoles(EXAMPLE).find((one) => one.key === key);
      assert.deepEqual(role?.permissions, golden(`${key}-permissions`));
    });
  }

  for (const { key, document } of boundaries(EXAMPLE)) {
    it(`cap the roles of the ${key} boundary as the golden document says`, () => {
      assert.deepEqual(document, golden(`${key}-boundary`));
    });
  }

  it("name each statement once in a document, with letters and digits", () => {
    const documents = [
      ...declaredRoles(EXAMPLE).map(({ permissions }) => permissions),
      ...boundaries(EXAMPLE).map(({ document }) => document),
    ];
    for (const { Statement } of documents) {
      const names = Statement.map(({ Sid = "" }) => Sid);
      assert.deepEqual(names, [...new Set(names)]);
      for (const name of names) assert.match(name, /^[A-Za-z0-9]+$/);
    }
  });

  it("say nothing of S3, keys and the OIDC provider where the stack has none of them", () => {
    const bare: RolesArgs = {
      repository: EXAMPLE.repository,
      account: EXAMPLE.account,
      ecrRepositories: EXAMPLE.ecrRepositories,
      buckets: [],
    };
    const text = JSON.stringify([declaredRoles(bare), boundaries(bare)]);
    assert.doesNotMatch(text, /s3:|kms:|oidc-provider|OpenIDConnect/);
    const { kmsKeyArn, ...state } = EXAMPLE.state;
    assert.match(kmsKeyArn, /^arn:/);
    assert.doesNotMatch(JSON.stringify(declaredRoles({ ...EXAMPLE, state })), /kms:/);
  });

  it("find the state in a bucket without folder, too", () => {
    const state = { bucket: "pytorch-state", prefix: "" };
    const text = JSON.stringify(declaredRoles({ ...EXAMPLE, state }));
    assert.match(text, /"arn:aws:s3:::pytorch-state\/\.pulumi\/stacks\/slipway\/main\.json\*"/);
    assert.doesNotMatch(text, /pytorch-state\/\//);
  });

  it("look for the state where Pulumi keeps that of this project", () => {
    const { name } = parse(readFileSync(new URL("../../Pulumi.yaml", import.meta.url), "utf8")) as {
      readonly name: string;
    };
    const text = JSON.stringify(declaredRoles(EXAMPLE));
    assert.ok(text.includes(`/.pulumi/stacks/${name}/main.json`));
  });

  it("are in the partition of the region", () => {
    const args: RolesArgs = {
      repository: EXAMPLE.repository,
      account: { accountId: "308535385114", region: "cn-north-1" },
      ecrRepositories: EXAMPLE.ecrRepositories,
      buckets: EXAMPLE.buckets,
      state: { bucket: "pytorch-state", prefix: "slipway" },
      ownsOidcProvider: true,
    };
    const text = JSON.stringify([declaredRoles(args), boundaries(args)]);
    assert.match(text, /"arn:aws-cn:iam::308535385114:role\/slipway\/\*"/);
    assert.doesNotMatch(text, /arn:aws:/);
  });
});

describe("page about the roles", () => {
  it("names every role, boundary and action", () => {
    const page = readFileSync(new URL("../../docs/roles.md", import.meta.url), "utf8");
    const roles = declaredRoles(EXAMPLE);
    const named = [
      ...roles.flatMap(({ roleName, permissions }) => [
        roleName,
        ...permissions.Statement.flatMap(({ Action }) => [Action].flat()),
      ]),
      ...boundaries(EXAMPLE).map(({ policyName }) => policyName),
    ];
    assert.deepEqual(
      named.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
    const actions = page.match(/`(?:ecr|iam|kms|s3|sts):\w+`/g) ?? [];
    const unknown = actions.filter((action) => !named.includes(action.slice(1, -1)));
    // What only an administrator needs.
    assert.deepEqual(unknown, ["`kms:Encrypt`"]);
  });
});

describe("what roles follow from", () => {
  const families = [
    { name: "ci-image", registries: ["ecr", "ghcr.io"] },
    { name: "therock-build", registries: ["ghcr.io"] },
    { name: "not-published", registries: ["ecr"] },
  ] as const;

  it("is read from a stack's configuration and the families that it publishes on ECR", () => {
    const configuration = configurationOf({
      families: '["ci-image","therock-build"]',
      readBuckets: '["gha-artifacts","ossci/images"]',
      stateBucket: "pytorch-state/slipway/x",
      stateKmsKey: EXAMPLE.state.kmsKeyArn,
    });
    assert.deepEqual(rolesArgs(configuration, families), {
      repository: { owner: "pytorch", name: "pytorch" },
      account: { accountId: "308535385114", region: "us-east-1" },
      ecrRepositories: ["pytorch/ci-image", "pytorch/ci-image-cache"],
      buckets: ["gha-artifacts", "ossci/images"],
      state: { bucket: "pytorch-state", prefix: "slipway/x", kmsKeyArn: EXAMPLE.state.kmsKeyArn },
      ownsOidcProvider: true,
    });
  });

  it("holds no state, no key and no provider where the configuration names none", () => {
    const args = rolesArgs(configurationOf({ oidcProvider: EXAMPLE_PROVIDER }), families);
    assert.equal(args.state, undefined);
    assert.equal(args.ownsOidcProvider, false);
    const { state } = rolesArgs(configurationOf({ stateBucket: "pytorch-state" }), families);
    assert.deepEqual(state, { bucket: "pytorch-state", prefix: "" });
  });
});

const EXAMPLE_PROVIDER =
  "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";
