import assert from "node:assert/strict";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, copyFile, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockState } from "../../../engine/state-lock.ts";
import { interleave } from "../../engine/support/interleave.ts";
import { withStack } from "../../engine/support/stack.ts";
import type { TestStack } from "../../engine/support/stack.ts";
import { Thing } from "../../engine/support/things.ts";

const SUPPORT = join(import.meta.dirname, "../../engine/support");

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
      const child = fork(join(SUPPORT, "lock-and-wait.ts"), [stack.stateFile]);
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

  it(
    "is taken over by one, though some were killed while they took it over",
    withStack(async (stack) => {
      await abandon(stack, 3);
      const left = await stack.locks();
      for (let round = 0; round < 20; round++) {
        const folder = await mkdtemp(join(stack.folder, "round-"));
        for (const name of left) await copyFile(join(stack.folder, name), join(folder, name));
        const file = join(folder, "state.json");
        const ends = await Promise.allSettled(Array.from({ length: 8 }, () => lockState(file)));
        const holders = ends.filter(({ status }) => status === "fulfilled");
        assert.equal(holders.length, 1);
        for (const end of ends) if (end.status === "fulfilled") await end.value();
        assert.deepEqual(await readdir(folder), []);
      }
    }),
  );

  for (const [dead, handOver, when] of [
    [0, false, "after a killed one"],
    [0, true, "after a killed one, when the other hands it over"],
    [1, false, "after one that was killed as it took it over"],
  ] as const) {
    it(
      `is held by one, wherever one of two stops while the other goes on, ${when}`,
      withStack(async (stack) => {
        await abandon(stack, dead);
        const left = await stack.locks();
        const outcomes = new Set<string>();
        let rounds = 0;
        for (let firstStop = 0, reached = true; reached; firstStop++) {
          reached = false;
          for (let secondStop = 0, inside = true; inside; secondStop++) {
            const folder = await mkdtemp(join(stack.folder, "round-"));
            for (const name of left) await copyFile(join(stack.folder, name), join(folder, name));
            const round = await interleave(
              join(folder, "state.json"),
              firstStop,
              secondStop,
              handOver,
            );
            assert.ok(round.held.length <= 1, `both hold it: ${firstStop}, ${secondStop}`);
            if (round.held.length === 1) {
              const third = lockState(join(folder, "state.json"));
              await assert.rejects(third, { name: "UserError" }, "a third gets it");
              await round.held[0]?.();
            }
            assert.deepEqual(await readdir(folder), []);
            outcomes.add(String(round.held.length));
            reached ||= round.firstStopped;
            inside = round.secondStopped;
            rounds++;
          }
        }
        assert.ok(outcomes.has("1"));
        assert.ok(rounds > 20, `${rounds} rounds`);
      }),
    );
  }

  it(
    "that a stop of the machine left empty is taken over",
    withStack(async (stack) => {
      await writeFile(`${stack.stateFile}.lock`, "");
      const unlock = await lockState(stack.stateFile);
      await assert.rejects(lockState(stack.stateFile), { name: "UserError" });
      await unlock();
      assert.deepEqual(await stack.locks(), []);
    }),
  );
});

/** Leaves the lock of a killed process, and as many claims to it of processes that were killed as they took it over. */
async function abandon(stack: TestStack, claims: number): Promise<void> {
  for (let n = 0; n <= claims; n++) {
    const script = n === 0 ? "lock-and-wait.ts" : "die-taking-over.ts";
    const child = fork(join(SUPPORT, script), [stack.stateFile]);
    const exit = once(child, "exit");
    if (n === 0) await once(child, "message").then(() => child.kill("SIGKILL"));
    assert.deepEqual(await exit, [null, "SIGKILL"]);
  }
}

/** Ends a child at once, as `kill -9` does. */
async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
