// Does not prove what ECR deletes: only the policy's form.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { KEEP_NAMED_CONTENT, lifecyclePolicy, type LifecycleRule } from "../../rules/lifecycle.ts";

const description = "a rule";

describe("lifecycle policy", () => {
  it("keeps content that has a name, exactly as in the golden document", () => {
    const golden = new URL("../golden/lifecycle-policy.json", import.meta.url);
    assert.deepEqual(lifecyclePolicy(KEEP_NAMED_CONTENT), JSON.parse(readFileSync(golden, "utf8")));
  });

  it("writes every kind of rule in ECR's words", () => {
    const rules: LifecycleRule[] = [
      { description, tagged: { prefixes: ["build-"] }, olderThanDays: 2 },
      { description, tagged: { patterns: ["*-rc*"] }, moreThan: 10 },
      { description, any: true, moreThan: 9000 },
    ];
    assert.deepEqual(
      lifecyclePolicy(rules).rules.map(({ selection }) => selection),
      [
        {
          tagStatus: "tagged",
          tagPrefixList: ["build-"],
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 2,
        },
        {
          tagStatus: "tagged",
          tagPatternList: ["*-rc*"],
          countType: "imageCountMoreThan",
          countNumber: 10,
        },
        { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 9000 },
      ],
    );
  });

  it("refuses all that ECR would refuse, at once", () => {
    const both = { ...{ olderThanDays: 1 }, ...{ moreThan: 1 } };
    const twice = { ...{ prefixes: ["a"] }, ...{ patterns: ["*a*b*c*d*"] } };
    const rules: LifecycleRule[] = [
      { description, any: true, moreThan: 5 },
      { description, untagged: true, ...both },
      { description: "x".repeat(257), untagged: true, moreThan: 0 },
      { description, tagged: { patterns: [] }, olderThanDays: 1.5 },
      { description, tagged: { patterns: ["*a*b*c*d*"] }, olderThanDays: 1 },
      { description, tagged: twice, olderThanDays: 1 },
    ];
    assert.throws(() => lifecyclePolicy(rules), {
      name: "ProblemsError",
      message: [
        "lifecycle policy: 9 problems",
        "  rules[0]: selects any image but is not last; ECR wants it to come after all others",
        "  rules[1]: has both olderThanDays and moreThan; keep one",
        "  rules[2]: 0 is not a count; write a whole number from 1",
        "  rules[2]: description of 257 characters; ECR takes 256",
        "  rules[2]: untagged images are already spoken of in rules[1]; keep one",
        "  rules[3]: 1.5 is not a count; write a whole number from 1",
        "  rules[3]: selects tagged images but names no tag; add one",
        '  rules[4]: "*a*b*c*d*" holds 5 wildcards; ECR takes 4',
        "  rules[5]: has both prefixes and patterns; keep one",
      ].join("\n"),
    });
  });

  it("refuses no rules and more than fifty", () => {
    const rule: LifecycleRule = {
      description,
      tagged: { prefixes: ["a"] },
      olderThanDays: 1,
    };
    assert.throws(() => lifecyclePolicy([]), {
      message: /rules: empty; ECR wants at least one rule, or no policy at all$/,
    });
    assert.throws(() => lifecyclePolicy(Array<LifecycleRule>(51).fill(rule)), {
      message: /rules: 51 rules; ECR takes 50$/,
    });
  });

  it("gives whatever it accepts strictly rising priorities, with any last", () => {
    const limit = fc.oneof(
      fc.record({ olderThanDays: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ moreThan: fc.integer({ min: 1, max: 400 }) }),
    );
    const selection = fc.constantFrom(
      { tagged: { prefixes: ["v"] } },
      { tagged: { patterns: ["v*"] } },
      { untagged: true as const },
      { any: true as const },
    );
    const rule = fc
      .tuple(selection, limit)
      .map(([which, when]): LifecycleRule => ({ description, ...which, ...when }));
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 5 }), (rules) => {
        let policy;
        try {
          policy = lifecyclePolicy(rules);
        } catch (error) {
          assert.equal(error instanceof Error && error.name, "ProblemsError");
          return;
        }
        const priorities = policy.rules.map(({ rulePriority }) => rulePriority);
        assert.deepEqual(
          priorities,
          rules.map((_, index) => index + 1),
        );
        const any = policy.rules.findIndex(({ selection: { tagStatus } }) => tagStatus === "any");
        assert.ok(any === -1 || any === rules.length - 1);
      }),
    );
  });
});
