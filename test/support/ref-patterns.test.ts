// Does not prove that GitHub follows these documents.
import assert from "node:assert/strict";
import { filterMatch, fnmatch } from "./ref-patterns.ts";

describe("Ruby's fnmatch with FNM_PATHNAME", () => {
  for (const [pattern, name, expected] of [
    ["cat", "cat", true],
    ["cat", "category", false],
    ["c?t", "cat", true],
    ["c??t", "cat", false],
    ["c*", "cats", true],
    ["ca[a-z]", "cat", true],
    ["ca[^t]", "cat", false],
    ["cat", "CAT", false],
    ["?", "/", false],
    ["*", "/", false],
    ["[/]", "/", false],
    ["\\?", "?", true],
    ["\\*", "a", false],
    ["*", ".profile", false],
    [".*", ".profile", true],
    ["*", "dave/.profile", false],
    ["*/*", "dave/.profile", false],
    ["*/.profile", "dave/.profile", true],
    ["**/foo", "a/b/c/foo", true],
    ["**/foo", "foo", true],
    ["**/foo", "a/.b/c/foo", false],
    ["**/*", "a", true],
    ["**/*", "a/b/c", true],
    ["**", "a/b", false],
    ["main", "main", true],
    ["main", "a/main", false],
    ["a.b", "axb", false],
  ] as const) {
    it(`${pattern} ${expected ? "admits" : "refuses"} ${name}`, () => {
      assert.equal(fnmatch(pattern, name), expected);
    });
  }
});

describe("filter patterns of workflows", () => {
  for (const [patterns, name, expected] of [
    [["feature/*"], "feature/my-branch", true],
    [["feature/*"], "feature/a/b", false],
    [["feature/**"], "feature/beta-a/my-branch", true],
    [["main"], "main", true],
    [["main"], "mainline", false],
    [["*"], "main", true],
    [["*"], "a/b", false],
    [["**"], "a/b", true],
    [["*feature"], "mona-feature", true],
    [["*feature"], "feature", true],
    [["v2*"], "v2.9", true],
    [["v[12].[0-9]+.[0-9]+"], "v1.10.1", true],
    [["v[12].[0-9]+.[0-9]+"], "v3.0.0", false],
    [["v[12].[0-9]+.[0-9]+"], "v1x10y1", false],
    [["ab?"], "a", true],
    [["release/**", "!release/**-alpha"], "release/10", true],
    [["release/**", "!release/**-alpha"], "release/10-alpha", false],
    [["!release/10", "release/**"], "release/10", true],
  ] as const) {
    it(`${patterns.join(", ")} ${expected ? "let" : "do not let"} ${name} through`, () => {
      assert.equal(filterMatch(patterns, name), expected);
    });
  }
});
