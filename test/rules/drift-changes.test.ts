import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type PreviewedChange,
  RULESET_TYPE,
  splitChanges,
  withoutBypassActors,
} from "../../rules/drift-changes.ts";
import type { ResourceChange } from "../../rules/snapshot-changes.ts";

const ROLE = "aws:iam/role:Role";
const previewed = (more: Partial<PreviewedChange> = {}): PreviewedChange => ({
  ...{ change: "update", type: ROLE, name: "push-role", paths: ["tags.a"] },
  ...more,
});
const declared = (
  paths: readonly string[],
  more: Partial<ResourceChange> = {},
): ResourceChange => ({
  ...{ change: "update", type: ROLE, name: "push-role" },
  properties: paths.map((path) => ({ path })),
  ...more,
});
const split = (one: PreviewedChange, ...since: readonly ResourceChange[]) =>
  splitChanges([one], since);

describe("what waits to be applied", () => {
  it("is a change that the declaration makes since the last apply, and nothing else is", () => {
    const one = previewed();
    assert.deepEqual(split(one, declared(["tags.b"])), { waiting: [one], drift: [] });
    for (const other of [
      declared(["path"]),
      declared(["tags"], { name: "drift-role" }),
      declared(["tags"], { type: "aws:iam/policy:Policy" }),
      declared([], { change: "delete" }),
    ]) {
      assert.deepEqual(split(one, other), { waiting: [], drift: [one] });
    }
  });

  it("leaves the properties that somebody changed beside those that wait", () => {
    const one = previewed({ paths: ["tags.a", "assumeRolePolicy.Statement[0]"] });
    const { waiting, drift } = split(one, declared(["tags.b"]));
    assert.deepEqual(waiting, []);
    assert.deepEqual(drift, [previewed({ paths: ["assumeRolePolicy.Statement[0]"] })]);
  });

  it("is a resource that is made or deleted as a whole, if the declaration does the same", () => {
    for (const change of ["create", "delete"] as const) {
      const one = previewed({ change, paths: [] });
      assert.deepEqual(split(one, declared([], { change })).waiting, [one]);
      assert.deepEqual(split(one, declared(["tags"])).drift, [one]);
    }
  });

  it("is no change of which an engine does not say what it is", () => {
    const one = previewed({ paths: [] });
    assert.deepEqual(split(one, declared(["tags"])).drift, [one]);
  });

  it("is all that follows from a new content of an image, of that image alone", () => {
    const since = declared(["contentName"], { type: "slipway:index:ImageName", name: "ci-name" });
    const build = (name: string) =>
      previewed({ type: "docker-build:index:Image", name, paths: ["context", "tags[0]"] });
    const name = previewed({
      type: "slipway:index:ImageName",
      name: "ci-name",
      paths: ["sources"],
    });
    const own = [build("ci-content"), build("ci-contract-arm64"), name];
    const others = [build("ci-cpu-content"), build("other-content"), build("ci")];
    assert.deepEqual(splitChanges([...own, ...others], [since]), { waiting: own, drift: others });
    const unchanged = { ...since, properties: [{ path: "aliases[0]" }] };
    assert.deepEqual(splitChanges(own, [unchanged]).waiting, []);
  });

  it("is nothing without a declaration that differs, and takes no change away from what is told", () => {
    const path = fc.constantFrom("tags.a", "tags.b", "path", "policy[0]");
    const kind = fc.constantFrom("create", "update", "replace", "delete");
    const name = fc.constantFrom("a", "b");
    const change = fc
      .record({ change: kind, name, paths: fc.uniqueArray(path) })
      .map((one) => previewed(one));
    const since = fc
      .tuple(kind, name, fc.uniqueArray(path))
      .map(([word, of, paths]) => declared(paths, { change: word, name: of }));
    fc.assert(
      fc.property(fc.array(change), fc.array(since), (changes, all) => {
        assert.deepEqual(splitChanges(changes, []), { waiting: [], drift: changes });
        const { waiting, drift } = splitChanges(changes, all);
        assert.equal(waiting.length + drift.length, changes.length);
        assert.ok(waiting.every((one) => changes.includes(one)));
      }),
    );
  });
});

describe("who goes past a ruleset, where GitHub does not tell", () => {
  const ruleset = (paths: readonly string[], change = "update") =>
    previewed({ type: RULESET_TYPE, name: "refs", paths, change });

  it("is no change of the ruleset", () => {
    const all = [ruleset(["bypassActors"]), ruleset(["bypassActors[0]", "bypassActors[1].id"])];
    assert.deepEqual(withoutBypassActors(all), []);
  });

  it("leaves every other change", () => {
    const kept = [
      ruleset(["rules.deletion"]),
      ruleset([]),
      ruleset(["bypassActors"], "create"),
      previewed({ paths: ["bypassActors"] }),
    ];
    assert.deepEqual(withoutBypassActors(kept), kept);
    assert.deepEqual(withoutBypassActors([ruleset(["bypassActors", "rules"])]), [
      ruleset(["rules"]),
    ]);
  });
});
