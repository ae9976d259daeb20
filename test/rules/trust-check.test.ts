// Does not prove that AWS takes each of these policies: some it refuses to store now, and roles made before still have them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { readIamPolicy } from "../../rules/iam-document.ts";
import { ASSUME_BY_TOKEN, evaluate } from "../../rules/iam-evaluation.ts";
import { type NamedRepository, readRepository } from "../../rules/trust-bounds.ts";
import { findHoles, type Hole } from "../../rules/trust-check.ts";
import { safeForm } from "../../rules/trust-safe-form.ts";
import { contextOf } from "../../rules/trust-tokens.ts";
import {
  aud,
  condition,
  issuer,
  type Judgement,
  main,
  provider,
  safe,
  statement,
  TWELVE,
} from "./support/trust-policies.ts";

function parsed(statements: readonly object[]) {
  const read = readIamPolicy({ Version: "2012-10-17", Statement: statements });
  assert.ok("policy" in read, JSON.stringify(read));
  return read.policy;
}

function holesOf(statements: readonly object[], named: readonly string[] = []): readonly Hole[] {
  const repositories = named.map((text): NamedRepository => {
    const repository = readRepository(text);
    assert.ok(repository !== undefined);
    return repository;
  });
  return findHoles(parsed(statements), repositories);
}

/** Whether a hole's example gets in, by the policy itself. */
function assertGetsIn(statements: readonly object[], { example, what }: Hole): void {
  if (example === null || "principal" in example) return;
  const { allowed } = evaluate(parsed(statements), {
    provider,
    action: ASSUME_BY_TOKEN,
    context: contextOf(example),
  });
  assert.ok(allowed, `${what}: ${JSON.stringify(example)}`);
}

/** More attacks and mistakes, and two that look wide and are not. */
const MORE: readonly Judgement[] = [
  {
    policy: "no condition at all",
    statements: [statement({})],
    holes: [/no condition demands aud/, /any repository on GitHub/],
  },
  {
    policy: "pull requests by name",
    statements: [statement({ StringEquals: { ...aud, sub: "repo:o/r:pull_request" } })],
    holes: [/a pull request runs the code of whoever opened it/],
  },
  {
    policy: "every branch",
    statements: [
      statement({ StringEquals: aud, StringLike: { sub: "repo:o/r:ref:refs/heads/*" } }),
    ],
    holes: [/the wildcard stands for every branch$/],
  },
  {
    policy: "every environment",
    statements: [statement({ StringEquals: aud, StringLike: { sub: "repo:o/r:environment:*" } })],
    holes: [/the wildcard stands for other environments/],
  },
  {
    policy: "a recycled name, by wildcards in the place of the numbers",
    statements: [
      statement({ StringEquals: aud, StringLike: { sub: "repo:o@*/r@*:environment:e" } }),
    ],
    holes: [/sub repo:o@\*\/r@\*:environment:e: the wildcard stands for other repositories/],
  },
  {
    policy: "IfExists on the repository's number",
    statements: [statement({ ...safe, StringEqualsIfExists: { repository_id: "2" } })],
    holes: [/StringEqualsIfExists on repository_id holds for a token without repository_id/],
  },
  {
    policy: "ForAllValues on the audience, as a Terraform module writes it",
    statements: [statement({ "ForAllValues:StringEquals": aud, StringEquals: { sub: main } })],
    holes: [/ForAllValues:StringEquals on aud/],
  },
  {
    policy: "the audience of every job that asks for none",
    statements: [statement({ StringEquals: { aud: "https://github.com/o", sub: main } })],
    holes: [/aud https:\/\/github.com\/o is in the token of every job that asks for no audience/],
  },
  {
    policy: "a wildcard in the audience",
    statements: [statement({ StringLike: { aud: "*", sub: main } })],
    holes: [/aud \* holds for tokens made for other services/],
  },
  {
    policy: "NotAction",
    statements: [statement(safe, { Action: undefined, NotAction: "sts:TagSession" })],
    holes: [/NotAction allows every action but those it names/],
  },
  {
    policy: "an account beside the provider",
    statements: [
      statement(safe, {
        Principal: { Federated: provider, AWS: "arn:aws:iam::1:root" },
        Action: "sts:*",
      }),
    ],
    holes: [/the principal is AWS arn:aws:iam::1:root/],
  },
  {
    policy: "another identity provider with a like name",
    statements: [
      statement(safe, { Principal: { Federated: [provider, `${provider}.evil.example`] } }),
    ],
    holes: [/the principal is Federated .*\.evil\.example/],
  },
  {
    policy: "everybody as the principal",
    statements: [statement(safe, { Principal: "*" })],
    holes: [/the principal is everybody/],
  },
  {
    policy: "a branch in any case of its letters",
    statements: [statement({ StringEquals: aud, StringEqualsIgnoreCase: { sub: main } })],
    holes: [/in other letters/],
  },
  {
    policy: "a variable in the subject",
    statements: [
      statement({
        StringEquals: { ...aud, sub: `repo:\${${issuer}:repository}:ref:refs/heads/main` },
      }),
    ],
    holes: [/the wildcard stands for other repositories/],
  },
  {
    policy: "a claim that AWS hands on to nobody, in the place of the subject",
    statements: [statement({ StringEquals: { ...aud, repository_owner: "o" } })],
    holes: [/no condition demands sub/],
  },
  {
    policy: "a customised subject",
    statements: [
      statement({ StringEquals: { ...aud, sub: "repository_owner_id:1:environment:e" } }),
    ],
    holes: [/a customised template is not judged/],
  },
  {
    policy: "a second statement that is wide",
    statements: [
      statement(safe),
      statement({ StringEquals: aud, StringLike: { sub: "repo:o/r:*" } }, { Sid: "Second" }),
    ],
    holes: [/every branch, tag, environment/],
  },
  {
    policy: "every job's subject with one environment demanded",
    statements: [
      statement({ StringEquals: { ...aud, environment: "e" }, StringLike: { sub: "repo:o/r:*" } }),
    ],
    holes: [],
  },
  {
    policy: "tags that begin alike",
    statements: [
      statement({ StringEquals: aud, StringLike: { sub: "repo:o/r:ref:refs/tags/v*" } }),
    ],
    holes: [],
  },
  {
    policy: "a denial of one environment beside a safe statement",
    statements: [
      statement(safe),
      statement({ StringEquals: { environment: "x" } }, { Effect: "Deny", Principal: "*" }),
    ],
    holes: [],
  },
  {
    policy: "an address that may not call, beside a safe statement's conditions",
    statements: [
      {
        ...statement(safe),
        Condition: { ...condition(safe), NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
      },
    ],
    holes: [],
  },
  {
    policy: "a repository that is not meant",
    statements: [statement(safe)],
    named: ["o/other"],
    holes: [/o\/r is not a repository that is meant/],
  },
  {
    policy: "a repository of the meant name and another number",
    statements: [statement({ StringEquals: { ...aud, sub: "repo:o@1/r@2:environment:e" } })],
    named: ["o@1/r@3"],
    holes: [/o\/r is not a repository that is meant/],
  },
  {
    policy: "the meant repository, in other letters",
    statements: [statement(safe)],
    named: ["x/y", "O/R"],
    holes: [],
  },
];

describe("the check of a trust policy", () => {
  for (const { policy, statements, named, holes } of [...TWELVE, ...MORE]) {
    it(`finds ${holes.length === 0 ? "no hole" : "the hole"} in ${policy}`, () => {
      const found = holesOf(statements, named);
      assert.equal(found.length, holes.length, JSON.stringify(found));
      holes.forEach((what) => {
        const hole = found.find((one) => what.test(one.what));
        assert.ok(hole !== undefined, JSON.stringify(found));
        assertGetsIn(statements, hole);
      });
    });
  }

  it("shows a token that gets in by each of the twelve that has a hole", () => {
    for (const { policy, statements } of TWELVE) {
      for (const { example } of holesOf(statements)) assert.ok(example !== null, policy);
    }
  });

  it("is told of in docs/trust.md, for each of the twelve with its reason", async () => {
    const document = await readFile(join(import.meta.dirname, "../../docs/trust.md"), "utf8");
    const [, section = ""] = document.split("\n## Twelve policies\n");
    const rows = (section.split("\n## ")[0] ?? "")
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .slice(2)
      .map((line) => line.slice(2, -2).split(" | "))
      .map((cells) => cells.map((cell) => cell.trim().replaceAll("`", "")));
    assert.deepEqual(
      rows,
      TWELVE.map((one) => {
        const [hole] = holesOf(one.statements);
        const why = "why" in one ? one.why : hole?.what;
        return [one.policy, hole === undefined ? "safe" : "not safe", why];
      }),
    );
  });

  it("names the statement", () => {
    const wide = statement({ StringEquals: aud }, { Sid: "Wide" });
    assert.deepEqual(
      holesOf([statement(safe), wide, statement({ StringEquals: aud })]).map(
        (one) => one.statement,
      ),
      ["Wide", "Statement[2]"],
    );
  });

  it("says nothing of a statement by which nobody becomes the role", () => {
    assert.deepEqual(holesOf([statement({}, { Action: "sts:TagSession" })]), []);
  });

  it("says that other conditions left no token that it found", () => {
    const IpAddress = { "aws:SourceIp": "203.0.113.0/24" };
    const Condition = { ...condition({ StringEquals: aud }), IpAddress };
    const [hole] = holesOf([statement({}, { Condition })]);
    assert.equal(hole?.example, null);
  });

  it("gives a safe form in which it finds nothing", () => {
    for (const { policy, statements, named = [] } of [...TWELVE, ...MORE]) {
      const repositories = named.flatMap((text) => readRepository(text) ?? []);
      const text = JSON.stringify(safeForm(parsed(statements), repositories));
      const form = readIamPolicy(JSON.parse(text.replaceAll("ACCOUNT", "308535385114")));
      assert.ok("policy" in form, policy);
      assert.deepEqual(findHoles(form.policy, repositories), [], policy);
    }
  });

  it("leaves every job to its own repository in the safe form", () => {
    const policy = parsed([
      statement({
        StringEquals: { ...aud, sub: ["repo:o/a:environment:x", "repo:o/b:ref:refs/heads/main"] },
      }),
      statement({
        StringEquals: { ...aud, environment: "y" },
        StringLike: { sub: "repo:o/c:*" },
      }),
    ]);
    const subjects = safeForm(policy, []).Statement.flatMap(
      ({ Condition }) => Condition?.StringEquals?.["token.actions.githubusercontent.com:sub"] ?? [],
    );
    assert.deepEqual(subjects, [
      ...["repo:o/a:environment:x", "repo:o/b:ref:refs/heads/main", "repo:o/c:environment:y"],
    ]);
  });

  it("finds no policy safe that lets in a token of another repository or of a pull request", () => {
    const part = fc.constantFrom(
      ...["repo:", "o", "/", "r", ":", "*", "?", "-evil", "environment:", "e"],
      ...["ref:refs/heads/", "ref:refs/tags/", "main", "pull_request", "@1", "@2", "ref:"],
    );
    const subject = fc.oneof(
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join("")),
      fc
        .tuple(
          fc.constantFrom("repo:o/r:", "repo:o/", "repo:", "repo:o/r*", "*", "repo:o@1/r@2:"),
          fc.array(part, { maxLength: 4 }),
        )
        .map(([begin, parts]) => begin + parts.join("")),
    );
    const operator = fc.constantFrom(
      ...["StringEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
      ...["StringLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:StringLike"],
    );
    const foreign = [
      ...[
        "repo:o/r-evil:ref:refs/heads/main",
        "repo:o-evil/r:environment:e",
        "repo:x/y:ref:refs/tags/r",
      ],
      ...["repo:o/r:pull_request", "repo:o@7/r@8:environment:e", "repo:o@1/r-evil@2:environment:e"],
      ...["repo:x/r:ref:refs/heads/o/r", "repo:o/x:environment:r"],
    ];
    const values = fc.array(subject, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(operator, values, (name, sub) => {
        const both = [statement({ [name]: { sub }, StringEqualsIgnoreCase: aud })];
        const holes = holesOf(both, ["o@1/r@2"]);
        for (const hole of holes) assertGetsIn(both, hole);
        if (holes.length > 0) return;
        for (const text of foreign) {
          const context = contextOf({ ...aud, sub: text });
          const request = { provider, action: ASSUME_BY_TOKEN, context };
          assert.ok(!evaluate(parsed(both), request).allowed, `${text} by ${JSON.stringify(sub)}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
