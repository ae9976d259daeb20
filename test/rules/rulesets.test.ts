// Does not prove what GitHub makes of a ruleset.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRef } from "../../rules/git-ref.ts";
import { deploymentPolicies } from "../../rules/refs.ts";
import { declaredRulesets, unprotectedRefs } from "../../rules/rulesets.ts";
import { ref } from "../support/random-refs.ts";
import { fnmatch } from "../support/ref-patterns.ts";

const creators = ["release-managers"];

describe("rulesets", () => {
  it("restrict the refs that publish to their creators, and keep main from being rewritten", () => {
    assert.deepEqual(declaredRulesets(["pytorch", "therock", "pytorch"], creators), [
      { name: "main", kind: "branch", patterns: ["main"], restricted: false },
      {
        name: "release-branches",
        kind: "branch",
        patterns: ["release/**/*"],
        restricted: true,
      },
      { name: "version-tags", kind: "tag", patterns: ["v*", "v*/**/*"], restricted: true },
      {
        name: "stage-branches",
        kind: "branch",
        patterns: ["stage/docker/**/*"],
        restricted: true,
      },
    ]);
  });

  it("are none where nobody is named who may create refs", () => {
    assert.deepEqual(declaredRulesets(["pytorch"], []), []);
  });

  it("stand behind every ref that the environment with the secrets admits", () => {
    const rulesets = declaredRulesets(["pytorch", "therock"], creators);
    const policies = deploymentPolicies(["pytorch", "therock"]).get("docker-build") ?? [];
    assert.ok(policies.length >= 3);
    let admitted = 0;
    fc.assert(
      fc.property(ref, (text) => {
        const { kind, name } = parseRef(text);
        if (!policies.some((one) => one.kind === kind && fnmatch(one.pattern, name))) return;
        admitted++;
        assert.ok(
          rulesets.some(
            (one) => one.kind === kind && one.patterns.some((pattern) => fnmatch(pattern, name)),
          ),
          text,
        );
      }),
      { numRuns: 5000 },
    );
    assert.ok(admitted > 100);
  });
});

describe("refs without a ruleset", () => {
  const rulesets = declaredRulesets(["pytorch"], creators);
  const environment = (pattern: string, holdsSecrets: boolean) => ({
    name: "e",
    policies: [{ kind: "branch" as const, pattern }],
    holdsSecrets,
  });
  const found = (args: Partial<Parameters<typeof unprotectedRefs>[0]>) =>
    unprotectedRefs({ rulesets, environments: [], roles: [], ...args }).map(
      ({ by, ref: { kind, pattern } }) => `${by}: ${kind} ${pattern}`,
    );

  it("are found where an environment holds a secret", () => {
    assert.deepEqual(found({ environments: [environment("**/*", true)] }), [
      "environment e: branch **/*",
    ]);
  });

  it("are found where a role trusts the environment", () => {
    const roles = [{ roleName: "r", grants: [{ environment: "e" }] }];
    assert.deepEqual(found({ environments: [environment("try/*", false)], roles }), [
      "environment e: branch try/*",
    ]);
  });

  it("matter to nobody in an environment without a secret and outside of every trust", () => {
    assert.deepEqual(found({ environments: [environment("**/*", false)] }), []);
  });

  it("are found in a trust that names branches and tags itself", () => {
    const grants = [
      ...[{ branch: "main" }, { branch: "release/2.10" }, { branch: "try" }],
      ...[{ tag: "v*-rc*" }, { tag: "v1" }, { tag: "x*" }],
    ];
    assert.deepEqual(found({ roles: [{ roleName: "r", grants }] }), [
      "role r: branch try",
      "role r: tag x*",
      "role r: tag x*/**/*",
    ]);
  });

  it("are main and every release where there is no ruleset at all", () => {
    const grants = [{ branch: "main" }];
    assert.deepEqual(
      found({
        rulesets: [],
        environments: [environment("release/*", true)],
        roles: [{ roleName: "r", grants }],
      }),
      ["environment e: branch release/*", "role r: branch main"],
    );
  });

  it("are those of a pattern that only the ruleset of one branch is behind", () => {
    const [main] = rulesets;
    assert.ok(main !== undefined);
    const open = { ...main, patterns: ["**/*"] };
    assert.deepEqual(found({ rulesets: [open], environments: [environment("v/*", true)] }), [
      "environment e: branch v/*",
    ]);
    assert.deepEqual(found({ rulesets: [open], environments: [environment("v", true)] }), []);
  });
});
