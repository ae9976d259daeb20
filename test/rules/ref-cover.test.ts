// Does not prove how GitHub compares refs with a ruleset: test/support/ref-patterns.ts is written from its documents.
import assert from "node:assert/strict";
import fc from "fast-check";
import { covers } from "../../rules/ref-cover.ts";
import { fnmatch } from "../support/ref-patterns.ts";

const branch = (pattern: string) => ({ kind: "branch", pattern }) as const;

describe("a pattern of refs that covers another", () => {
  for (const [wide, narrow, expected] of [
    ["v*", "v*-rc*", true],
    ["v*", "v1", true],
    ["v*", "v1/x", false],
    ["v*", "v*/**/*", false],
    ["release/*", "release/*", true],
    ["release/**/*", "release/*", true],
    ["release/**/*", "release/**/*", true],
    ["release/*", "release/**/*", false],
    ["release/*", "release", false],
    ["stage/docker/**/*", "stage/docker/**", true],
    ["stage/docker/**/*", "stage/docker/a/b", true],
    ["stage/docker/**", "stage/docker/a/b", false],
    ["stage/docker/**", "stage/docker/a", true],
    ["**/*", "release/*", true],
    ["main", "main", true],
    ["main", "mai?", false],
    ["mai?", "main", true],
    ["mai?", "mai*", false],
    ["*", ".hidden", false],
    ["[ab]", "[ab]", true],
    ["[ab]", "a", false],
  ] as const) {
    it(`${wide} ${expected ? "covers" : "does not cover"} ${narrow}`, () => {
      assert.equal(covers(branch(wide), branch(narrow)), expected);
    });
  }

  it("covers no ref of the other kind", () => {
    assert.ok(!covers({ kind: "tag", pattern: "v*" }, branch("v*")));
  });

  it("admits every ref that the covered one admits", () => {
    const part = fc.constantFrom(...["*", "**", "v*", "a?", "a", "ab", "*b", "rc", "v*-rc*", "?"]);
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((list) => list.join("/"));
    const word = fc.stringMatching(/^[abvrc1.-]{1,4}$/);
    const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => list.join("/"));
    let compared = 0;
    fc.assert(
      fc.property(pattern, pattern, fc.array(name, { maxLength: 20 }), (wide, narrow, names) => {
        if (!covers(branch(wide), branch(narrow))) return;
        // Names of the pattern's own form as well, which random ones seldom have.
        const own = ["a", "b", "ab"].map((text) =>
          narrow.replaceAll(/\*+/g, text).replaceAll("?", "a"),
        );
        for (const one of [...names, ...own]) {
          if (!fnmatch(narrow, one)) continue;
          compared++;
          assert.ok(fnmatch(wide, one), `${one} of ${narrow} by ${wide}`);
        }
      }),
      { numRuns: 5000 },
    );
    assert.ok(compared > 500, "patterns that cover one another were met");
  });
});
