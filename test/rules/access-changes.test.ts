// Does not prove which claims GitHub writes into a token, nor what AWS makes of a policy.
import assert from "node:assert/strict";
import fc from "fast-check";
import { accessChanges } from "../../rules/access-changes.ts";
import { partsBeyond } from "../../rules/access-statements.ts";
import { passes } from "../../rules/access-tokens.ts";
import { type IamPolicy, readIamPolicy } from "../../rules/iam-document.ts";
import { knownResources } from "../../rules/known-resource.ts";
import { changesSince, type Declared } from "../../rules/snapshot-changes.ts";
import { snapshotOf } from "../../rules/snapshot-of.ts";
import type { JsonValue } from "../../rules/snapshot-value.ts";
import { UNKNOWN } from "../../rules/snapshot-value.ts";
import { type Grant, type TrustArgs, trustPolicy } from "../../rules/trust-policy.ts";
import { trustTable } from "../../rules/trust-table.ts";
import { TOKEN_FORMS } from "../../rules/trust-tokens.ts";

const provider = "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";
const place = { repository: "pytorch/pytorch", stack: "main", channel: "main", commit: "" };

function changesOf(old: readonly Declared[], now: readonly Declared[]) {
  const changes = changesSince(snapshotOf(place, old), now);
  return accessChanges({ old: knownResources(old), now: knownResources(now), changes });
}

function role(trust: TrustArgs | undefined): readonly Declared[] {
  if (trust === undefined) return [];
  const assumeRolePolicy = JSON.stringify(trustPolicy(provider, trust));
  return [
    { type: "aws:iam/role:Role", name: "push-role", inputs: { name: "push", assumeRolePolicy } },
  ];
}

function policyOf(trust: TrustArgs | undefined): IamPolicy | undefined {
  if (trust === undefined) return undefined;
  const read = readIamPolicy(JSON.parse(JSON.stringify(trustPolicy(provider, trust))));
  assert.ok("policy" in read);
  return read.policy;
}

const workflow = fc
  .record({
    file: fc.constantFrom("up.yml", "drift.yml"),
    ref: fc.constantFrom("refs/heads/main", "refs/heads/evil", "refs/tags/v1"),
  })
  .map(({ file, ref }) => `pytorch/pytorch/.github/workflows/${file}@${ref}`);
const grant: fc.Arbitrary<Grant> = fc
  .tuple(
    fc.oneof(
      fc
        .constantFrom("docker-build", "docker-deploy", "a:b")
        .map((environment) => ({ environment })),
      fc.constantFrom("main", "try", "release/2.10").map((branch) => ({ branch })),
      fc.constantFrom("v2.10.0-rc1", "v*", "v*-rc*").map((tag) => ({ tag })),
    ),
    fc.option(workflow, { nil: undefined }),
  )
  .map(([job, jobWorkflowRef]) => ({ ...job, ...(jobWorkflowRef && { jobWorkflowRef }) }));
const trust: fc.Arbitrary<TrustArgs> = fc.record({
  repository: fc.record({
    owner: fc.constantFrom("pytorch", "someone"),
    name: fc.constant("pytorch"),
    ownerId: fc.constant(21003710),
    repositoryId: fc.constantFrom(65600975, 7),
    subjectForm: fc.constantFrom("name", "immutable", "both"),
  }),
  grants: fc.array(grant, { minLength: 1, maxLength: 4 }),
});
const perhaps = fc.option(trust, { nil: undefined });

describe("access changes", () => {
  it("tell every row of the truth table that begins to pass, or ceases to", () => {
    fc.assert(
      fc.property(perhaps, perhaps, (before, after) => {
        const told = changesOf(role(before), role(after)).filter(({ kind }) => kind === "token");
        const tokens = new Set(
          told.map((one) => (one.kind === "token" ? `${one.change} ${one.token}` : "")),
        );
        const nobody: IamPolicy = { variables: true, statements: [] };
        const [old, now] = [policyOf(before) ?? nobody, policyOf(after) ?? nobody];
        const grants = [before, after].flatMap((one) => one?.grants ?? []);
        for (const side of [before, after]) {
          if (side === undefined) continue;
          const tables = [old, now].map((policy) =>
            trustTable(policy, provider, side, { environments: [], grants }),
          );
          tables[0]?.forEach((row, index) => {
            for (const form of TOKEN_FORMS) {
              const [was, is] = [row, tables[1]?.[index]].map((one) => one?.subjects[form].passes);
              if (was === is) continue;
              const change = is === true ? "begins" : "ceases";
              assert.ok(tokens.has(`${change} ${row.token}`), `${change} ${row.token} is not told`);
            }
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("show a token that one policy lets in and the other does not", () => {
    fc.assert(
      fc.property(perhaps, perhaps, (before, after) => {
        const [old, now] = [policyOf(before), policyOf(after)];
        for (const one of changesOf(role(before), role(after))) {
          if (one.kind !== "token") continue;
          assert.equal(passes(now, one.claims), one.change === "begins");
          assert.equal(passes(old, one.claims), one.change === "ceases");
        }
      }),
      { numRuns: 25 },
    );
  });

  it("are none where nothing changed, and the other way round where it is taken back", () => {
    fc.assert(
      fc.property(trust, trust, (before, after) => {
        assert.deepEqual(changesOf(role(before), role(before)), []);
        const count = (from: TrustArgs, to: TrustArgs, change: string) =>
          changesOf(role(from), role(to)).filter((one) => "change" in one && one.change === change)
            .length;
        assert.equal(count(before, after, "begins"), count(after, before, "ceases"));
        assert.equal(count(before, after, "gains"), count(after, before, "loses"));
      }),
      { numRuns: 12 },
    );
  });

  it("tell of a grant whose workflow file is taken from another ref", () => {
    const repository = { owner: "pytorch", name: "pytorch", subjectForm: "name" } as const;
    const of = (ref: string): TrustArgs => ({
      repository,
      grants: [
        { environment: "e", jobWorkflowRef: `pytorch/pytorch/.github/workflows/up.yml@${ref}` },
      ],
    });
    const told = changesOf(role(of("refs/heads/main")), role(of("refs/heads/evil")));
    assert.ok(
      told.some(
        (one) =>
          one.kind === "token" &&
          one.change === "begins" &&
          one.claims["job_workflow_ref"]?.endsWith("@refs/heads/evil"),
      ),
    );
  });

  it("tell of a trust that cannot be read back, by its statements", () => {
    const document = (sub: string) => ({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: provider },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringLike: { "token.actions.githubusercontent.com:sub": sub } },
        },
      ],
    });
    const of = (policy: unknown): readonly Declared[] => [
      {
        type: "aws:iam/role:Role",
        name: "r",
        inputs: { name: "r", assumeRolePolicy: JSON.stringify(policy) },
      },
    ];
    const told = changesOf(of(document("repo:pytorch/*")), of(document("repo:*")));
    assert.deepEqual(
      told.map((one) => (one.kind === "statement" ? [one.change, one.conditions] : one)),
      [
        ["gains", ["StringLike token.actions.githubusercontent.com:sub repo:*"]],
        ["loses", ["StringLike token.actions.githubusercontent.com:sub repo:pytorch/*"]],
      ],
    );
    const unreadable = changesOf(of(document("repo:pytorch/*")), of({ Statement: "all" }));
    assert.ok(unreadable.some(({ kind }) => kind === "setting"));
  });

  it("tell of two policies of one role as of one", () => {
    const policy = (action: string): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
      });
    const one: Declared = {
      type: "aws:iam/rolePolicy:RolePolicy",
      name: "push-policy",
      inputs: { name: "push", role: "push", policy: policy("ecr:PutImage") },
    };
    const more = {
      ...one,
      name: "more-policy",
      inputs: { ...one.inputs, name: "more", policy: policy("iam:*") },
    };
    const told = changesOf([one], [one, more]);
    assert.deepEqual(
      told.flatMap((each) => (each.kind === "statement" ? [[each.change, each.actions]] : [])),
      [["gains", ["iam:*"]]],
    );
  });

  it("tell of reviewers and refs of an environment one by one, and of no other order", () => {
    const environment = (inputs: Declared["inputs"]): readonly Declared[] => [
      {
        type: "slipway:index:GithubEnvironment",
        name: "deploy-environment",
        inputs: { environment: "deploy", waitTimer: 0, preventSelfReview: true, ...inputs },
      },
    ];
    const main = { kind: "branch", pattern: "main" };
    const told = changesOf(
      environment({ users: ["alice", "bob"], teams: [], policies: [main] }),
      environment({
        users: ["bob", "eve"],
        teams: [],
        policies: [{ kind: "tag", pattern: "v*" }, main],
      }),
    );
    const about = { kind: "setting", of: "environment", holder: "deploy" } as const;
    assert.deepEqual(told, [
      { ...about, setting: "reviewer (user)", new: "eve" },
      { ...about, setting: "reviewer (user)", old: "alice" },
      { ...about, setting: "admits tags", new: "v*" },
    ]);
  });

  it("say of a new secret that it is there, and nothing of its value", () => {
    const secret: Declared = {
      type: "slipway:index:EnvironmentSecret",
      name: "s",
      inputs: { environment: "e", name: "TOKEN", value: UNKNOWN },
    };
    assert.deepEqual(changesOf([], [secret]), [
      { kind: "setting", of: "secret", holder: "e/TOKEN", setting: "declared", new: "yes" },
    ]);
  });
});

describe("statements beyond those of another policy", () => {
  const names = ["a:One", "a:Two", "b:*"];
  const statement = fc.record({
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
    Resource: fc.uniqueArray(fc.constantFrom("arn:x", "arn:y", "*"), { minLength: 1 }),
    Condition: fc.constantFrom<JsonValue>({}, { StringEquals: { k: ["2", "1"] } }),
  });
  const document = fc
    .array(statement, { maxLength: 3 })
    .map((Statement): JsonValue => ({ Version: "2012-10-17", Statement }));

  /** What a policy is made of, told apart from the code by the words alone. */
  function pairs(policy: JsonValue): ReadonlySet<string> {
    const { Statement } = policy as {
      readonly Statement: readonly {
        readonly Effect: string;
        readonly Action: readonly string[];
        readonly Resource: readonly string[];
        readonly Condition: JsonValue;
      }[];
    };
    return new Set(
      Statement.flatMap(({ Effect, Action, Resource, Condition }) =>
        Action.flatMap((action) =>
          Resource.map((resource) =>
            [Effect, action, resource, Object.keys(Condition ?? {}).length].join(" "),
          ),
        ),
      ),
    );
  }

  it("are exactly the actions on resources that the other has not", () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const told = partsBeyond(one, other).flatMap(({ effect, actions, resources, conditions }) =>
          actions.flatMap((action) =>
            resources.map((resource) => [effect, action, resource, conditions.length].join(" ")),
          ),
        );
        const known = pairs(other);
        const expected = [...pairs(one)].filter((pair) => !known.has(pair));
        assert.deepEqual([...new Set(told)].sort(), expected.sort());
      }),
    );
  });

  it("keep what is meant of all others apart from what is named", () => {
    const of = (more: Readonly<Record<string, JsonValue>>): JsonValue => ({
      Statement: { Effect: "Allow", ...more },
    });
    assert.deepEqual(
      partsBeyond(
        of({ NotAction: ["iam:*"], Resource: "*" }),
        of({ Action: ["iam:*"], Resource: "*" }),
      ),
      [
        {
          effect: "Allow",
          actions: ["all but iam:*"],
          resources: ["*"],
          principals: [],
          conditions: [],
        },
      ],
    );
  });
});
