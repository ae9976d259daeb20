import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { TestProvider, Thing } from "./support/things.ts";
import { step, steps, withStack } from "./support/stack.ts";

describe("plan", () => {
  it(
    "creates everything, asks no provider and touches no file",
    withStack(async (stack) => {
      const result = await stack.good(
        "plan",
        () => {
          const provider = new TestProvider("p", { region: "r" });
          const a = new Thing("a", { value: 1 }, { provider, protect: true });
          new Thing("b", { value: a.serial, owner: a.id });
        },
        {
          packages: {
            test: () => assert.fail("a plan makes no provider"),
          },
        },
      );
      assert.deepEqual(steps(result), ["create a", "create b"]);
      assert.deepEqual(result.changes, { create: 2, update: 0, replace: 0, delete: 0, same: 0 });
      assert.deepEqual(step(result, "b").diff, [
        { path: "owner", new: "[unknown]" },
        { path: "value", new: "[unknown]" },
      ]);
      await assert.rejects(stack.stateText(), { code: "ENOENT" });
    }),
  );

  it(
    "knows inputs as outputs, and nothing else",
    withStack(async (stack) => {
      const result = await stack.good("plan", () => {
        const a = new Thing("a", { value: "given" });
        return { value: a.value, serial: a.serial, id: a.id, name: pulumi.interpolate`x-${a.id}` };
      });
      assert.deepEqual(result.outputs, {
        id: { value: "[unknown]", secret: false },
        name: { value: "[unknown]", secret: false },
        serial: { value: "[unknown]", secret: false },
        value: { value: "given", secret: false },
      });
    }),
  );

  it(
    "answers a function in its output form as unknown",
    withStack(async (stack) => {
      const result = await stack.good("plan", () => {
        const answer = pulumi.runtime.invokeOutput<{ echo: string }>("test:index:echo", {
          text: "x",
        });
        new Thing("a", { value: answer.apply(({ echo }) => echo) });
        return { answer };
      });
      assert.deepEqual(step(result, "a").diff, [{ path: "value", new: "[unknown]" }]);
      assert.deepEqual(result.outputs, { answer: { value: "[unknown]", secret: false } });
    }),
  );

  it(
    "keeps a secret hidden while it is unknown",
    withStack(async (stack) => {
      const result = await stack.good("plan", () => {
        const a = new Thing("a", {}, { additionalSecretOutputs: ["serial"] });
        return { text: pulumi.secret(a.serial) };
      });
      assert.deepEqual(result.outputs, { text: { value: "[secret]", secret: true } });
    }),
  );

  it(
    "tells its steps as planned",
    withStack(async (stack) => {
      await stack.good("plan", () => new Thing("a"));
      const phases = stack.events.flatMap((e) => (e.kind === "resource" ? [e.phase] : []));
      assert.deepEqual(phases, ["planned", "planned"]);
    }),
  );
});
