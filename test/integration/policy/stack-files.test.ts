/*
 * The whole way from what somebody writes, in a stack's file or in the program, to its refusal by `slipway plan --policies`.
 * Who refuses is told by name: settings by the key, policies by theirs. Every policy by itself is in test/policy.
 */
import assert from "node:assert/strict";
import { parseDocument } from "yaml";
import { ProjectCopy } from "../../cli/support/project-copy.ts";

const STACK = "Pulumi.main.yaml";
type Path = readonly (string | number)[];

/** What somebody wrote, and what refuses it. */
interface BadSource {
  /** Ends "slipway plan --policies refuses a stack ...". */
  readonly stack: string;
  readonly file: string;
  readonly change: (text: string) => string;
  /** Keys of settings with a fault. */
  readonly settings?: readonly string[];
  /** Policies that are broken. */
  readonly policies?: readonly string[];
}

interface Report {
  readonly policies: { readonly violations: readonly { readonly policy: string }[] };
}

const SECRET = {
  owner: "pytorch-dev-infra",
  purpose: "A token.",
  users: ["gpu.yml"],
  expires: "never",
  source: { config: "gpuToken" },
};

/** Writes values into stack main's file, each below its key. */
const settings =
  (...values: readonly (readonly [Path, unknown])[]) =>
  (text: string): string => {
    const file = parseDocument(text);
    for (const [[key, ...below], value] of values) {
      file.setIn(["config", `slipway:${key}`, ...below], value);
    }
    return file.toString();
  };

/** Declares something beside all that the program does. */
const declaring = (code: string) => (text: string) => `${text}\n${code}\n`;

const SOURCES: readonly BadSource[] = [
  {
    stack: "with a secret in an environment that any branch may enter",
    file: STACK,
    change: settings(
      [["environments", "gpu"], { branches: ["**/*"] }],
      [["secrets", "gpu"], { TOKEN: SECRET }],
    ),
    settings: ["slipway:secrets.gpu"],
  },
  {
    stack: "with a token in clear",
    file: STACK,
    change: settings([["dockerToken"], "hunter2"]),
    settings: ["slipway:dockerToken"],
  },
  {
    stack: "with a plain value where a sealed one belongs",
    file: STACK,
    change: settings([
      ["sealedSecrets", "docker-deploy", "SLIPWAY_APP_KEY"],
      { keyId: "1", value: "hunter2", sealedOn: "2026-01-01" },
    ]),
    settings: ["slipway:sealedSecrets.docker-deploy.SLIPWAY_APP_KEY.value"],
  },
  {
    stack: "whose roles read every bucket of a name's beginning",
    file: STACK,
    change: settings([["readBuckets", 0], "gha-*"]),
    settings: ["slipway:readBuckets[0]"],
  },
  {
    stack: "that is applied with nobody's review",
    file: STACK,
    change: settings([["environments"], {}]),
    settings: ["slipway:environments.docker-deploy"],
  },
  {
    stack: "whose release branches anybody may make who may push",
    file: STACK,
    change: settings([["refCreators"], []]),
    policies: ["refs-are-behind-rulesets"],
  },
  {
    stack: "in production whose repositories are deleted with their images",
    file: STACK,
    change: settings([["forceDelete"], true]),
    policies: ["repository-is-not-force-deletable"],
  },
  {
    stack: "with a secret in an environment that any tag may enter",
    file: STACK,
    change: settings(
      [["environments", "gpu"], { tags: ["*"] }],
      [["secrets", "gpu"], { TOKEN: SECRET }],
    ),
    policies: ["refs-are-behind-rulesets"],
  },
  {
    stack: "whose program makes repositories with names that move",
    file: "components/image-repository.ts",
    change: (text) => text.replace('"IMMUTABLE"', '"MUTABLE"'),
    policies: ["repository-names-are-immutable"],
  },
  {
    stack: "whose program has a role for every repository of the owner",
    file: "index.ts",
    change: declaring(`
import * as more from "@pulumi/aws";
new more.iam.Role("mine", {
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
          StringLike: { "token.actions.githubusercontent.com:sub": "repo:pytorch/*" },
        },
      },
    ],
  }),
});`),
    policies: ["role-has-a-boundary", "role-is-under-the-path", "trust-has-no-hole"],
  },
  {
    stack: "whose program writes a token into a variable",
    file: "index.ts",
    change: declaring(`
import * as more from "@pulumi/github";
new more.ActionsVariable("mine", {
  repository: "pytorch",
  variableName: "API_TOKEN",
  value: "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
});`),
    policies: ["variable-holds-no-secret"],
  },
];

describe("slipway plan --policies refuses a stack", function () {
  this.timeout(120_000);
  let project: ProjectCopy;
  before(async () => (project = await ProjectCopy.make()));
  after(() => project.remove());

  const plan = () => project.slipway(["plan", "--stack", "main", "--policies", "--json"]);

  for (const { stack, file, change, settings = [], policies = [] } of SOURCES) {
    it(stack, async () => {
      const putBack = await project.edit(file, change);
      try {
        const { exitCode, stdout, stderr } = await plan();
        const keys = [...stderr.matchAll(/^ {2}(slipway:\S+): /gm)].map(([, key]) => key);
        assert.deepEqual(keys, settings, stderr);
        // Settings with a fault leave no plan to judge.
        const broken = stdout === "" ? [] : (JSON.parse(stdout) as Report).policies.violations;
        assert.deepEqual([...new Set(broken.map(({ policy }) => policy))].sort(), policies);
        assert.equal(exitCode, 1);
        assert.ok(!`${stdout}${stderr}`.includes("hunter2"));
      } finally {
        await putBack();
      }
    });
  }

  it("none that is as it stands in the tree", async () => {
    const { exitCode, stdout } = await plan();
    assert.equal(exitCode, 0, stdout.slice(0, 1000));
  });
});
