// Does not prove which claims GitHub writes into a token, nor what AWS makes of them.
import assert from "node:assert/strict";
import fc from "fast-check";
import { readIamPolicy } from "../../rules/iam-document.ts";
import { ASSUME_BY_TOKEN, evaluate } from "../../rules/iam-evaluation.ts";
import { type Grant, type TrustedRepository, trustPolicy } from "../../rules/trust-policy.ts";
import { trustTable } from "../../rules/trust-table.ts";
import { contextOf, tokenOf } from "../../rules/trust-tokens.ts";

const provider = "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";
const environments = ["docker-build", "docker-stage"];
const pytorch: TrustedRepository = {
  owner: "pytorch",
  name: "pytorch",
  ownerId: 21003710,
  repositoryId: 65600975,
  subjectForm: "name",
};
const jobWorkflowRef = "pytorch/pytorch/.github/workflows/docker-cache.yml@refs/heads/main";
const trusts: readonly {
  readonly repository: TrustedRepository;
  readonly grants: readonly Grant[];
}[] = (["name", "immutable", "both"] as const).flatMap((subjectForm) =>
  [
    [{ branch: "main", jobWorkflowRef }],
    [{ branch: "main" }],
    [{ environment: "docker-build" }],
    [{ environment: "docker-build", jobWorkflowRef }],
    [{ tag: "v2.10.0-rc1" }],
    [{ tag: "v*-rc*" }],
  ].map((grants) => ({ repository: { ...pytorch, subjectForm }, grants })),
);

type Document = ReturnType<typeof trustPolicy>;

function tableOf(document: unknown, trust: (typeof trusts)[number]) {
  const read = readIamPolicy(document);
  assert.ok("policy" in read, JSON.stringify(read));
  return trustTable(read.policy, provider, trust, { environments, grants: trust.grants });
}

/** Titles of rows in which a token passes that is not granted, or is granted and refused. */
function wrongRows(document: unknown, trust: (typeof trusts)[number]): readonly string[] {
  return tableOf(document, trust)
    .filter(({ subjects }) => Object.values(subjects).some(({ wrong }) => wrong))
    .map(({ token }) => token);
}

/** Every document in which one condition is left out or wider, with what was done. */
function mutants(document: Document): readonly (readonly [string, unknown])[] {
  const [statement] = document.Statement;
  assert.ok(statement !== undefined);
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ operator, key, value: [value].flat() })),
  );
  const made = (list: readonly { operator: string; key: string; value: readonly string[] }[]) => {
    const Condition: Record<string, Record<string, readonly string[]>> = {};
    for (const { operator, key, value } of list) (Condition[operator] ??= {})[key] = value;
    return { ...document, Statement: [{ ...statement, Condition }] };
  };
  return conditions.flatMap((one) => {
    const others = conditions.filter((other) => other !== one);
    const instead = (operator: string, value: readonly string[] = one.value) =>
      [
        `${operator} ${one.key} ${value.join()}`,
        made([...others, { ...one, operator, value }]),
      ] as const;
    const like = (change: (text: string) => string) => instead("StringLike", one.value.map(change));
    const name = one.key.replace(/^.*:/, "");
    return [
      [`no ${one.key}`, made(others)],
      instead("StringNotEquals"),
      instead("StringNotLike"),
      instead(`${one.operator}IfExists`),
      instead(`ForAllValues:${one.operator}`),
      // A pattern has no operator that ignores case.
      ...(one.operator === "StringEquals" && name !== "repository_id"
        ? [instead("StringEqualsIgnoreCase")]
        : []),
      instead("Null", ["false"]),
      like(() => "*"),
      like((text) => `${text}*`),
      like((text) => `*${text}`),
      ...(name === "sub"
        ? [
            like((text) => text.replace(/:(?:ref|environment):.*$/, ":*")),
            like((text) => text.replace(/^repo:[^/]+/, "repo:*")),
            like((text) => text.replace(/\/[^:]+:/, "/*:")),
            like((text) => text.replace(/:(?=ref|environment)/, "*:")),
            like((text) => text.replace(/[^:/]+$/, "*")),
          ]
        : []),
    ];
  });
}

describe("the truth table of a trust", () => {
  for (const trust of trusts) {
    const { repository, grants } = trust;
    const title = `${JSON.stringify(grants)} with subject form ${repository.subjectForm}`;

    it(`lets in what is granted and nothing else: ${title}`, () => {
      const rows = tableOf(trustPolicy(provider, trust), trust);
      assert.deepEqual(wrongRows(trustPolicy(provider, trust), trust), []);
      assert.ok(
        rows.some(({ subjects }) => Object.values(subjects).some(({ passes }) => passes === true)),
      );
    });

    it(`shows every condition that is left out or wider: ${title}`, () => {
      const seen = mutants(trustPolicy(provider, trust));
      assert.ok(seen.length >= 20);
      for (const [what, document] of seen) {
        // A second asterisk at the end of a tag's pattern makes it no wider.
        if (what.endsWith("**")) continue;
        assert.notDeepEqual(wrongRows(document, trust), [], what);
      }
    });
  }

  it("shows a statement too many, and another provider", () => {
    const [trust] = trusts;
    assert.ok(trust !== undefined);
    const document = trustPolicy(provider, trust);
    const more = trustPolicy(provider, { ...trust, grants: [{ environment: "docker-stage" }] });
    const both = { ...document, Statement: [...document.Statement, ...more.Statement] };
    assert.deepEqual(wrongRows(both, trust), ["own environment docker-stage"]);
    const other = trustPolicy(provider.replace("308535385114", "111122223333"), trust);
    assert.deepEqual(wrongRows(other, trust), [
      "granted: branch main, workflow docker-cache.yml",
      "own main",
    ]);
  });

  it("shows that a recycled name gets in where the repository's number is not known", () => {
    const repository: TrustedRepository = { owner: "ROCm", name: "TheRock", subjectForm: "name" };
    const trust = { repository, grants: [{ environment: "docker-build" }] };
    assert.deepEqual(wrongRows(trustPolicy(provider, trust), trust), [
      ...["same name, another repository", "same names, another owner and repository"],
      "as granted, but another repository_id",
    ]);
  });

  it("has every row that an attacker may stand in, in words", () => {
    const [trust] = trusts;
    assert.ok(trust !== undefined);
    const rows = new Map(
      tableOf(trustPolicy(provider, trust), trust).map(({ token, reason }) => [token, reason]),
    );
    const sub = "repo:pytorch/pytorch";
    for (const [token, reason] of [
      ["own main", "granted: branch main, workflow docker-cache.yml"],
      [
        "pull request of a fork",
        "GitHub issues no token: a fork's pull request has no id-token: write",
      ],
      ["own environment docker-build", `sub is ${sub}:environment:docker-build`],
      ["own environment docker-stage", `sub is ${sub}:environment:docker-stage`],
      ["same name, another repository", "repository_id is 2002"],
      ["own repository, renamed", "sub is repo:pytorch/pytorch-renamed:ref:refs/heads/main"],
      ["missing audience", "aud is missing"],
      ["as granted, but no job_workflow_ref", "job_workflow_ref is missing"],
    ] as const) {
      assert.equal(rows.get(token), reason, token);
    }
    for (const token of [
      ...["own release branch", "own release candidate's tag", "own other branch"],
      ...["own pull request", "another repository of the owner", "neighbour pytorch-evil"],
      ...["neighbour pytorch-evil/pytorch", "another owner", "wrong audience"],
      ...["as granted, but another workflow file", "as granted, but no sub"],
      "as granted, but no repository_id",
    ]) {
      assert.ok(rows.has(token), token);
    }
  });

  it("lets in no repository that shares a prefix with the trusted one, number known or not", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,12}$/);
    const more = fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/);
    const grant = fc.constantFrom<Grant>(
      ...[{ branch: "main" }, { environment: "e" }, { tag: "v*" }, { tag: "v1" }],
    );
    const form = fc.constantFrom("name" as const, "immutable" as const, "both" as const);
    fc.assert(
      fc.property(
        name,
        name,
        more,
        grant,
        form,
        fc.boolean(),
        (owner, repo, suffix, one, subjectForm, ofOwner) => {
          const ids = { ownerId: 1, repositoryId: 2 };
          const known = subjectForm === "name" ? {} : ids;
          const read = readIamPolicy(
            trustPolicy(provider, {
              repository: { owner, name: repo, ...known, subjectForm },
              grants: [one],
            }),
          );
          assert.ok("policy" in read);
          const job =
            "environment" in one
              ? { kind: "environment" as const, name: one.environment }
              : "branch" in one
                ? { kind: "branch" as const, name: one.branch }
                : { kind: "tag" as const, name: "v1" };
          const gets = (other: { owner: string; name: string; repositoryId: number }) =>
            (["name", "immutable"] as const).some((tokenForm) => {
              const token = tokenOf(
                {
                  ...ids,
                  ...other,
                  job,
                  ref: "refs/heads/main",
                  jobWorkflowRef: "o/r/.github/workflows/w.yml@refs/heads/main",
                },
                tokenForm,
              );
              const request = { provider, action: ASSUME_BY_TOKEN, context: contextOf(token) };
              return evaluate(read.policy, request).allowed;
            });
          assert.ok(gets({ owner, name: repo, repositoryId: 2 }));
          const neighbour = ofOwner
            ? { owner: owner + suffix, name: repo }
            : { owner, name: repo + suffix };
          // Even with the number of the trusted one.
          assert.ok(!gets({ ...neighbour, repositoryId: 3 }));
          assert.ok(!gets({ ...neighbour, repositoryId: 2 }));
        },
      ),
    );
  });
});
