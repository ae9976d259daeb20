import assert from "node:assert/strict";
import fc from "fast-check";
import { possibleTexts, readsOf } from "../../../cli/outputs/expression.ts";

/** `context.name` and keys of each read. */
function reads(text: string, bare?: boolean): readonly string[] {
  return readsOf(text, bare).reads.map(({ context, name, keys }) =>
    [`${context}.${name.text}`, ...keys.map((key) => key.text)].join(" "),
  );
}

describe("what an expression reads", () => {
  it("is every property of a context, wherever it stands in the expression", () => {
    const text =
      "a ${{ vars.A && !(vars['B'] == format('{0}', VARS.C)) || x.y }} ${{ steps[vars.D].outputs }}";
    assert.deepEqual(reads(text.replace("x.y", "env.y")), [
      "vars.A",
      "vars.B",
      "vars.C",
      "env.y",
      "vars.D",
    ]);
  });

  it("is followed into JSON as far as the keys are written down", () => {
    assert.deepEqual(reads("${{ fromJSON(vars.A).b['c.d'][0] }}"), ["vars.A b c.d 0"]);
    assert.deepEqual(reads("${{ (fromJson((vars.A))).b }}"), ["vars.A b"]);
    assert.deepEqual(reads("${{ fromJSON(vars.A)[vars.K].b }}"), ["vars.A", "vars.K"]);
    assert.deepEqual(reads("${{ fromJSON(vars.A).*.b }}"), ["vars.A"]);
    assert.deepEqual(reads("${{ fromJSON(format('{0}', vars.A)).b }}"), ["vars.A"]);
  });

  it("is found behind if: without braces, too", () => {
    assert.deepEqual(reads("vars.A == 'x'", true), ["vars.A"]);
    assert.deepEqual(reads("${{ vars.A }} == 'x'", true), ["vars.A"]);
    assert.deepEqual(reads("vars.A == 'x'"), []);
  });

  it("does not end at braces inside a string", () => {
    assert.deepEqual(reads("${{ format('}} it''s {0}', vars.A) }} vars.B }}"), ["vars.A"]);
  });

  it("stands where its word stands in the text, over lines", () => {
    const text = "one\n${{ format('x',\n  vars.FIRST, fromJSON(vars['SECOND']).key) }}";
    for (const { name, keys } of readsOf(text).reads) {
      for (const word of [name, ...keys]) {
        assert.equal(text.slice(word.offset, word.offset + word.text.length), word.text);
      }
    }
    assert.equal(readsOf(text).reads.length, 2);
  });

  it("is a fault where GitHub would not read it", () => {
    for (const text of [
      "${{ vars.A",
      "${{ vars. }}",
      "${{ nothing.A }}",
      "${{ f(1) }}",
      "${{ 'a }}",
    ]) {
      assert.equal(readsOf(text).faults.length, 1, text);
    }
  });

  it("is told of any text, without a crash", () => {
    const part = fc.constantFrom(
      "${{",
      "}}",
      "'",
      "vars",
      ".",
      "[",
      "]",
      "(",
      ")",
      "fromJSON",
      " ",
      "a",
      "\n",
      "*",
      "&&",
      "1",
    );
    fc.assert(
      fc.property(fc.array(part), fc.boolean(), (parts, bare) => {
        readsOf(parts.join(""), bare);
        possibleTexts(parts.join(""));
      }),
    );
  });
});

describe("the texts that a value can become", () => {
  it("are its strings where they are written down", () => {
    assert.deepEqual(possibleTexts("plain"), ["plain"]);
    assert.deepEqual(possibleTexts("${{ github.ref == 'x' && 'a' || ('b') }}"), ["a", "b"]);
  });

  it("are not known where one of them is not", () => {
    for (const text of [
      "${{ inputs.a }}",
      "${{ github.x && inputs.a || 'b' }}",
      "a-${{ 'b' }}",
      "${{ ( }}",
    ]) {
      assert.equal(possibleTexts(text), undefined, text);
    }
  });
});
