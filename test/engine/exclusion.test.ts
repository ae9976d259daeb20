import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "../../engine/values.ts";
import { steps, withStack } from "./support/stack.ts";
import { Group, Thing } from "./support/things.ts";

const urn = (name: string, type = "test:index:Thing") =>
  `urn:pulumi:test::slipway::${type}::${name}`;
const GROUP = "test:index:Group";

describe("an excluded resource", () => {
  it(
    "keeps what is recorded of it, is neither looked at nor changed, and gives the program its last outputs",
    withStack(async (stack) => {
      const program = (value: string) => (): unknown => {
        const a = new Thing("a", { value });
        new Thing("b", { value });
        return { value: a.value };
      };
      await stack.good("up", program("old"));
      const before = stack.service.objects.get("a");
      const exclude = [urn("a")];
      assert.deepEqual(steps(await stack.good("preview", program("new"), { exclude })), [
        ...["same a", "update b"],
      ]);
      const result = await stack.good("up", program("new"), { exclude });
      assert.deepEqual(stack.service.calls, ["create a", "create b", "update b"]);
      assert.deepEqual(stack.service.objects.get("a"), before);
      assert.deepEqual(result.outputs["value"], { value: "old", secret: false });
      assert.deepEqual(steps(await stack.good("preview", program("new"), { exclude })), [
        ...["same a", "same b"],
      ]);
      // Without the exclusion it is as any other.
      assert.deepEqual(steps(await stack.good("up", program("new"))), ["same b", "update a"]);
    }),
  );

  it(
    "is not made, and nothing is known of it, in an update either",
    withStack(async (stack) => {
      const program = (): unknown => {
        const a = new Thing("a", { value: 1 });
        new Thing("b", { value: 2 });
        return { serial: a.serial, whole: pulumi.interpolate`the ${a.serial}` };
      };
      const exclude = [urn("a")];
      for (const operation of ["preview", "up", "preview"] as const) {
        const result = await stack.good(operation, program, { exclude });
        assert.deepEqual(result.notes, ["a (test.Thing) is left as it is: it is not there"]);
        assert.ok(!steps(result).some((one) => one.endsWith(" a")));
        assert.equal(result.outputs["serial"]?.value, "[unknown]");
        assert.equal(result.outputs["whole"]?.value, "[unknown]");
      }
      assert.deepEqual(stack.service.calls, ["create b"]);
      assert.ok(!(await stack.stateText()).includes(`${urn("a")}"`));
      assert.ok((await stack.stateText()).includes(unknown));
      await stack.good("up", program);
      assert.deepEqual(stack.service.calls, ["create b", "create a"]);
      assert.ok(!(await stack.stateText()).includes(unknown));
    }),
  );

  it(
    "takes along what depends on it: by a property, by an option, and as its child",
    withStack(async (stack) => {
      const program = (): void => {
        const group = new Group("group");
        const child = new Thing("child", {}, { parent: group });
        const taker = new Thing("taker", { value: child.serial });
        new Thing("waiter", {}, { dependsOn: [taker] });
        new Thing("other");
      };
      const exclude = [urn("group", GROUP)];
      const result = await stack.good("up", program, { exclude });
      assert.deepEqual(steps(result), ["create other"]);
      assert.deepEqual([...result.skipped], []);
      assert.deepEqual(
        [...result.notes].sort(),
        ["child", "taker", "waiter"].map(
          (name) => `${name} (test.Thing) is left as it is: it is not there`,
        ),
      );
      assert.deepEqual(steps(await stack.good("preview", program, { exclude })), ["same other"]);
    }),
  );

  it(
    "lets nothing that it needs be deleted, declared or not, while all else that is no longer declared goes",
    withStack(async (stack) => {
      await stack.good("up", () => {
        const needed = new Thing("needed");
        new Thing("a", {}, { dependsOn: [needed] });
        new Thing("b");
      });
      const result = await stack.good("up", () => new Thing("a"), { exclude: [urn("a")] });
      assert.deepEqual(steps(result), ["delete b", "same a"]);
      await stack.good("up", () => new Thing("a"));
      assert.deepEqual(stack.service.calls.slice(-1), ["delete needed"]);
    }),
  );

  it(
    "is not deleted when it is no longer declared",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a"));
      assert.deepEqual(steps(await stack.good("up", () => undefined, { exclude: [urn("a")] })), []);
      assert.deepEqual(stack.service.calls, ["create a"]);
    }),
  );

  it(
    "may be one that nobody declares and nobody recorded",
    withStack(async (stack) => {
      const exclude = [urn("nowhere")];
      assert.deepEqual(steps(await stack.good("up", () => new Thing("a"), { exclude })), [
        "create a",
      ]);
    }),
  );
});
