import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { lockState } from "../../engine/state-lock.ts";
import { Thing } from "./support/things.ts";
import { withStack } from "./support/stack.ts";
import type { TestStack } from "./support/stack.ts";

interface StateText {
  resources: { urn: string; outputs: Record<string, unknown> }[];
}

async function readState(stack: TestStack): Promise<StateText> {
  return JSON.parse(await stack.stateText()) as StateText;
}

interface Loose {
  version?: unknown;
  pending: Record<string, unknown>[];
  resources: Record<string, unknown>[];
}

function changed(text: string, change: (state: Loose) => void): string {
  const state = JSON.parse(text) as Loose;
  change(state);
  return JSON.stringify(state);
}

/** Each is made of a whole file; its second resource is a thing with a secret. */
const damages: [string, (text: string) => string, RegExp][] = [
  ["empty", () => "", /is no state file \(Unexpected end of JSON input\); put back a copy, or rem/],
  ["cut off", (text) => text.slice(0, -40), /state\.json: is no state file \(.*JSON.*\); put back/],
  [
    "a list",
    () => "[]",
    /  the whole file: Invalid input: expected object, received array\nIt is no/,
  ],
  [
    "null",
    () => "null",
    /  the whole file: Invalid input: expected object, received null\nIt is no/,
  ],
  [
    "no version",
    (text) => changed(text, (state) => delete state.version),
    /  version: Invalid input/,
  ],
  [
    "a pending creation without inputs",
    (text) =>
      changed(text, (state) => {
        state.pending = [{ urn: "urn:pulumi:test::slipway::test:index:Thing::b" }];
      }),
    /  pending\[0\]\.inputs: Invalid input: expected record, received undefined\n/,
  ],
  [
    "a pending creation that is no object",
    (text) => changed(text, (state) => Object.assign(state, { pending: [null] })),
    /  pending\[0\]: Invalid input: expected object, received null\n/,
  ],
  [
    "a resource without a URN",
    (text) => changed(text, ({ resources }) => delete resources[1]?.["urn"]),
    /  resources\[1\]\.urn: Invalid input: expected string, received undefined\n/,
  ],
  [
    "a secret without its ciphertext",
    (text) => text.replace(/"ciphertext"/, '"cipher"'),
    /  resources\[1\]\.inputs\.value: a secret without a ciphertext\n/,
  ],
  [
    "a secret in clear beside its ciphertext",
    (text) => text.replace(/"ciphertext"/, '"value": "s", "ciphertext"'),
    /  resources\[1\]\.inputs\.value: a secret without a ciphertext\n/,
  ],
];

/** A run ends with the error, and the file stays as it is. */
async function refuses(stack: TestStack, bad: string, message: RegExp): Promise<void> {
  await writeFile(stack.stateFile, bad);
  await assert.rejects(stack.run("up"), { name: "UserError", message });
  assert.equal(await stack.stateText(), bad);
}

describe("the state file", () => {
  it(
    "holds each resource as soon as it is made",
    withStack(async (stack) => {
      const seen: string[][] = [];
      stack.service.before = async (call) => {
        if (call === "create a") return;
        const { resources } = await readState(stack);
        seen.push(resources.map(({ urn }) => urn.split("::")[3] ?? ""));
      };
      await stack.good("up", () => {
        const a = new Thing("a");
        const b = new Thing("b", {}, { dependsOn: a });
        new Thing("c", {}, { dependsOn: b });
      });
      assert.deepEqual(seen, [
        ["slipway-test", "a"],
        ["slipway-test", "a", "b"],
      ]);
      assert.deepEqual(await readdir(stack.folder), ["state.json", "state.json.key"]);
    }),
  );

  it(
    "is rid of what killed writers left beside it when a run holds its lock, and of nothing else",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a"));
      const others = [
        "other.json.1740414838",
        "state.json.17.bak",
        "state.json.old",
        "xstate.json.1",
      ];
      const left = ["state.json.1740414838", "state.json.7"];
      for (const name of [...others, ...left]) await writeFile(join(stack.folder, name), "{}");
      await stack.good("preview", () => new Thing("a"));
      const own = ["state.json", "state.json.key"];
      const names = async (): Promise<string[]> => (await readdir(stack.folder)).sort();
      assert.deepEqual(await names(), [...own, ...others, ...left].sort());

      const unlock = await lockState(stack.stateFile);
      await assert.rejects(stack.run("up"), /locked by process/);
      await unlock();
      assert.deepEqual(await names(), [...own, ...others, ...left].sort());

      await stack.good("up", () => new Thing("a"));
      assert.deepEqual(await names(), [...own, ...others].sort());
    }),
  );

  it(
    "is refused when it is of another version or of another stack",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a"));
      const text = await stack.stateText();
      await refuses(
        stack,
        text.replace('"version": 2', '"version": 1'),
        /state\.json: is a state of version 1, and this Slipway reads version 2; use the Slipway that wrote it, or remove the file: the stack then begins anew$/,
      );
      await refuses(
        stack,
        text.replace('"stack": "test"', '"stack": "main"'),
        /holds the state of stack main of slipway, not of test of slipway; give each stack/,
      );
    }),
  );

  for (const [what, damage, message] of damages) {
    it(
      `is refused when it is damaged: ${what}`,
      withStack(async (stack) => {
        await stack.good("up", () => {
          new Thing("a", { value: pulumi.secret("s") });
        });
        await refuses(stack, damage(await stack.stateText()), message);
      }),
    );
  }

  it(
    "is refused with all that is wrong in it",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a"));
      const bad = changed(await stack.stateText(), ({ resources: [first, second] }) => {
        delete first?.["outputs"];
        Object.assign(second ?? {}, { dependencies: "a", extra: 1 });
      });
      await writeFile(stack.stateFile, bad);
      const message = [
        `${stack.stateFile}: 3 problems`,
        "  resources[0].outputs: Invalid input: expected record, received undefined",
        '  resources[1]: Unrecognized key: "extra"',
        "  resources[1].dependencies: Invalid input: expected array, received string",
        "It is no state file; put back a copy, or remove it: the stack then begins anew",
      ].join("\n");
      await assert.rejects(stack.run("up"), { name: "UserError", message });
    }),
  );

  it(
    "is refused when it cannot be read",
    withStack(async (stack) => {
      await mkdir(stack.stateFile);
      await assert.rejects(stack.run("preview"), {
        name: "UserError",
        message: /state\.json: cannot be read \(EISDIR.*\); make it a file that you may read$/,
      });
    }),
  );
});
