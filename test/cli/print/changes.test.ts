import assert from "node:assert/strict";
import { changeLabel, countsText, propertyLine } from "../../../cli/print/changes.ts";
import { plain } from "../support/results.ts";

const create = { change: "create" } as const;
const update = { change: "update" } as const;
const none = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };

describe("the print of changes", () => {
  it("gives each change a sign, and its word in a column", () => {
    const labels = (["create", "update", "replace", "delete", "same"] as const).map(changeLabel);
    assert.deepEqual(labels.map(plain), [
      "+ create ",
      "~ update ",
      "± replace",
      "- delete ",
      "  same   ",
    ]);
  });

  it("counts what is to come and what was done in words of their own, and leaves out what is none", () => {
    const changes = { create: 3, update: 1, replace: 2, delete: 4, same: 55 };
    assert.equal(
      plain(countsText(changes, true)),
      "3 to create, 1 to update, 2 to replace, 4 to delete, 55 unchanged",
    );
    assert.equal(
      plain(countsText(changes, false)),
      "3 created, 1 updated, 2 replaced, 4 deleted, 55 unchanged",
    );
    assert.equal(plain(countsText({ ...none, same: 46 }, true)), "46 unchanged");
    assert.equal(countsText(none, false), "nothing declared");
  });

  it("writes a property as old and new value, each as JSON, so that no value can break the line", () => {
    assert.equal(
      propertyLine({ path: "a.b", old: "x", new: "y\nz" }, update),
      String.raw`a.b: "x" -> "y\nz"`,
    );
    assert.equal(
      propertyLine({ path: "name", old: "x", new: "y", replace: true }, { change: "replace" }),
      'name: "x" -> "y"  (calls for a replacement)',
    );
  });

  it("says of what is added to something, or taken from it, that there was or will be none", () => {
    const added = { path: "users[0]", new: "alice" };
    for (const change of ["update", "replace"] as const) {
      assert.equal(propertyLine(added, { change }), 'users[0]: (none) -> "alice"');
    }
    assert.equal(propertyLine({ path: "a", old: true }, update), "a: true -> (none)");
    assert.equal(propertyLine({ path: "a" }, update), "a");
  });

  it("writes the properties of something new alone", () => {
    assert.equal(propertyLine({ path: "a", new: { b: [1] } }, create), 'a: {"b":[1]}');
  });

  it("cuts a long value at 160 characters, and leaves one of 160 whole", () => {
    const whole = "a".repeat(158);
    assert.equal(propertyLine({ path: "p", new: whole }, create), `p: "${whole}"`);
    const long = { path: "p", new: `${whole}a` };
    assert.equal(propertyLine(long, create), `p: "${"a".repeat(156)}...`);
    assert.equal(propertyLine(long, { ...create, whole: true }), `p: "${whole}a"`);
  });
});
