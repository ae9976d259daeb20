/* Keys that stand twice in a map of a JSON document. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { repeatedKeys } from "../../rules/repeated-keys.ts";

const paths = (json: string) => {
  JSON.parse(json);
  return repeatedKeys(json).map(({ path }) => path);
};

describe("keys that stand twice", () => {
  it("are found at every depth, with their path", () => {
    assert.deepEqual(paths('{"a": 1, "b": {"c": [0, {"d": 1, "e": 2, "d": 3}]}, "a": 2}'), [
      "b.c.1.d",
      "a",
    ]);
  });

  it("are the same however their letters are written", () => {
    assert.deepEqual(paths(String.raw`{"a\"b": 1, "\u0061\u0022b": 2}`), ['a"b']);
    assert.deepEqual(paths('{"__proto__": 1, "__proto__": 2}'), ["__proto__"]);
  });

  it("are none where maps, lists and texts only look like them", () => {
    for (const json of [
      '[{"a": 1}, {"a": 2}]',
      '{"a": {"a": {"a": "a"}}}',
      String.raw`{"a": "\",\"a\":\"", "b": "{\"a\":1,\"a\":2}"}`,
      '"a"',
      "[[], {}, [{}], 1, null]",
    ]) {
      assert.deepEqual(paths(json), [], json);
    }
  });

  it("are in no document that was written from a value", () => {
    fc.assert(fc.property(fc.json(), (json) => assert.deepEqual(paths(json), [])));
  });

  it("are found wherever one is put", () => {
    const map = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 });
    fc.assert(
      fc.property(map, fc.nat(), fc.jsonValue(), (value, index, other) => {
        const keys = Object.keys(value);
        const key = keys[index % keys.length]!;
        const json = `{${JSON.stringify(key)}:${JSON.stringify(other)},${JSON.stringify(value).slice(1)}`;
        assert.deepEqual(paths(json), [key]);
      }),
    );
  });

  it("are looked for in documents of any size and depth", () => {
    assert.deepEqual(paths(`{"a": ${JSON.stringify('\\"x'.repeat(1_500_000))}, "a": 1}`), ["a"]);
    assert.equal(paths(`{${'"a":1,'.repeat(500_000)}"b":1}`).length, 20);
    const deep = 200_000;
    assert.equal(paths(`${"[".repeat(deep)}{"a":1,"a":2}${"]".repeat(deep)}`).length, 1);
  });
});
