import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { readOutputs } from "../../engine/run.ts";
import { Group, Thing } from "./support/things.ts";
import { step, steps, withStack } from "./support/stack.ts";

describe("up", () => {
  it(
    "creates in dependency order and says so",
    withStack(async (stack) => {
      const result = await stack.good("up", () => {
        const a = new Thing("a", { value: 1 });
        const b = new Thing("b", { value: a.serial });
        return { total: b.value };
      });
      assert.deepEqual(stack.service.calls, ["create a", "create b"]);
      assert.deepEqual(result.changes, { create: 2, update: 0, replace: 0, delete: 0, same: 0 });
      assert.equal(result.ok, true);
      assert.deepEqual(result.outputs, { total: { value: 1, secret: false } });
      const phases = stack.events.flatMap((e) =>
        e.kind === "resource" && e.resource === "resource" ? [`${e.phase} ${e.name}`] : [],
      );
      assert.deepEqual(phases, ["start a", "done a", "start b", "done b"]);
    }),
  );

  it(
    "does nothing the second time and leaves the state file alone",
    withStack(async (stack) => {
      const program = (): unknown => ({ id: new Thing("a", { value: { deep: [1] } }).id });
      await stack.good("up", program);
      const before = await stack.stateText();
      const result = await stack.good("up", program);
      assert.deepEqual(steps(result), ["same a"]);
      assert.deepEqual(stack.service.calls, ["create a"]);
      assert.equal(await stack.stateText(), before);
    }),
  );

  it(
    "updates what changed and shows the places",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a", { value: { x: 1, y: 2 }, tags: { t: "old" } }));
      const result = await stack.good(
        "up",
        () => new Thing("a", { value: { x: 1, y: 3, z: true }, tags: {} }),
      );
      assert.deepEqual(stack.service.calls, ["create a", "update a"]);
      assert.deepEqual(step(result, "a").diff, [
        { path: "tags.t", old: "old" },
        { path: "value.y", old: 2, new: 3 },
        { path: "value.z", new: true },
      ]);
      assert.deepEqual([...stack.service.objects.values()][0], {
        kind: "plain",
        value: { x: 1, y: 3, z: true },
        tags: {},
        serial: 1,
      });
    }),
  );

  it(
    "replaces by creating before deleting, and counts that once",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a", { kind: "one" }));
      const result = await stack.good("up", () => new Thing("a", { kind: "two" }));
      assert.deepEqual(stack.service.calls, ["create a", "create a", "delete a"]);
      assert.deepEqual(result.changes, { create: 0, update: 0, replace: 1, delete: 0, same: 0 });
      assert.deepEqual(step(result, "a").diff, [
        { path: "kind", old: "one", new: "two", replace: true },
      ]);
      assert.deepEqual([...stack.service.objects.keys()], ["a-2"]);
      assert.deepEqual(steps(await stack.good("up", () => new Thing("a", { kind: "two" }))), [
        "same a",
      ]);
    }),
  );

  it(
    "deletes what is no longer declared, in reverse order of need",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const a = new Thing("a");
        const b = new Thing("b", { value: a.serial });
        new Thing("c", {}, { dependsOn: b });
        new Thing("kept");
      });
      const result = await stack.good("up", () => {
        new Thing("kept");
      });
      assert.deepEqual(stack.service.calls.slice(4), ["delete c", "delete b", "delete a"]);
      assert.equal(result.changes.delete, 3);
      assert.match([...stack.service.objects.keys()].join(), /^kept-\d$/);
    }),
  );

  it(
    "calls no more providers at once than it is allowed, and as many",
    withStack(async (stack) => {
      stack.service.before = () => sleep(5);
      const many = (): void => {
        for (let i = 0; i < 12; i++) new Thing(`t${i}`);
      };
      await stack.good("up", many, { parallel: 3 });
      assert.equal(stack.service.mostAtOnce, 3);
      stack.service.mostAtOnce = 0;
      await stack.good("destroy", undefined, { parallel: 5 });
      assert.equal(stack.service.mostAtOnce, 5);
    }),
  );

  it(
    "keeps the stack's outputs for later",
    withStack(async (stack) => {
      assert.equal(await readOutputs(stack.stateFile), undefined);
      await stack.good("up", () => ({
        plain: new Thing("a").serial,
        hidden: pulumi.secret("hunter2"),
        nested: { list: [pulumi.secret("hunter2"), "seen"] },
      }));
      assert.deepEqual(await readOutputs(stack.stateFile), {
        hidden: { value: "[secret]", secret: true },
        nested: { value: { list: ["[secret]", "seen"] }, secret: true },
        plain: { value: 1, secret: false },
      });
    }),
  );

  it(
    "accepts a module as what the program gives",
    withStack(async (stack) => {
      const result = await stack.good("up", () => import("./support/program.ts"));
      assert.deepEqual(result.outputs, { answer: { value: 42, secret: false } });
    }),
  );

  it(
    "keeps components and their outputs in the state, and counts neither",
    withStack(async (stack) => {
      const result = await stack.good("up", () => {
        const group = new Group("group");
        const thing = new Thing("a", {}, { parent: group });
        group.tell({ serial: thing.serial });
      });
      assert.equal(result.changes.create, 1);
      assert.match(
        await stack.stateText(),
        /urn:pulumi:test::slipway::test:index:Group\$test:index:Thing::a/,
      );
      const kinds = result.steps.map(({ kind }) => kind).sort();
      assert.deepEqual(kinds, ["component", "resource", "stack"]);
    }),
  );

  it(
    "refuses inputs that the provider finds wrong, before anything is made",
    withStack(async (stack) => {
      const result = await stack.run("up", () => new Thing("a", { value: "wrong" }));
      assert.deepEqual(stack.service.calls, []);
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["a (test.Thing): 1 problem\n" + '  value: "wrong" is not right; write another'],
      );
    }),
  );
});

describe("preview", () => {
  it(
    "tells what up would do and does nothing",
    withStack(async (stack) => {
      const program = (value: number) => (): void => {
        const a = new Thing("changed", { value });
        new Thing("same");
        new Thing("kinded", { kind: `k${value}` });
        if (value === 1) new Thing("old", { value: a.id });
        else new Thing("new", { value: a.serial });
      };
      await stack.good("up", program(1));
      const [calls, text] = [[...stack.service.calls], await stack.stateText()];
      const result = await stack.good("preview", program(2));
      assert.deepEqual(steps(result), [
        "create new",
        "delete old",
        "replace kinded",
        "same same",
        "update changed",
      ]);
      assert.deepEqual(result.changes, { create: 1, update: 1, replace: 1, delete: 1, same: 1 });
      assert.deepEqual(stack.service.calls, calls);
      assert.equal(await stack.stateText(), text);
      assert.deepEqual(
        step(result, "new").diff.find(({ path }) => path === "value"),
        { path: "value", new: "[unknown]" },
      );
    }),
  );

  it(
    "leaves nothing behind where nothing was",
    withStack(async (stack) => {
      await stack.good("preview", () => new Thing("a"));
      await assert.rejects(stack.stateText(), { code: "ENOENT" });
      await assert.rejects(
        import("node:fs/promises").then((fs) => fs.stat(`${stack.stateFile}.key`)),
      );
    }),
  );

  it(
    "sees no change in what takes from an update only what the provider calls stable",
    withStack(async (stack) => {
      const program = (value: number) => (): void => {
        const changed = new Thing("changed", { value });
        new Thing("dependent", { value: changed.serial });
      };
      await stack.good("up", program(1));
      assert.deepEqual(steps(await stack.good("preview", program(2))), [
        "update changed",
        "update dependent",
      ]);
      stack.service.stables = ["serial"];
      assert.deepEqual(steps(await stack.good("preview", program(2))), [
        "same dependent",
        "update changed",
      ]);
    }),
  );

  it(
    "knows the outputs of what stays, and of an update the inputs",
    withStack(async (stack) => {
      const seen: unknown[] = [];
      const program = (value: number) => (): void => {
        const same = new Thing("same");
        const changed = new Thing("changed", { value });
        same.serial.apply((v) => seen.push(["same", v]));
        changed.value.apply((v) => seen.push(["changed", v]));
        changed.serial.apply((v) => seen.push(["never known before", v]));
        changed.id.apply((v) => seen.push(["id", v]));
      };
      await stack.good("up", program(1), { parallel: 1 });
      seen.length = 0;
      await stack.good("preview", program(2));
      assert.deepEqual(seen.sort(), [
        ["changed", 2],
        ["id", "changed-2"],
        ["same", 1],
      ]);
    }),
  );
});
