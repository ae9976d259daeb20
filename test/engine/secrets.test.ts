import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { rm, writeFile } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import { TestProvider, Thing } from "./support/things.ts";
import { step, steps, withStack } from "./support/stack.ts";
import type { TestStack } from "./support/stack.ts";

const canary = "canary-5f1c0e7b";

/** A program whose inputs, nested and in a provider, hold the canary. */
function program(secret = canary, value = 1): () => unknown {
  return () => {
    const provider = new TestProvider("p", { token: pulumi.secret(secret) });
    const a = new Thing(
      "a",
      { value: { list: [value, pulumi.secret(secret)] }, tags: { plain: "seen" } },
      { provider },
    );
    const b = new Thing("b", { value: a.value, tags: { x: pulumi.interpolate`${a.value}` } });
    return { out: b.value };
  };
}

/** Everything that a run shows or leaves behind. */
async function traces(stack: TestStack, result: unknown): Promise<string> {
  return JSON.stringify([stack.events, result, await stack.stateText()]);
}

describe("a secret", () => {
  it(
    "is in clear nowhere: state, events, diffs, outputs",
    withStack(async (stack) => {
      for (const run of [
        () => stack.good("up", program()),
        () => stack.good("up", program(canary, 2)),
        () => stack.good("preview", program(`${canary}-changed`)),
        () => stack.good("up", program(`${canary}-changed`)),
      ]) {
        assert.ok(!(await traces(stack, await run())).includes(canary));
      }
      assert.match(JSON.stringify([...stack.service.objects.values()]), /canary/);
    }),
  );

  it(
    "is in clear in no failure",
    withStack(async (stack) => {
      await stack.good("up", program());
      stack.service.before = () => {
        throw new Error("refused");
      };
      const result = await stack.run("up", program(`${canary}-changed`));
      assert.equal(result.ok, false);
      assert.ok(!(await traces(stack, result)).includes(canary));
    }),
  );

  it(
    "is in clear in no plan, even one that an SDK reads from the environment without an envelope",
    withStack(async (stack) => {
      const result = await stack.good("plan", () => {
        new TestProvider("p", { token: canary }, {
          additionalSecretOutputs: ["token"],
        } as pulumi.ResourceOptions);
        new Thing("a", { value: pulumi.secret(canary) });
      });
      assert.ok(!JSON.stringify([result, stack.events]).includes(canary));
      assert.deepEqual(step(result, "a").diff, [{ path: "value", new: "[secret]" }]);
    }),
  );

  it(
    "stays the same from run to run, and is an update once its value changes",
    withStack(async (stack) => {
      const thing = (secret: string) => (): Thing =>
        new Thing("a", { value: pulumi.secret(secret) });
      await stack.good("up", thing("one"));
      const text = await stack.stateText();
      assert.deepEqual(steps(await stack.good("up", thing("one"))), ["same a"]);
      assert.equal(await stack.stateText(), text);
      const result = await stack.good("up", thing("two"));
      assert.deepEqual(step(result, "a").diff, [
        { path: "value", old: "[secret]", new: "[secret]" },
      ]);
    }),
  );

  it(
    "as an input makes the same output of the resource a secret",
    withStack(async (stack) => {
      const result = await stack.good("up", () => ({
        value: new Thing("a", { value: pulumi.secret("x") }).value,
        kind: new Thing("b", { kind: "k", value: pulumi.secret("x") }).kind,
      }));
      assert.deepEqual(result.outputs, {
        kind: { value: "k", secret: false },
        value: { value: "[secret]", secret: true },
      });
    }),
  );

  it(
    "as an argument of a function makes its result a secret",
    withStack(async (stack) => {
      const result = await stack.good("up", () => ({
        out: pulumi.runtime.invokeOutput("test:index:echo", { text: pulumi.secret("x") }),
      }));
      assert.deepEqual(result.outputs, { out: { value: "[secret]", secret: true } });
    }),
  );

  it(
    "stays one through refresh and a new run",
    withStack(async (stack) => {
      await stack.good("up", program());
      await stack.good("refresh");
      assert.ok(!(await stack.stateText()).includes(canary));
      assert.equal((await stack.good("up", program())).outputs["out"]?.secret, true);
    }),
  );
});

describe("the key of a state", () => {
  it(
    "is readable by its owner alone, as the state is",
    withStack(async (stack) => {
      await stack.good("up", program());
      for (const file of [stack.stateFile, `${stack.stateFile}.key`]) {
        assert.equal((await stat(file)).mode & 0o777, 0o600);
      }
    }),
  );

  it(
    "is missed, and not made anew, when it is gone",
    withStack(async (stack) => {
      await stack.good("up", program());
      const key = `${stack.stateFile}.key`;
      await rm(key);
      await assert.rejects(stack.run("up", program()), {
        name: "UserError",
        message:
          `${key}: cannot be read, and the state beside it holds secrets encrypted with this key; ` +
          "put the file back, or remove the state to begin anew",
      });
      await assert.rejects(stat(key));
    }),
  );

  it(
    "is found wrong when it is another",
    withStack(async (stack) => {
      await stack.good("up", program());
      const key = `${stack.stateFile}.key`;
      await writeFile(key, Buffer.alloc(32, 7).toString("base64"));
      await assert.rejects(stack.run("preview", program()), {
        name: "UserError",
        message:
          `${key}: does not open the secrets of the state beside it; ` +
          "put back the key that the state was written with",
      });
    }),
  );
});
