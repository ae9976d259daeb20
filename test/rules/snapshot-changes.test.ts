// Does not prove that a provider makes of a changed property what is said here.
import assert from "node:assert/strict";
import fc from "fast-check";
import { declaredResources } from "../../cli/snapshot/declared.ts";
import type { Snapshot } from "../../rules/snapshot.ts";
import { changesSince, type Declared } from "../../rules/snapshot-changes.ts";
import { snapshotOf } from "../../rules/snapshot-of.ts";
import { type Inputs, SECRET, UNKNOWN } from "../../rules/snapshot-value.ts";
import { declaredBy } from "./support/declared-stacks.ts";

const PLACE = {
  repository: "pytorch/pytorch",
  stack: "main",
  channel: "main",
  commit: "c".repeat(40),
};
const ROLE = "aws:iam/role:Role";
const ENVIRONMENT = "slipway:index:GithubEnvironment";

const taken = (...applied: readonly Declared[]): Snapshot => snapshotOf(PLACE, applied);
const role = (inputs: Inputs): Declared => ({ type: ROLE, name: "push", inputs });
const environment = (inputs: Inputs): Declared => ({ type: ENVIRONMENT, name: "build", inputs });
const trust = (...subjects: readonly string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: subjects.map((sub) => ({
      Effect: "Allow",
      Principal: { Federated: "arn:aws:iam::308535385114:oidc-provider/example" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { "example:sub": sub } },
    })),
  });

describe("what changed since a snapshot", () => {
  describe("of what stack local declares", function () {
    this.timeout(60_000);
    let declared: readonly Declared[];
    before(async () => {
      declared = declaredResources(await declaredBy("local")).map(known);
    });

    it("is nothing when nothing did", () => {
      assert.deepEqual(changesSince(taken(...declared), declared), []);
    });

    it("is exactly what came and what went", () => {
      const listed = declared.filter(({ type }) => !type.startsWith("pulumi:"));
      fc.assert(
        fc.property(fc.subarray(listed), fc.subarray(listed), (before, after) => {
          const changes = changesSince(taken(...before), after);
          const keys = (of: readonly { type: string; name: string }[]) =>
            of.map(({ type, name }) => `${type} ${name}`);
          const [old, news] = [keys(before), keys(after)];
          const found = (change: string) => keys(changes.filter((one) => one.change === change));
          assert.deepEqual(
            found("create"),
            news.filter((key) => !old.includes(key)),
          );
          assert.deepEqual(found("delete").sort(), old.filter((key) => !news.includes(key)).sort());
          assert.ok(changes.every(({ change }) => change === "create" || change === "delete"));
        }),
        { numRuns: 50 },
      );
    });

    it("never is an unknown input", () => {
      const everything = declared.filter(({ type }) => !type.startsWith("pulumi:"));
      fc.assert(
        fc.property(fc.constantFrom(...everything), fc.nat(), (one, at) => {
          const names = Object.keys(one.inputs);
          const name = names[at % names.length] ?? "";
          const unknown: Declared = { ...one, inputs: { ...one.inputs, ...unknownly(name) } };
          assert.deepEqual(changesSince(taken(one), [unknown]), []);
        }),
      );
    });
  });

  it("is an update with the places that differ, inside of JSON texts, too", () => {
    const old = role({
      name: "push",
      assumeRolePolicy: trust("repo:a/b:environment:docker-build"),
    });
    const news = role({
      name: "push",
      assumeRolePolicy: trust("repo:a/b:environment:docker-build", "repo:a/b:ref:refs/heads/main"),
      maxSessionDuration: 3600,
    });
    const [change, ...others] = changesSince(taken(old), [news]);
    assert.deepEqual(others, []);
    assert.equal(change?.change, "update");
    assert.deepEqual(
      change.properties.map(({ path, old }) => [path, old]),
      [
        ["assumeRolePolicy.Statement[1]", undefined],
        ["maxSessionDuration", undefined],
      ],
    );
  });

  it("is nothing where a JSON text only has other blanks and another order of keys", () => {
    const text = trust("repo:a/b:environment:docker-build");
    const { Version, Statement } = JSON.parse(text) as Record<string, unknown>;
    const other = JSON.stringify({ Statement, Version }, undefined, 4);
    const changes = changesSince(taken(role({ assumeRolePolicy: text })), [
      role({ assumeRolePolicy: other }),
    ]);
    assert.deepEqual(changes, []);
  });

  it("is a replacement only where the type's identity changes", () => {
    const replaced = changesSince(taken(role({ name: "a", path: "/slipway/" })), [
      role({ name: "a", path: "/other/" }),
    ]);
    assert.deepEqual(replaced, [
      {
        ...{ change: "replace", type: ROLE, name: "push" },
        properties: [{ path: "path", old: "/slipway/", new: "/other/", replace: true }],
      },
    ]);
    const renamed = changesSince(taken(environment({ repository: "a/b" })), [
      environment({ repository: "a/c" }),
    ]);
    assert.equal(renamed[0]?.change, "update", "GitHub alone knows whether that is a rename");
    const unknown = changesSince(taken(role({ name: "a", path: "/slipway/" })), [
      role({ name: UNKNOWN, path: "/slipway/" }),
    ]);
    assert.deepEqual(unknown, []);
  });

  it("finds elements of a list again that moved", () => {
    const before = environment({ users: ["alice", "bob"], teams: ["a", "b", "c"] });
    const after = environment({ users: ["alice", "carol", "bob"], teams: ["a", "c"] });
    const [change] = changesSince(taken(before), [after]);
    assert.deepEqual(change?.properties, [
      { path: "users[1]", new: "carol" },
      { path: "teams[1]", old: "b" },
    ]);
    const swapped = changesSince(taken(environment({ users: ["alice", "bob"] })), [
      environment({ users: ["alice", "carol"] }),
    ]);
    assert.deepEqual(swapped[0]?.properties, [{ path: "users[1]", old: "bob", new: "carol" }]);
  });

  it("names what is held back on one side, and compares nothing that is on both", () => {
    const open = environment({ environment: "build", waitTimer: 5 });
    const hidden = environment({ environment: "build", waitTimer: SECRET });
    assert.deepEqual(changesSince(taken(open), [hidden])[0]?.properties, [
      { path: "waitTimer", old: 5, new: "[withheld]" },
    ]);
    assert.deepEqual(changesSince(taken(hidden), [open])[0]?.properties, [
      { path: "waitTimer", old: "[withheld]", new: 5 },
    ]);
    assert.deepEqual(changesSince(taken(hidden), [hidden]), []);
  });

  it("says nothing of properties that the snapshot's program did not look at, and all of new types", () => {
    const { listed, ...snapshot } = taken(environment({ environment: "build" }));
    const older = { ...snapshot, listed: { ...listed, [ENVIRONMENT]: ["environment"] } };
    const news = [environment({ environment: "build", waitTimer: 5 }), role({ name: "push" })];
    assert.deepEqual(
      changesSince(older, news).map(({ change, type }) => `${change} ${type}`),
      [`create ${ROLE}`],
    );
  });

  it("does not take what every object inherits for a property", () => {
    const hostile = JSON.parse('{"__proto__":{"path":"/x/"},"name":"push"}') as Inputs;
    assert.deepEqual(changesSince(taken(role({ name: "push" })), [role(hostile)]), []);
    const strange: Declared = { type: "constructor", name: "x", inputs: { name: "x" } };
    assert.deepEqual(changesSince(taken(), [strange]), []);
  });
});

function unknownly(name: string): Inputs {
  return { [name]: UNKNOWN };
}

/** As after an apply: nothing is unknown any more. */
function known(declared: Declared): Declared {
  const fill = (value: Inputs[string]): Inputs[string] => {
    if (value === UNKNOWN) return "known";
    if (Array.isArray(value)) return (value as readonly Inputs[string][]).map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one)]));
  };
  return { ...declared, inputs: fill(declared.inputs) as Inputs };
}
