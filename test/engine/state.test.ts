import assert from "node:assert/strict";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
    "is refused when it is damaged, of another version or of another stack",
    withStack(async (stack) => {
      await stack.good("up", () => new Thing("a"));
      const text = await stack.stateText();
      const refusals: [string, RegExp][] = [
        [text.slice(0, 40), /state\.json: is no state file \(.*\); put back a copy, or remove it$/],
        ['{"version":1}', /is no state file \(project, stack, resources and pending must all be/],
        [
          text.replace('"version": 1', '"version": 7'),
          /is a state of version 7; this Slipway reads/,
        ],
        [
          text.replace('"stack": "test"', '"stack": "main"'),
          /holds the state of stack main of slipway, not of test of slipway; give each stack/,
        ],
      ];
      for (const [bad, message] of refusals) {
        await writeFile(stack.stateFile, bad);
        await assert.rejects(stack.run("up"), { name: "UserError", message });
        assert.equal(await stack.stateText(), bad);
      }
    }),
  );
});

describe("the lock of a state", () => {
  it(
    "refuses a second run and names the first",
    withStack(async (stack) => {
      await stack.good("up", async () => {
        await assert.rejects(lockState(stack.stateFile), {
          name: "UserError",
          message: new RegExp(
            `^${stack.stateFile}: locked by process ${process.pid} on \\S+ since \\d{4}-\\d\\d-\\d\\dT.*; wait until it ends, or end it, and run this again$`,
          ),
        });
        const preview = await stack.locks();
        assert.deepEqual(preview, ["state.json.lock"]);
      });
      assert.deepEqual(await stack.locks(), []);
    }),
  );

  it(
    "does not stand in the way of a preview or of reading outputs",
    withStack(async (stack) => {
      const unlock = await lockState(stack.stateFile);
      await stack.good("preview", () => new Thing("a"));
      await unlock();
    }),
  );

  it(
    "is given back when a run cannot begin",
    withStack(async (stack) => {
      await writeFile(stack.stateFile, "damaged");
      await assert.rejects(stack.run("up"));
      assert.deepEqual(await stack.locks(), []);
    }),
  );

  it(
    "of a process that is no more is taken over, by one of those that want it",
    withStack(async (stack) => {
      const child = fork(join(import.meta.dirname, "support/lock-and-wait.ts"), [stack.stateFile]);
      await once(child, "message");
      await assert.rejects(
        lockState(stack.stateFile),
        new RegExp(`locked by process ${child.pid ?? 0} `),
      );
      await kill(child);
      await access(`${stack.stateFile}.lock`);
      const ends = await Promise.allSettled(
        Array.from({ length: 8 }, () => lockState(stack.stateFile)),
      );
      assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
      for (const end of ends) if (end.status === "fulfilled") await end.value();
      assert.deepEqual(await stack.locks(), []);
    }),
  );

  it(
    "of an earlier process with a pid that is in use again is taken over",
    withStack(async (stack) => {
      const unlock = await lockState(stack.stateFile);
      const lock = `${stack.stateFile}.lock`;
      const holder = JSON.parse(await readFile(lock, "utf8")) as { started?: string };
      await unlock();
      await writeFile(lock, JSON.stringify({ ...holder, started: "another boot:1" }));
      await (
        await lockState(stack.stateFile)
      )();
    }),
  );
});

/** Ends a child at once, as `kill -9` does. */
async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
