import assert from "node:assert/strict";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { SecretBox } from "../../engine/secret-box.ts";
import type { StackState } from "../../engine/state.ts";
import { UserError } from "../../rules/problems.ts";
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
        message: wrongKey(key),
      });
    }),
  );

  it(
    "is found damaged when it is too short",
    withStack(async (stack) => {
      await stack.good("up", program());
      const key = `${stack.stateFile}.key`;
      await writeFile(key, "c2hvcnQ=");
      await assert.rejects(stack.run("preview", program()), {
        name: "UserError",
        message: `${key}: is no key of 32 bytes in base64; put the key back`,
      });
    }),
  );
});

describe("a ciphertext", () => {
  for (const [what, from, to] of [
    ["property", "inputs.tags.x", "inputs.tags.y"],
    ["place in a list", "inputs.value.0", "inputs.value.1"],
    ["side of the resource", "inputs.value.0", "outputs.value.0"],
  ] as const) {
    it(
      `opens at no other ${what}`,
      withStack(async (stack) => {
        await stack.good("up", () => {
          const [x, y] = [pulumi.secret("one"), pulumi.secret("two")];
          new Thing("a", { tags: { x, y }, value: [x, y] });
        });
        const state = JSON.parse(await stack.stateText()) as StackState;
        const thing = state.resources.at(-1);
        const [one, other] = [envelopeAt(thing, from), envelopeAt(thing, to)];
        const texts = [one.ciphertext, other.ciphertext] as const;
        [other.ciphertext, one.ciphertext] = texts;
        await writeFile(stack.stateFile, JSON.stringify(state));
        await assert.rejects(stack.run("preview"), {
          name: "UserError",
          message: wrongKey(`${stack.stateFile}.key`),
        });
      }),
    );
  }

  it(
    "opens in no other resource",
    withStack(async (stack) => {
      await stack.good("up", () => {
        new Thing("a", { value: pulumi.secret("one") });
        new Thing("b", { value: pulumi.secret("two") });
      });
      const state = JSON.parse(await stack.stateText()) as StackState;
      const [a, b] = state.resources.slice(-2).map((r) => envelopeAt(r, "inputs.value"));
      assert.ok(a && b);
      a.ciphertext = b.ciphertext;
      await writeFile(stack.stateFile, JSON.stringify(state));
      await assert.rejects(stack.run("preview"), {
        name: "UserError",
        message: wrongKey(`${stack.stateFile}.key`),
      });
    }),
  );

  it(
    "is refused however it was cut, and never checked with less than its whole tag",
    withStack(async ({ folder }) => {
      const box = await SecretBox.open(join(folder, "key"), true);
      const whole = Buffer.from(box.encrypt("secret", "here"), "base64");
      assert.equal(box.decrypt(whole.toString("base64"), "here"), "secret");
      for (let length = 0; length < whole.length; length++) {
        for (const part of [whole.subarray(0, length), whole.subarray(whole.length - length)]) {
          assert.throws(() => box.decrypt(part.toString("base64"), "here"), UserError);
        }
      }
      // Node takes a tag of 4 bytes where the length is not fixed: one of 2^32 guesses then opens.
      assert.throws(
        () => box.decrypt(whole.subarray(0, 4).toString("base64"), "here"),
        ({ cause }: Error) =>
          cause instanceof Error && cause.message.includes("Invalid authentication tag length: 4"),
      );
    }),
  );
});

function wrongKey(key: string): RegExp {
  return new RegExp(
    `^${key}: does not open the secret at \\["urn:pulumi:test::slipway::.*\\] in the state beside it; ` +
      "put back the key that the state was written with or, if the state was changed by hand, a copy of the state$",
  );
}

function envelopeAt(resource: unknown, path: string): { ciphertext: string } {
  const found = path
    .split(".")
    .reduce<unknown>((value, key) => Reflect.get(value as object, key), resource);
  assert.ok(typeof found === "object" && found !== null && "ciphertext" in found, path);
  return found as { ciphertext: string };
}
