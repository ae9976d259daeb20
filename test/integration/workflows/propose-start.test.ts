/* Which ends of runs make the workflow of pins propose, by its own condition as GitHub judges it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { holds } from "./support/expressions.ts";
import { readWorkflow } from "./support/workflow-tree.ts";

const FILE = join(import.meta.dirname, "../../../.github/workflows/pins.yml");
const STATUS = { success: true, failure: false, cancelled: false };
/** A push to main was published. */
const ENDED = {
  ...{ conclusion: "success", event: "push", head_branch: "main" },
  ...{ path: ".github/workflows/up.yml", repository: { id: 1 }, head_repository: { id: 1 } },
};

describe("the end of a run of up", () => {
  let condition: string | undefined;
  before(async () => {
    condition = readWorkflow(await readFile(FILE, "utf8"), "pins.yml").jobs["propose"]?.if;
  });

  const proposes = (changes: object): boolean => {
    const event = { workflow_run: { ...ENDED, ...changes } };
    const contexts = {
      github: { event_name: "workflow_run", repository_id: 1, event },
      vars: { SLIPWAY_REGISTRIES: "ghcr.io" },
    };
    return holds(condition, contexts, STATUS);
  };

  for (const event of ["push", "workflow_dispatch"]) {
    for (const conclusion of ["success", "failure"]) {
      it(`has pins proposed after ${conclusion} of ${event}`, () => {
        assert.ok(proposes({ event, conclusion }));
      });
    }
  }

  for (const [what, changes] of Object.entries({
    "that was cancelled": { conclusion: "cancelled" },
    "that was skipped": { conclusion: "skipped" },
    "that waits for somebody": { conclusion: "action_required" },
    "of a pull request": { event: "pull_request" },
    "of the clock": { event: "schedule" },
    "of a release line": { head_branch: "release/2.10" },
    "of another workflow of the same name": { path: ".github/workflows/copied.yml" },
    "of a fork's branch": { head_repository: { id: 2 } },
    "of another repository": { repository: { id: 2 } },
  })) {
    it(`has none proposed for one ${what}, however else it ended`, () => {
      for (const other of [{}, { conclusion: "failure" }, { event: "workflow_dispatch" }]) {
        assert.ok(!proposes({ ...other, ...changes }));
      }
    });
  }
});
