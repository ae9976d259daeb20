import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { readOutputs } from "../../engine/run.ts";
import { UserError } from "../../rules/problems.ts";
import { Group, Thing } from "./support/things.ts";
import { steps, withStack } from "./support/stack.ts";

const failOn =
  (...bad: string[]) =>
  (call: string): void => {
    if (bad.includes(call)) throw new UserError(`${call} went wrong`);
  };

describe("a resource that fails", () => {
  it(
    "stops what depends on it, by property, option or parent, and nothing else",
    withStack(async (stack) => {
      stack.service.before = failOn("create bad");
      const result = await stack.run("up", () => {
        const bad = new Thing("bad");
        new Thing("by-property", { value: bad.serial });
        new Thing("by-option", {}, { dependsOn: bad });
        new Thing("by-parent", {}, { parent: bad });
        new Thing("after-them", {}, { dependsOn: new Thing("fine") });
        return { bad: bad.serial };
      });
      assert.deepEqual(stack.service.calls.sort(), [
        "create after-them",
        "create bad",
        "create fine",
      ]);
      assert.equal(result.ok, false);
      assert.deepEqual(
        result.failures.map(({ name, message }) => ({ name, message })),
        [{ name: "bad", message: "create bad went wrong" }],
      );
      assert.deepEqual(result.skipped.map(({ name }) => name).sort(), [
        "by-option",
        "by-parent",
        "by-property",
      ]);
      assert.deepEqual(steps(result), ["create after-them", "create fine"]);
    }),
  );

  it(
    "lets the next run go on from there",
    withStack(async (stack) => {
      const program = (): void => {
        const bad = new Thing("bad");
        new Thing("dependent", { value: bad.serial });
        new Thing("fine");
      };
      stack.service.before = failOn("create bad");
      await stack.run("up", program);
      stack.service.before = () => undefined;
      const result = await stack.good("up", program);
      assert.deepEqual(steps(result), ["create bad", "create dependent", "same fine"]);
    }),
  );

  it(
    "keeps its last outputs when an update of it fails",
    withStack(async (stack) => {
      const program = (value: number) => (): unknown => ({
        value: new Thing("a", { value }).value,
      });
      await stack.good("up", program(1));
      stack.service.before = failOn("update a");
      const result = await stack.run("up", program(2));
      assert.deepEqual(result.outputs, { value: { value: 1, secret: false } });
      assert.deepEqual(await readOutputs(stack.stateFile), { value: { value: 1, secret: false } });
      stack.service.before = () => undefined;
      assert.deepEqual(steps(await stack.good("up", program(2))), ["update a"]);
    }),
  );

  it(
    "keeps what was not reached, although the program did not declare it",
    withStack(async (stack) => {
      const program = (kind: string) => (): void => {
        const a = new Thing("a", { kind });
        new Thing("b", { value: a.serial });
      };
      await stack.good("up", program("one"));
      stack.service.before = failOn("create a");
      const result = await stack.run("up", program("two"));
      assert.deepEqual([...stack.service.objects.keys()], ["a-1", "b-2"]);
      assert.ok(result.notes.includes("nothing was deleted, because the run failed"));
    }),
  );

  it(
    "leaves the old copy of a replacement to the next run when something else failed",
    withStack(async (stack) => {
      const program = (kind: string, bad: boolean) => (): void => {
        new Thing("a", { kind });
        if (bad) new Thing("bad");
      };
      await stack.good("up", program("one", false));
      stack.service.before = failOn("create bad");
      await stack.run("up", program("two", true));
      assert.deepEqual([...stack.service.objects.keys()], ["a-1", "a-2"]);
      stack.service.before = () => undefined;
      const result = await stack.good("up", program("two", false));
      assert.deepEqual([...stack.service.objects.keys()], ["a-2"]);
      assert.deepEqual(result.changes, { create: 0, update: 0, replace: 0, delete: 1, same: 1 });
    }),
  );

  it(
    "keeps what it needs alive when its deletion fails, and lets the others go",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const base = new Thing("base", { identity: "base" });
        new Thing("user", { value: base.id, identity: "user" });
        new Thing("other");
      });
      stack.service.before = failOn("delete user");
      const result = await stack.run("destroy");
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["delete user went wrong"],
      );
      assert.deepEqual([...stack.service.objects.keys()].sort(), ["base", "user"]);
      stack.service.before = () => undefined;
      await stack.good("destroy");
      assert.equal(stack.service.objects.size, 0);
    }),
  );

  it(
    "gives back every listener to unhandled rejections, and leaves none behind",
    withStack(async (stack) => {
      const before = process.listeners("unhandledRejection");
      assert.ok(before.length > 0, "mocha listens");
      stack.service.before = failOn("create bad");
      await stack.run("up", () => {
        const group = new Group("group");
        const bad = new Thing("bad", {}, { parent: group });
        group.tell({ serial: bad.serial });
        for (let i = 0; i < 20; i++) bad.serial.apply(() => i);
      });
      await sleep(20);
      assert.deepEqual(process.listeners("unhandledRejection"), before);
    }),
  );
});

describe("a program that fails", () => {
  it(
    "is told once, as the very error, and deletes nothing",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("old"));
      const fault = new UserError("the settings are wrong");
      const result = await stack.run("up", () => {
        new Thing("a");
        throw fault;
      });
      assert.deepEqual(
        result.failures.map(({ error }) => error),
        [fault],
      );
      assert.deepEqual([...stack.service.objects.keys()], ["old-1", "a-2"]);
    }),
  );

  it(
    "is told when it fails inside apply, where nobody listens",
    withStack(async (stack) => {
      const fault = new Error("inside");
      const result = await stack.run("up", () => {
        const { serial } = new Thing("a");
        serial.apply(() => Promise.reject(fault));
      });
      assert.deepEqual(
        result.failures.map(({ error }) => error),
        [fault],
      );
    }),
  );

  it(
    "is told when a promise of it is rejected that no resource uses",
    withStack(async (stack) => {
      const result = await stack.run("up", () => {
        void Promise.reject(new Error("floating"));
        return { a: 1 };
      });
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["floating"],
      );
    }),
  );

  it(
    "is told when a function that it calls fails, and so is what was not reached",
    withStack(async (stack) => {
      const result = await stack.run("up", () => {
        new Thing("a", { value: pulumi.runtime.invokeOutput("test:index:fail", {}) });
        new Thing("b", { value: pulumi.runtime.invokeOutput("test:index:echo", { text: "x" }) });
      });
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["test:index:fail: the function failed"],
      );
      assert.deepEqual(result.skipped, [{ type: "test:index:Thing", name: "a" }]);
      assert.deepEqual([...stack.service.objects.values()][0]?.["value"], { echo: "x" });
    }),
  );
});
