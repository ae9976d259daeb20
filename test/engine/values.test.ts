import assert from "node:assert/strict";
import { ignoreChanges } from "../../engine/ignore-changes.ts";
import { diffProperties } from "../../engine/property-diff.ts";
import { markSecrets, sameValue, secret, unknown, unwrap } from "../../engine/values.ts";

describe("property values", () => {
  it("lose every envelope when unwrapped", () => {
    assert.deepEqual(unwrap({ a: secret({ b: [secret(1)] }), c: [secret("x"), 2] }), {
      a: { b: [1] },
      c: ["x", 2],
    });
  });

  it("are the same whether in an envelope or not; an unknown is the same as nothing", () => {
    assert.ok(sameValue({ a: secret([1]) }, { a: [1] }));
    assert.ok(!sameValue(secret("a"), secret("b")));
    assert.ok(!sameValue({ a: 1 }, { a: 1, b: null }));
    assert.ok(!sameValue(unknown, unknown));
  });

  it("become secret where the inputs are, and wholly where the shape differs", () => {
    const inputs = { a: { b: secret(1), c: 2 }, list: [secret(1), 2], other: [secret(1)], d: 4 };
    assert.deepEqual(
      markSecrets({ a: { b: 1, c: 2 }, list: [1, 2], other: "1", d: 4, e: 5 }, inputs, ["e"]),
      {
        a: { b: secret(1), c: 2 },
        list: [secret(1), 2],
        other: secret("1"),
        d: 4,
        e: secret(5),
      },
    );
  });
});

describe("a diff of properties", () => {
  it("names each place, inside lists and JSON text too", () => {
    assert.deepEqual(
      diffProperties(
        { list: [1, { x: 1 }], text: '{"Statement":[{"Effect":"Allow","Sid":"a"}]}', gone: 1 },
        { list: [1, { x: 2 }, 3], text: '{"Statement":[{"Effect":"Deny","Sid":"a"}]}' },
      ),
      [
        { path: "list[1].x", old: 1, new: 2 },
        { path: "list[2]", new: 3 },
        { path: "text.Statement[0].Effect", old: "Allow", new: "Deny" },
        { path: "gone", old: 1 },
      ],
    );
  });

  it("hides both sides where one is secret, and shows an unknown as such", () => {
    assert.deepEqual(
      diffProperties({ a: "seen", b: 1 }, { a: secret('{"hidden":true}'), b: [unknown] }),
      [
        { path: "a", old: "[secret]", new: "[secret]" },
        { path: "b", old: 1, new: ["[unknown]"] },
      ],
    );
  });
});

describe("ignored changes", () => {
  const old = { tags: { a: "1", "x.y": "1" }, rules: [{ name: "r", n: 1 }], removed: true };

  it("are found by name, index and quoted name", () => {
    const news = { tags: { a: "2", "x.y": "2" }, rules: [{ name: "s", n: 2 }], added: true };
    assert.deepEqual(
      ignoreChanges(news, old, ["tags.a", 'tags["x.y"]', "rules[0].name", "removed", "added"]),
      { tags: { a: "1", "x.y": "1" }, rules: [{ name: "r", n: 2 }], removed: true },
    );
  });

  it("leave alone what is not there, and what is secret", () => {
    const news = { tags: secret({ a: "2" }), rules: [] };
    assert.deepEqual(ignoreChanges(news, old, ["tags.a", "rules[0].name", "no.such.path"]), news);
  });

  it("refuse a path that is none", () => {
    for (const path of ["*", "rules[*].name", "a.*", "a[", ".", 'a["b]']) {
      assert.throws(() => ignoreChanges({}, {}, [path]), {
        name: "UserError",
        message: /is no property path that the embedded engine understands/,
      });
    }
  });
});
