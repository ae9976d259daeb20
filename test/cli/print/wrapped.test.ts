import assert from "node:assert/strict";
import fc from "fast-check";
import { WIDTH, wrapped } from "../../../cli/print/wrapped.ts";

describe("wrapped text", () => {
  it("keeps every word, begins as it is told, and is wider than the screen only where a word is", () => {
    const word = fc.string({ minLength: 1, maxLength: 120, unit: fc.constantFrom("a", "b", "-") });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const [first = "", ...others] = wrapped(words.join(" "), "-> ", "     ");
        assert.ok(first.startsWith("-> "));
        assert.ok(others.every((line) => line.startsWith("     ")));
        const lines = [first.slice(3), ...others.map((line) => line.slice(5))];
        assert.deepEqual(lines.join(" "), words.join(" "));
        for (const line of [first, ...others]) {
          assert.ok(line.length <= WIDTH || !line.trim().replace("-> ", "").includes(" "), line);
        }
      }),
    );
  });

  it("fills a line before it begins another", () => {
    assert.deepEqual(wrapped(`${"a".repeat(49)} ${"b".repeat(48)} c`, "  "), [
      `  ${"a".repeat(49)} ${"b".repeat(48)}`,
      "  c",
    ]);
  });
});
