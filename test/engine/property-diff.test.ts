import assert from "node:assert/strict";
import { diffArrays } from "diff";
import fc from "fast-check";
import { diffProperties } from "../../engine/property-diff.ts";
import type { PropertyChange } from "../../engine/property-diff.ts";
import { isList, isMap, sameValue, unknown } from "../../engine/values.ts";
import type { PropertyMap, PropertyValue } from "../../engine/values.ts";

const branch = (pattern: string): PropertyMap => ({ kind: "branch", pattern });

describe("a diff of lists", () => {
  it("names the one branch that was put in another's place, and not those that only moved", () => {
    assert.deepEqual(
      diffProperties(
        { policies: [branch("main"), branch("release/*"), { kind: "tag", pattern: "v*" }] },
        { policies: [branch("feature/*"), branch("main"), { kind: "tag", pattern: "v*" }] },
      ),
      [
        { path: "policies[0]", new: branch("feature/*") },
        { path: "policies[1]", old: branch("release/*") },
      ],
    );
  });

  it("names what was added in front, in the middle and at the end, by its new index", () => {
    assert.deepEqual(diffProperties({ a: ["x", "y"] }, { a: ["1", "x", "2", "y", "3"] }), [
      { path: "a[0]", new: "1" },
      { path: "a[2]", new: "2" },
      { path: "a[4]", new: "3" },
    ]);
  });

  it("names what is gone by the index that it had", () => {
    assert.deepEqual(diffProperties({ a: ["1", "x", "2", "y", "3"] }, { a: ["x", "y"] }), [
      { path: "a[0]", old: "1" },
      { path: "a[2]", old: "2" },
      { path: "a[4]", old: "3" },
    ]);
  });

  it("takes what stands in one place for changed, and of several the most alike", () => {
    assert.deepEqual(diffProperties({ a: ["alice"] }, { a: ["bob"] }), [
      { path: "a[0]", old: "alice", new: "bob" },
    ]);
    const statement = (Sid: string, Action: string): PropertyMap => ({
      Sid,
      Action,
      Effect: "Allow",
      Resource: `arn:${Sid}`,
    });
    const document = (...Statement: PropertyMap[]): PropertyMap => ({
      policy: JSON.stringify({ Statement }),
    });
    assert.deepEqual(
      diffProperties(
        document(statement("Read", "s3:Get"), statement("Push", "ecr:Put")),
        document(statement("Push", "ecr:*")),
      ),
      [
        { path: "policy.Statement[0]", old: statement("Read", "s3:Get") },
        { path: "policy.Statement[0].Action", old: "ecr:Put", new: "ecr:*" },
      ],
    );
  });

  it("takes an unknown for changed in its place", () => {
    assert.deepEqual(diffProperties({ a: [unknown, "x"] }, { a: [unknown, "x"] }), [
      { path: "a[0]", old: "[unknown]", new: "[unknown]" },
    ]);
  });

  it("leads from the old value to the new one when it is applied", () => {
    fc.assert(
      fc.property(properties, properties, (old, news) => {
        assert.deepEqual(applied(old, diffProperties(old, news)), news);
      }),
    );
  });

  it("names no value as changed into an equal one, and nothing where nothing differs", () => {
    fc.assert(
      fc.property(properties, properties, (old, news) => {
        assert.deepEqual(diffProperties(old, structuredClone(old)), []);
        for (const change of diffProperties(old, news)) {
          assert.ok(!sameValue(change.old, change.new), change.path);
        }
      }),
    );
  });

  it("finds as many equal elements again as can be", () => {
    const list = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 });
    fc.assert(
      fc.property(list, list, (old, news) => {
        const least = diffArrays(old, news)
          .filter(({ added, removed }) => added || removed)
          .reduce((sum, { count }) => sum + count, 0);
        const named = diffProperties({ list: old }, { list: news }).flatMap((change) => [
          ...("old" in change ? ["old"] : []),
          ...("new" in change ? ["new"] : []),
        ]);
        assert.equal(named.length, least);
      }),
    );
  });
});

const { properties } = fc.letrec<{ value: PropertyValue; properties: PropertyMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<PropertyValue>(null, true, 1, 2, "x", "y"),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("properties"),
  ),
  properties: fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c"), tie("value")), {
      selector: ([key]) => key,
      maxLength: 3,
    })
    .map((entries) => Object.fromEntries(entries)),
}));

type Path = readonly (string | number)[];
type Parsed = Omit<PropertyChange, "path"> & { readonly path: Path };

/** The value with the changes made: at each list first what is gone, by old index, then what is new, by new index. */
function applied(value: PropertyValue | undefined, changes: readonly PropertyChange[]): unknown {
  const parsed = changes.map((change) => ({ ...change, path: pathOf(change.path) }));
  return apply(structuredClone(value), parsed);
}

function apply(value: PropertyValue | undefined, changes: readonly Parsed[]): PropertyValue {
  const whole = changes.find(({ path }) => path.length === 0);
  if (whole !== undefined) {
    assert.deepEqual(whole.old, value);
    return whole.new as PropertyValue;
  }
  const below = (key: string | number): Parsed[] =>
    changes
      .filter(({ path }) => path[0] === key)
      .map((change) => ({ ...change, path: change.path.slice(1) }));
  const here = changes.filter(({ path }) => path.length === 1);
  const gone = here.filter((change) => !("new" in change));
  const added = here.filter((change) => !("old" in change));
  const isInner = (change: Parsed): boolean =>
    change.path.length > 0 || ("old" in change && "new" in change);
  if (isList(value)) {
    const list = value.filter((_, index) => !gone.some(({ path }) => path[0] === index));
    for (const change of added) {
      list.splice(Number(change.path[0]), 0, change.new as PropertyValue);
    }
    return list.map((item, index) => {
      const inner = below(index).filter(isInner);
      return inner.length === 0 ? item : apply(item, inner);
    });
  }
  assert.ok(isMap(value));
  const map: Record<string, PropertyValue> = { ...value };
  for (const { path } of gone) Reflect.deleteProperty(map, String(path[0]));
  for (const key of Object.keys(map)) {
    const inner = below(key).filter(isInner);
    if (inner.length > 0) map[key] = apply(map[key], inner);
  }
  for (const change of added) map[String(change.path[0])] = change.new as PropertyValue;
  return map;
}

function pathOf(path: string): Path {
  return [...path.matchAll(/\[(\d+)\]|([^.[]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? "") : Number(index),
  );
}
