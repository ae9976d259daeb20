import assert from "node:assert/strict";
import { readIamPolicy } from "../../rules/iam-document.ts";
import { admitsNobody, isAboutGithub, unmetStatements } from "../../rules/trust-unmet.ts";
import { aud, provider, safe, statement } from "./support/trust-policies.ts";

function parsed(...statements: readonly object[]) {
  const read = readIamPolicy({ Version: "2012-10-17", Statement: statements });
  assert.ok("policy" in read, JSON.stringify(read));
  return read.policy;
}

describe("what no token of GitHub meets", () => {
  for (const [what, operators, why] of [
    [
      "a key that AWS does not have",
      { StringEquals: { ...aud, repository_owner: "o" } },
      /repository_owner/,
    ],
    [
      "a wildcard as a plain character",
      { StringEquals: { ...aud, sub: ["repo:o/r:*", "repo:o/?"] } },
      /repo:o\/r:\*, repo:o\/\?/,
    ],
  ] as const) {
    it(`is ${what}`, () => {
      const policy = parsed(statement(operators));
      const [unmet, ...others] = unmetStatements(policy);
      assert.match(unmet?.why ?? "", why);
      assert.deepEqual(others, []);
      assert.ok(admitsNobody(policy));
      assert.ok(!admitsNobody(parsed(statement(operators), statement(safe))));
    });
  }

  for (const [what, operators] of [
    ["a wildcard beside a whole subject", { StringEquals: { sub: ["repo:o/r:*", "repo:o/r:x"] } }],
    ["a wildcard under StringLike", { StringLike: { sub: "repo:o/r:*" } }],
    ["a policy variable", { StringEquals: { sub: "repo:${*}" } }],
    ["a missing key that may be missing", { StringEqualsIfExists: { repository_owner: "o" } }],
    ["a missing key that must not be o", { StringNotEquals: { repository_owner: "o" } }],
    ["a missing key that is asked to be missing", { Null: { repository_owner: "true" } }],
  ] as const) {
    it(`is not ${what}`, () => {
      const policy = parsed(statement(operators));
      assert.deepEqual(unmetStatements(policy), []);
      assert.ok(!admitsNobody(policy));
    });
  }

  it("is every token where no statement lets any become the role", () => {
    assert.ok(admitsNobody(parsed(statement(safe, { Action: "sts:AssumeRole" }))));
    assert.deepEqual(unmetStatements(parsed(statement(safe, { Action: "sts:AssumeRole" }))), []);
  });

  it("is told of policies about GitHub alone, a misspelt provider included", () => {
    const service = { Principal: { Service: "ec2.amazonaws.com" }, Condition: {} };
    assert.ok(!isAboutGithub(parsed(statement({}, service))));
    assert.ok(isAboutGithub(parsed(statement({}, { Principal: "*" }))));
    assert.ok(isAboutGithub(parsed(statement(safe, { Principal: { AWS: "1" } }))));
    assert.ok(isAboutGithub(parsed(statement({}, { Principal: { Federated: `${provider}x` } }))));
  });
});
