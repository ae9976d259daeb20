import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { StackState } from "../../../engine/state.ts";
import type { KilledRun } from "../../engine/support/killed-run.ts";
import { pair } from "../../engine/support/pair.ts";
import { step, steps, withStack } from "../../engine/support/stack.ts";
import type { TestStack } from "../../engine/support/stack.ts";
import { Thing } from "../../engine/support/things.ts";

const madeBefore = "an interrupted run had made it";
const secondText = "second (test.Thing)";

/** Runs {@link pair} in a process of its own that is killed at a moment; the stack's service is then as it was left. */
async function killAt(
  stack: TestStack,
  moment: string,
  { operation = "up", second = {} }: Partial<Pick<KilledRun, "operation" | "second">> = {},
): Promise<void> {
  const serviceFile = join(stack.folder, "service.json");
  if (stack.service.objects.size > 0) stack.service.save(serviceFile);
  const told: KilledRun = {
    stateFile: stack.stateFile,
    serviceFile,
    operation,
    second,
    moment,
  };
  const script = join(import.meta.dirname, "../../engine/support/killed-run.ts");
  await assert.rejects(promisify(execFile)(process.execPath, [script, JSON.stringify(told)]), {
    signal: "SIGKILL",
  });
  stack.service.load(serviceFile);
}

/** Runs a program; its service does the named creations and the engine hears only that the connection broke. */
async function cutOff(
  stack: TestStack,
  program: () => unknown,
  options: Parameters<TestStack["run"]>[2] = {},
  creation = "create second",
): Promise<void> {
  stack.service.after = (call) => {
    if (call === creation) throw new Error("the connection broke");
  };
  const result = await stack.run("up", program, options);
  assert.equal(result.failures[0]?.message, "the connection broke");
  stack.service.after = () => undefined;
}

async function readState(stack: TestStack): Promise<StackState> {
  return JSON.parse(await stack.stateText()) as StackState;
}

async function pending(stack: TestStack): Promise<string[]> {
  return (await readState(stack)).pending.map(({ urn }) => urn.split("::")[3] ?? "");
}

describe("a run that is killed", () => {
  it(
    "leaves a whole state, from which the next run goes on",
    withStack(async (stack) => {
      await killAt(stack, "before create second");
      const { resources } = await readState(stack);
      assert.deepEqual(
        resources.map(({ urn }) => urn.split("::")[3]),
        ["slipway-test", "first"],
      );
      assert.deepEqual(await pending(stack), ["second"]);
      assert.deepEqual([...stack.service.objects.keys()], ["first"]);

      const result = await stack.good("up", pair());
      assert.deepEqual(steps(result), ["create second", "create third", "same first"]);
      assert.equal(step(result, "second").note, undefined);
      assert.deepEqual(await pending(stack), []);
    }),
  );

  it(
    "between what a service made and its record is healed by the next: nothing is made twice",
    withStack(async (stack) => {
      await killAt(stack, "after create second", { second: { value: "a" } });
      assert.deepEqual([...stack.service.objects.keys()], ["first", "second"]);
      assert.deepEqual(await pending(stack), ["second"]);

      const result = await stack.good("up", pair({ value: "a" }));
      assert.deepEqual(steps(result), ["create second", "create third", "same first"]);
      assert.equal(step(result, "second").note, madeBefore);
      assert.deepEqual(step(result, "second").diff, [
        { path: "kind", new: "plain" },
        { path: "identity", new: "second" },
        { path: "value", new: "a" },
      ]);
      assert.deepEqual(stack.service.calls, ["create third"]);
      assert.deepEqual(result.outputs, { serial: { value: 2, secret: false } });

      assert.deepEqual(await pending(stack), []);
      const again = await stack.good("up", pair({ value: "a" }));
      assert.deepEqual(steps(again), ["same first", "same second", "same third"]);
    }),
  );

  it(
    "in a replacement is healed too, and the old copy goes",
    withStack(async (stack) => {
      await stack.good("up", pair());
      const renamed = { identity: "renamed", kind: "other" };
      await killAt(stack, "after create second", { second: renamed });
      stack.service.calls.length = 0;
      for (const operation of ["preview", "up"] as const) {
        const result = await stack.good(operation, pair(renamed));
        assert.equal(step(result, "second").change, "replace");
        assert.equal(step(result, "second").note, madeBefore);
        assert.deepEqual(result.changes, { create: 0, update: 1, replace: 1, delete: 0, same: 1 });
      }
      assert.deepEqual(stack.service.calls, ["update third", "delete second"]);
      assert.deepEqual([...stack.service.objects.keys()], ["first", "third-3", "renamed"]);
    }),
  );

  it(
    "never makes the next take what was there before",
    withStack(async (stack) => {
      stack.service.objects.set("second", { identity: "second", kind: "theirs", serial: 0 });
      await killAt(stack, "before create second");
      assert.deepEqual(await pending(stack), []);
      const result = await stack.run("up", pair());
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["second already exists"],
      );
      assert.deepEqual(stack.service.objects.get("second")?.["kind"], "theirs");
      await stack.good("destroy");
      assert.deepEqual([...stack.service.objects.keys()], ["second"]);
    }),
  );

  it(
    "between a deletion and its record hinders no later one",
    withStack(async (stack) => {
      await stack.good("up", pair());
      await killAt(stack, "after delete second", { operation: "destroy" });
      const result = await stack.good("destroy");
      assert.deepEqual(
        result.steps.map(({ name, note }) => `${name} ${note ?? ""}`),
        ["second already gone", "first ", "slipway-test "],
      );
      assert.equal(stack.service.objects.size, 0);
    }),
  );
});

describe("what an interrupted creation made", () => {
  it(
    "is known to a preview, which leaves it alone",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      const before = await stack.stateText();
      const result = await stack.good("preview", pair());
      assert.deepEqual(steps(result), ["create second", "create third", "same first"]);
      assert.equal(step(result, "second").note, madeBefore);
      assert.deepEqual(
        step(result, "third").diff.filter(({ path }) => path === "value"),
        [{ path: "value", new: 2 }],
      );
      assert.equal(await stack.stateText(), before);
      assert.deepEqual(stack.service.calls, ["create first", "create second"]);
    }),
  );

  it(
    "becomes what the program declares by then",
    withStack(async (stack) => {
      await cutOff(stack, pair({ value: "old" }));
      const result = await stack.good("up", pair({ value: "new" }));
      assert.equal(step(result, "second").change, "create");
      assert.deepEqual(stack.service.calls.slice(2), ["update second", "create third"]);
      assert.equal(stack.service.objects.get("second")?.["value"], "new");
    }),
  );

  it(
    "is replaced where the program declares by then what needs it",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      const renamed = pair({ identity: "renamed", kind: "other" });
      const result = await stack.good("up", renamed);
      assert.deepEqual(steps(result), [
        "create third",
        "delete second",
        "replace second",
        "same first",
      ]);
      assert.deepEqual([...stack.service.objects.keys()], ["first", "renamed", "third-4"]);
      assert.deepEqual(steps(await stack.good("up", renamed)), [
        "same first",
        "same second",
        "same third",
      ]);
    }),
  );

  it(
    "goes when the program no longer declares it",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      const without = (): Thing => new Thing("first", { identity: "first" });
      for (const operation of ["preview", "up"] as const) {
        const result = await stack.good(operation, without);
        assert.deepEqual(steps(result), ["delete second", "same first"]);
        assert.deepEqual(result.notes, [`${secondText}: ${madeBefore}`]);
      }
      assert.deepEqual([...stack.service.objects.keys()], ["first"]);
      assert.deepEqual((await stack.good("up", without)).notes, []);
    }),
  );

  it(
    "goes with all the rest",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      const result = await stack.good("destroy");
      assert.deepEqual(steps(result), ["delete first", "delete second"]);
      assert.equal(stack.service.objects.size, 0);
      assert.deepEqual(await pending(stack), []);
    }),
  );

  it(
    "is recorded by a refresh",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      const result = await stack.good("refresh");
      assert.deepEqual(result.notes, [`${secondText}: ${madeBefore}`]);
      assert.deepEqual(await pending(stack), []);
      assert.deepEqual(steps(await stack.good("preview", pair())), [
        "create third",
        "same first",
        "same second",
      ]);
    }),
  );

  it(
    "is not forgotten while its service does not answer",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      const packages = {
        test: () => ({
          ...stack.service.provider(),
          find: () => Promise.reject(new Error("nothing answers")),
        }),
      };
      for (const operation of ["up", "refresh", "destroy"] as const) {
        const result = await stack.run(operation, pair(), { packages });
        assert.deepEqual(
          result.failures.map(({ name, message }) => `${name ?? ""}: ${message}`),
          ["second: nothing answers"],
        );
        assert.deepEqual(await pending(stack), ["second"]);
        assert.deepEqual([...stack.service.objects.keys()], ["first", "second"]);
      }
      await stack.good("destroy");
      assert.equal(stack.service.objects.size, 0);
    }),
  );

  it(
    "is taken by one of two that declare the same",
    withStack(async (stack) => {
      const both = (): unknown => [
        new Thing("a", { identity: "one" }),
        new Thing("b", { identity: "one" }),
      ];
      await cutOff(stack, both, {}, "create a");
      assert.deepEqual((await pending(stack)).sort(), ["a", "b"]);
      const result = await stack.run("up", both);
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["one already exists"],
      );
      assert.equal(result.changes.create, 1);
    }),
  );

  it(
    "keeps its secrets",
    withStack(async (stack) => {
      const secrets = pair(
        { value: pulumi.secret("canary") },
        { additionalSecretOutputs: ["serial"] },
      );
      await cutOff(stack, secrets);
      assert.deepEqual(await pending(stack), ["second"]);
      assert.doesNotMatch(await stack.stateText(), /canary/);
      const result = await stack.good("up", secrets);
      assert.equal(step(result, "second").note, madeBefore);
      assert.deepEqual(result.outputs, { serial: { value: "[secret]", secret: true } });
      assert.doesNotMatch(await stack.stateText(), /canary|"serial": 2/);
      assert.deepEqual(steps(await stack.good("up", secrets)), [
        "same first",
        "same second",
        "same third",
      ]);
    }),
  );
});

describe("a creation that fails", () => {
  it(
    "after its service did the work is healed by the next run",
    withStack(async (stack) => {
      await cutOff(stack, pair());
      assert.deepEqual(await pending(stack), ["second"]);
      const next = await stack.good("up", pair());
      assert.equal(step(next, "second").note, madeBefore);
      assert.deepEqual(stack.service.calls, ["create first", "create second", "create third"]);
    }),
  );

  it(
    "before its service did anything is not looked for again",
    withStack(async (stack) => {
      stack.service.before = (call) => {
        if (call === "create second") throw new Error("refused");
      };
      await stack.run("up", pair());
      assert.deepEqual(await pending(stack), []);
      stack.service.objects.set("second", { identity: "second", kind: "theirs", serial: 0 });
      stack.service.before = () => undefined;
      const result = await stack.run("up", pair());
      assert.deepEqual(
        result.failures.map(({ message }) => message),
        ["second already exists"],
      );
    }),
  );

  it(
    "is tried again as it is where the provider cannot find anything",
    withStack(async (stack) => {
      const packages = {
        test: () => {
          const { find, ...others } = stack.service.provider();
          assert.ok(find);
          return others;
        },
      };
      await cutOff(stack, () => new Thing("a"), { packages }, "create a");
      assert.deepEqual(await pending(stack), []);
      const result = await stack.good("up", () => new Thing("a"), { packages });
      assert.deepEqual(steps(result), ["create a"]);
      assert.deepEqual([...stack.service.objects.keys()], ["a-1", "a-2"]);
    }),
  );
});
