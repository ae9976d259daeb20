import assert from "node:assert/strict";
import { waitForImage, type WaitParts } from "../../../cli/publishing/image-lookup-wait.ts";
import { type ListedRun, Trouble } from "../../../cli/publishing/workflow-runs.ts";

const commit = "c".repeat(40);
const image = { name: "ghcr.io/o/f:cpu-k1", commit, build: "slipway build --missing" };
const digest = `sha256:${"1".repeat(64)}`;

const run = (more: Partial<ListedRun> = {}): ListedRun => ({
  ...{ id: 7, event: "push", status: "in_progress", conclusion: undefined },
  url: "https://github.com/o/r/actions/runs/7",
  ...more,
});
const ended = (conclusion: string, more: Partial<ListedRun> = {}): ListedRun =>
  run({ status: "completed", conclusion, ...more });

/** What the world looks like, by the seconds since the wait began. */
interface World {
  readonly runs?: (second: number) => readonly ListedRun[];
  readonly digest?: (second: number) => string | undefined;
  readonly refusal?: string;
}

interface Outcome {
  readonly digest?: string;
  readonly error?: string;
  /** Seconds of the made-up clock. */
  readonly seconds: number;
  /** How often GitHub was asked. */
  readonly asked: number;
  readonly lines: readonly string[];
}

/** Waits on a clock of its own, which only sleeping moves. */
async function wait(world: World, minutes = 30): Promise<Outcome> {
  let now = 0;
  let asked = 0;
  const lines: string[] = [];
  const parts: WaitParts = {
    refusal: world.refusal,
    say: (line) => lines.push(line),
    clock: { now: () => now, sleep: async (milliseconds) => void (now += milliseconds) },
    lookUp: async () => world.digest?.(now / 1000),
    runs: async () => {
      asked += 1;
      return world.runs?.(now / 1000) ?? [];
    },
  };
  const told = () => ({ seconds: now / 1000, asked, lines });
  try {
    return { digest: await waitForImage(image, minutes, parts), ...told() };
  } catch (error) {
    assert.ok(error instanceof Error && error.name === "UserError", String(error));
    return { error: error.message, ...told() };
  }
}

describe("waiting for an image", () => {
  it("ends with the image, soon after it is there, while its run goes on", async () => {
    const outcome = await wait({
      runs: () => [run()],
      digest: (second) => (second >= 300 ? digest : undefined),
    });
    assert.equal(outcome.digest, digest);
    assert.ok(outcome.seconds >= 300 && outcome.seconds <= 340, `${outcome.seconds} s`);
    assert.match(outcome.lines[0] ?? "", /run 7 of up\.yml is in progress: https:/);
  });

  it("waits through every state of a run that is not over", async () => {
    const states = ["requested", "queued", "pending", "waiting", "in_progress"];
    const outcome = await wait({
      runs: (second) => [run({ status: states[Math.floor(second / 60)] ?? "in_progress" })],
      digest: (second) => (second >= 360 ? digest : undefined),
    });
    assert.equal(outcome.digest, digest);
    for (const state of states) {
      const words = state.replaceAll("_", " ");
      assert.ok(
        outcome.lines.some((line) => line.includes(`is ${words}`)),
        state,
      );
    }
  });

  it("fails at once when the run failed, was cancelled or ran out of time", async () => {
    for (const conclusion of ["failure", "cancelled", "timed_out"]) {
      const outcome = await wait({ runs: () => [ended(conclusion)] });
      assert.equal(outcome.seconds, 0);
      assert.match(outcome.error ?? "", new RegExp(`ended: ${conclusion.replaceAll("_", " ")}`));
      assert.match(outcome.error ?? "", /https:.*slipway build --missing/);
    }
  });

  it("fails at once when the run succeeded without the image", async () => {
    const outcome = await wait({ runs: () => [ended("success")] });
    assert.equal(outcome.seconds, 0);
    assert.match(outcome.error ?? "", /succeeded without it/);
  });

  it("takes what the last moment of a run made", async () => {
    let looked = 0;
    const outcome = await wait({
      runs: () => [ended("success")],
      digest: () => (looked++ === 0 ? digest : undefined),
    });
    assert.equal(outcome.digest, digest);
  });

  it("follows another run for the commit when one failed", async () => {
    const outcome = await wait({
      runs: () => [run({ id: 8 }), ended("failure")],
      digest: (second) => (second >= 60 ? digest : undefined),
    });
    assert.equal(outcome.digest, digest);
  });

  it("gives a run a minute to appear", async () => {
    const late = await wait({
      runs: (second) => (second >= 50 ? [run()] : []),
      digest: (second) => (second >= 200 ? digest : undefined),
    });
    assert.equal(late.digest, digest);
    const never = await wait({});
    assert.match(never.error ?? "", /no run of up\.yml for c{40}, and none will come/);
    assert.ok(never.seconds >= 60 && never.seconds < 75, `${never.seconds} s`);
  });

  it("waits for no run of a ref that publishes nothing, unless there is one", async () => {
    const refusal = "refs/pull/1/merge is none of main";
    const none = await wait({ refusal });
    assert.equal(none.seconds, 0);
    assert.match(none.error ?? "", /none will come: refs\/pull\/1\/merge is none of main/);
    const one = await wait({
      refusal,
      runs: () => [run()],
      digest: (second) => (second >= 30 ? digest : undefined),
    });
    assert.equal(one.digest, digest);
  });

  it("fails at the limit, and tells how things stand", async () => {
    const outcome = await wait({ runs: () => [run()] }, 20);
    assert.equal(outcome.seconds, 20 * 60);
    assert.match(outcome.error ?? "", /not there after 20 min; run 7 of up\.yml is in progress/);
  });

  it("asks less and less often, and still says every minute or so that it waits", async () => {
    const { asked, lines } = await wait({ runs: () => [run()] }, 120);
    assert.ok(asked < 160, `${asked} questions in two hours`);
    assert.ok(lines.length >= 50, `${lines.length} lines in two hours`);
  });

  it("lets troubles pass for as long as it was told to wait", async () => {
    const passing = await wait(
      {
        runs: (second) => {
          if (second < 50 * 60) throw new Trouble("GitHub does not answer");
          return [run()];
        },
        digest: (second) => (second >= 55 * 60 ? digest : undefined),
      },
      60,
    );
    assert.equal(passing.digest, digest);
    const lasting = await wait(
      {
        digest: () => {
          throw new Trouble("the registry does not answer");
        },
      },
      60,
    );
    assert.equal(lasting.seconds, 3600);
    assert.match(
      lasting.error ?? "",
      /is not there after 60 min; the registry does not answer\. Wait longer/,
    );
  });

  it("leaves a service alone for as long as it asks, within the limit", async () => {
    const asked: number[] = [];
    const outcome = await wait({
      runs: (second) => {
        asked.push(second);
        if (second === 0) throw new Trouble("GitHub limits", 400_000);
        return [run()];
      },
      digest: (second) => (second > 0 ? digest : undefined),
    });
    assert.deepEqual(asked, [0, 400]);
    assert.equal(outcome.digest, digest);
    const limited = await wait(
      {
        runs: () => {
          throw new Trouble("GitHub limits", 3_600_000);
        },
      },
      10,
    );
    assert.equal(limited.seconds, 600);
  });
});
