import assert from "node:assert/strict";
import { boundaries } from "../../rules/boundary.ts";
import { sizeProblem } from "../../rules/permissions-size.ts";
import { policyDocument } from "../../rules/policy-document.ts";
import { declaredRoles, type RolesArgs } from "../../rules/roles.ts";
import { trustPolicy } from "../../rules/trust-policy.ts";
import { EXAMPLE, OIDC } from "./support/roles-example.ts";

/** As many families as asked for, with names as long as those of today. */
function withFamilies(count: number): RolesArgs {
  const families = Array.from({ length: count }, (_, index) => `pytorch/manylinux-builder${index}`);
  return { ...EXAMPLE, ecrRepositories: families.flatMap((path) => [path, `${path}-cache`]) };
}

describe("length of IAM's documents", () => {
  it("is within IAM's limits for fifty families, each with a cache", () => {
    const args = withFamilies(50);
    for (const { permissions } of declaredRoles(args)) {
      assert.equal(sizeProblem("role", permissions), undefined);
    }
    for (const { document } of boundaries(args)) {
      assert.equal(sizeProblem("managed", document), undefined);
    }
  });

  it("of a trust is within IAM's limit, with both forms of the subject", () => {
    for (const { grants } of declaredRoles(EXAMPLE)) {
      const repository = {
        ...EXAMPLE.repository,
        ownerId: 21003710,
        repositoryId: 65600975,
        subjectForm: "both",
      } as const;
      assert.equal(sizeProblem("trust", trustPolicy(OIDC, { repository, grants })), undefined);
    }
  });

  it("that IAM does not take is told with what to do", () => {
    const [, push] = declaredRoles(withFamilies(60));
    assert.ok(push);
    assert.match(
      sizeProblem("role", push.permissions) ?? "",
      /^has 1\d{4} characters, and IAM takes 10240: publish fewer families to ECR, or let the role read fewer buckets$/,
    );
  });

  it("counts characters as IAM does, without whitespace, and to the last one", () => {
    const ofLength = (length: number, filler: string) => {
      const empty = policyDocument([{ Sid: "", Effect: "Allow", Action: "s3:x", Resource: "*" }]);
      const Sid = filler.repeat(length - JSON.stringify(empty).length);
      return policyDocument([{ Sid, Effect: "Allow", Action: "s3:x", Resource: "*" }]);
    };
    for (const [kind, limit] of [
      ["role", 10_240],
      ["managed", 6_144],
      ["trust", 2_048],
    ] as const) {
      assert.equal(sizeProblem(kind, ofLength(limit, "x")), undefined);
      assert.match(
        sizeProblem(kind, ofLength(limit + 1, "x")) ?? "",
        new RegExp(`${limit + 1} char`),
      );
      assert.equal(sizeProblem(kind, ofLength(limit + 500, " ")), undefined);
    }
  });
});
