/*
 * Runs that meet, and runs that are killed. The images of one family are edited before, so that there is work to be
 * interrupted, and put back after.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { appliedStack, changed, STACK } from "./support/local-stack.ts";
import { filesBelow, filesWithSecrets } from "./support/secret-search.ts";

/** Edits all three images of ci-image, one of which stands on another's layers. */
const FAMILY = "ci-image";

describe("an up that does not have the stack to itself", function () {
  this.timeout(180_000);
  const stack = appliedStack();
  const first = () => stack().first.outputs;
  let revert: () => Promise<void>;

  const edit = (version: string) =>
    stack().project.edit(`images/${FAMILY}/image.yaml`, (text) =>
      text.replace("ROCM_VERSION: 7.0", `ROCM_VERSION: ${version}`),
    );
  const lock = () => join(stack().project.home, "state/local.json.lock");

  async function until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!holds()) {
      assert.ok(Date.now() < deadline, `waited for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it("is refused while another runs, which is named and not disturbed", async () => {
    const running = stack().project.spawn(["up", ...STACK, "--json"]);
    await until("the lock", () => existsSync(lock()));
    running.kill("SIGSTOP");
    const { exitCode, stdout, stderr } = await stack().slipway("up", ...STACK);
    running.kill("SIGCONT");
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      new RegExp(
        `^error: .*local\\.json: locked by process ${running.pid!} on .* since .*; wait until it ends`,
      ),
    );
    assert.doesNotMatch(`${stdout}${stderr}`, /^\s+at /m);
    assert.equal((await running).exitCode, 0);
    assert.ok(!existsSync(lock()));
  });

  it("goes on after it was killed in the middle, from what was done until then", async () => {
    revert = await edit("7.0.2");
    const running = stack().project.spawn(["up", ...STACK]);
    let printed = "";
    running.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (/~ update .*ci-image\/.*-content/.test(printed)) running.kill("SIGKILL");
    });
    assert.equal((await running).signal, "SIGKILL", printed);
    assert.ok(existsSync(lock()), "it could not give its lock back");

    const result = await stack().up();
    assert.deepEqual(result.failures, []);
    assert.ok(result.ok);
    assert.deepEqual(changed(result, "create", "replace", "delete"), []);
    const images = Object.keys(result.outputs.images[FAMILY]!);
    const updated = changed(result, "update");
    assert.ok(updated.length > 0, "there was something left to do");
    // Of each image the content, the check of its contract and the names.
    assert.ok(updated.length < 3 * images.length, `not all was done again: ${updated.join(", ")}`);
    for (const accelerator of images) {
      const [before, after] = [first(), result.outputs].map(
        ({ images }) => images[FAMILY]![accelerator]!.reference,
      );
      assert.notEqual(after, before);
    }
    await stack().assertNames(result.outputs);
    const left = await filesBelow(join(stack().project.home, "tmp"));
    assert.deepEqual(await filesWithSecrets(stack().cloud, left), [], "the killed run's logins");
    const preview = await stack().preview();
    assert.deepEqual(changed(preview, "create", "update", "replace", "delete"), []);
  });

  it("is back where it was after a revert", async () => {
    await revert();
    const result = await stack().up();
    assert.deepEqual(result.failures, []);
    assert.deepEqual(result.outputs, first());
    await stack().assertNames(first());
  });
});
