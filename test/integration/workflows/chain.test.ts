/*
 * The whole way of a change, from a pull request to published images and the nightly look, by the workflows as they are.
 */
import assert from "node:assert/strict";
import { pushPayload } from "./support/payloads.ts";
import { printTrace, jobOf } from "./support/trace.ts";
import { WorkflowStage } from "./support/workflow-stage.ts";

describe("a change on its way through the workflows", function () {
  this.timeout(10 * 60_000);
  let stage: WorkflowStage;
  before(async () => {
    stage = await WorkflowStage.begin(["almalinux-builder", "no_rocm_image_ubuntu24_04"]);
  });
  after(() => stage.remove());

  it("publishes main as a person has applied it, and changes nothing", async () => {
    const { project } = stage;
    const commit = await project.commitOf("refs/heads/main");
    const payload = pushPayload(project, "refs/heads/main", commit);
    const trace = await stage.run({ file: "up.yml", event: "push", payload });
    printTrace(trace);
    assert.equal(trace.conclusion, "success");
    assert.equal(jobOf(trace, "build").result, "skipped");
  });
});
