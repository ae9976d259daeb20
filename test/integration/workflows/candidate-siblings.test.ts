/*
 * What the jobs of candidate.yml make of images of which some fail, by the conditions and outputs that the file has; the steps are
 * small ones, and no cloud is there.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { holds } from "./support/expressions.ts";
import { pushPayload } from "./support/payloads.ts";
import { runWorkflow } from "./support/run-workflow.ts";
import type { Result } from "./support/trace.ts";
import { WorkflowProject } from "./support/workflow-project.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FILE = ".github/workflows/candidate.yml";
type Job = Readonly<Record<string, unknown>>;

describe("candidates of which some fail", function () {
  this.timeout(60_000);
  let project: WorkflowProject;
  let shipped: Readonly<Record<string, Job>>;
  before(async () => {
    project = await WorkflowProject.begin();
    const text = await readFile(join(ROOT, FILE), "utf8");
    ({ jobs: shipped } = parse(text) as { jobs: typeof shipped });
  });
  after(() => project.remove());

  /** Images whose build and push end well, and how the jobs of the images a and b, and what comes after, end. */
  async function run(
    built: string,
    pushed: string,
  ): Promise<Readonly<Record<string, readonly Result[]>>> {
    const machine = { "runs-on": "ubuntu-24.04", "timeout-minutes": 5 };
    const of = (name: string) => {
      const { needs, if: condition, outputs } = shipped[name] ?? {};
      return {
        ...{ ...machine, needs },
        ...(condition !== undefined && { if: condition }),
        ...(outputs !== undefined && { outputs }),
      };
    };
    const forImages = (name: string, well: string) => ({
      ...of(name),
      strategy: { "fail-fast": false, matrix: { image: ["a", "b"] } },
      env: { IMAGE: "${{ matrix.image }}", WELL: well },
      steps: [{ id: name, run: '[[ " $WELL " == *" $IMAGE "* ]]' }],
    });
    const jobs = {
      plan: {
        ...{ ...machine, outputs: { missing: "${{ steps.plan.outputs.missing }}" } },
        steps: [{ id: "plan", run: 'echo missing=true >> "$GITHUB_OUTPUT"' }],
      },
      build: forImages("build", built),
      push: forImages("push", pushed),
      propose: { ...of("propose"), steps: [{ run: "true" }] },
    };
    await mkdir(dirname(join(project.root, FILE)), { recursive: true });
    const text = stringify({ on: { push: null }, permissions: {}, jobs });
    await writeFile(join(project.root, ".github/workflows/small.yml"), text);
    const commit = await project.commit("Change a workflow");
    await project.push("refs/heads/main");
    const payload = pushPayload(project, "refs/heads/main", commit);
    const trace = await runWorkflow({ file: "small.yml", event: "push", payload, project });
    const ended: Record<string, Result[]> = {};
    for (const { id, result } of trace.jobs) (ended[id] ??= []).push(result);
    return ended;
  }

  it("are pushed and proposed without the image that did not build", async () => {
    for (const [well, first, second] of [
      ["a", "success", "failure"],
      ["b", "failure", "success"],
    ] as const) {
      assert.deepEqual(await run(well, well), {
        plan: ["success"],
        build: [first, second],
        push: [first, second],
        propose: ["success"],
      });
    }
  });

  it("are proposed where all went well, and not where nothing was pushed", async () => {
    assert.deepEqual((await run("a b", "a b"))["propose"], ["success"]);
    assert.deepEqual((await run("a b", ""))["propose"], ["skipped"]);
  });

  it("ask nobody for an approval where another commit has replaced them", () => {
    const status = { success: false, failure: false, cancelled: false };
    const pushes = (result: Result) => {
      const needs = { plan: { outputs: { missing: "true" } }, build: { result } };
      return holds(String(shipped["push"]?.["if"]), { needs }, status);
    };
    assert.deepEqual((["success", "failure", "cancelled", "skipped"] as const).map(pushes), [
      true,
      true,
      false,
      false,
    ]);
  });
});
