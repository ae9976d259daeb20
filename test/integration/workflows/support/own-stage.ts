import { WorkflowStage } from "./workflow-stage.ts";

/** A stage that the tests of one suite have for themselves. */
export function ownStage(...of: Parameters<typeof WorkflowStage.begin>): () => WorkflowStage {
  let stage: WorkflowStage | undefined;
  before("apply the foundation", async function () {
    this.timeout(20 * 60_000); // On a fresh machine the tools are built here.
    stage = await WorkflowStage.begin(...of);
  });
  after("remove the cloud", async function () {
    this.timeout(60_000);
    await stage?.project.remove();
  });
  return () => {
    if (stage === undefined) throw new Error("the stage is there only while tests run");
    return stage;
  };
}
