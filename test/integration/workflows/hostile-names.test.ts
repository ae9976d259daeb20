/* Names of branches and tags and the texts of events, as hostile as git and GitHub let them be: nothing of them runs. */
import assert from "node:assert/strict";
import { assertUntouched, CANARY, INJECTIONS, runsFolder } from "./support/canary.ts";
import { credentialsOf } from "./support/credentials.ts";
import {
  dispatchPayload,
  type Payload,
  pullRequestPayload,
  workflowRunPayload,
} from "./support/payloads.ts";
import { jobOf, logOf, printTrace, ran, succeeded, type WorkflowTrace } from "./support/trace.ts";
import type { PullRequestCommits } from "./support/workflow-project.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const TESTER = "no_rocm_image_ubuntu24_04";
const DOCKERFILE = `images/${TESTER}/Dockerfile`;
/** What a person may write on GitHub that git takes in no name. */
const TEXT = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `"; touch ${CANARY} #`,
  "EOF",
  "::set-output name=code::true",
  "##[add-path]/tmp",
  "\u001b[31mred\u001b[0m\u202e",
  "@everyone <img src=x onerror=alert(1)> [a](javascript:b) -->",
].join("\n");
/** Of a branch: what means something to GitHub, Markdown or a page, and to a file of outputs. */
const MARKS =
  "@everyone/#1/<img/src=x/onerror=alert(1)>/-->/__x__/code<<EOF/code=true/%0Acode=true/\u202eeman";
const LONG = "a".repeat(200);

describe("hostile names", function () {
  this.timeout(5 * 60_000);
  const stage = sharedStage();

  const untouched = async (trace: WorkflowTrace): Promise<WorkflowTrace> => {
    await assertUntouched(trace, runsFolder(stage().project));
    return trace;
  };
  /** Runs both workflows, with the text in every field of their events that takes one. */
  const planAndComment = async (opened: PullRequestCommits) => {
    const { project } = stage();
    const { pull_request, ...event } = pullRequestPayload(project, opened, { title: TEXT });
    const more = { body: TEXT, labels: [{ name: TEXT }], milestone: { title: TEXT } };
    const payload = { ...event, pull_request: { ...pull_request!, ...more } };
    const plan = await stage().run({ file: "plan.yml", event: "pull_request", payload });
    const { head } = opened;
    const { workflow_run, ...rest } = workflowRunPayload(project, {
      ...{ id: plan.runId, conclusion: plan.conclusion ?? "failure" },
      ...{ headBranch: head.ref, headSha: head.sha, headRepository: head.repository },
    });
    const texts = { display_title: TEXT, head_commit: { message: TEXT, author: { name: TEXT } } };
    const ended = { ...rest, workflow_run: { ...workflow_run!, ...texts } };
    const call = { file: "comment.yml", event: "workflow_run", payload: ended };
    return { plan, comment: await stage().run(call) };
  };
  /** Pushes main as it is, or changed, to a ref. */
  const push = async (ref: string, change?: string): Promise<void> => {
    await stage().branch("hostile");
    if (change !== undefined) {
      await stage().project.edit(DOCKERFILE, (text) =>
        text.replace("WORKDIR", `ENV HOSTILE=${change}\nWORKDIR`),
      );
      await stage().project.commit(TEXT);
    }
    await stage().project.push(ref);
  };

  for (const [where, injection] of Object.entries(INJECTIONS)) {
    it(`of a pull request's branch run nothing ${where}`, async () => {
      const head = `x${injection}/${MARKS}`;
      await push(`refs/heads/${head}`, where.length.toString());
      const opened = await stage().openPullRequest("origin", head, { title: TEXT });
      const { plan, comment } = await planAndComment(opened);
      for (const trace of [plan, comment]) await untouched(succeeded(trace));
      assert.deepEqual(await credentialsOf(plan, stage().hosting), []);
      assert.deepEqual(jobOf(plan, "plan").outputs, { code: "false" });
      const [{ body } = { body: "" }, ...others] = await stage().comments(opened.number);
      assert.deepEqual(others, []);
      assert.doesNotMatch(body, /canary|everyone|<img|javascript|EOF/);
    });

    it(`of a stage branch run nothing ${where}`, async () => {
      const ref = `refs/heads/stage/docker/${injection}/${MARKS}`;
      await push(ref);
      const commit = await stage().project.commitOf(ref);
      const payload = { ...dispatchPayload(stage().project, ref, "up.yml"), after: commit };
      const results = { "build-stage": "skipped", "record-stage": "skipped" } as const;
      const trace = await untouched(
        succeeded(await stage().run({ file: "up.yml", event: "push", payload, results })),
      );
      assert.deepEqual(ran(trace), ["plan"]);
      const { outputs } = jobOf(trace, "plan");
      assert.partialDeepStrictEqual(outputs, { stack: "main", environment: "docker-stage" });
      assert.equal(outputs["apply"], "nothing");
    });
  }

  it("of a stage branch build and record like any other, under a name that a registry takes", async () => {
    const ref = `refs/heads/stage/docker/${Object.values(INJECTIONS).join("")}${LONG}`.slice(
      0,
      250,
    );
    await push(ref, "stage");
    const before = new Set((await stage().digests("ghcr.io", TESTER)).keys());
    const trace = await untouched(succeeded(await stage().pushed(ref)));
    assert.deepEqual(ran(trace), ["plan", `build-stage (${TESTER})`, "record-stage"]);
    assert.deepEqual(
      trace.jobs.flatMap(({ roles, secrets }) => [...roles, ...secrets]),
      [],
    );
    const made = [...(await stage().digests("ghcr.io", TESTER)).keys()].filter(
      (name) => !before.has(name),
    );
    assert.ok(made.length > 0);
    for (const name of made) assert.match(name, /^[\w.-]{1,128}$/);
  });

  it("of a release line without a stack end the run, with no command to paste", async () => {
    for (const injection of Object.values(INJECTIONS)) {
      const line = `release/2.10${injection}`;
      await push(`refs/heads/${line}`);
      const trace = await untouched(printTrace(await stage().pushed(`refs/heads/${line}`)));
      assert.deepEqual([trace.conclusion, ran(trace)], ["failure", ["plan"]]);
      const log = logOf(jobOf(trace, "plan"), "Decide");
      assert.match(log, /^error: no stack is of pytorch\/pytorch, channel release\/2\.10/m);
      assert.doesNotMatch(log, /slipway channel create/);
    }
  });

  it("that only look like a candidate start nothing", async () => {
    for (const injection of Object.values(INJECTIONS)) {
      const candidate = `refs/tags/v2.10.0-rc1${injection}`;
      await push(candidate);
      assert.equal((await stage().pushed(candidate)).conclusion, undefined);
    }
  });

  it("of a tag that somebody dispatches publish nothing", async () => {
    const ref = `refs/tags/${INJECTIONS["in words or double quotes"]}/${MARKS}`;
    await push(ref);
    const payload = dispatchPayload(stage().project, ref, "up.yml");
    const trace = await stage().run({ file: "up.yml", event: "workflow_dispatch", payload });
    assert.deepEqual(ran(await untouched(succeeded(trace))), ["plan"]);
  });

  it("do nothing in the look for drift, and from another branch start no job of it", async () => {
    const { project } = stage();
    const ref = `refs/heads/${INJECTIONS["in words or double quotes"]}/${MARKS}`;
    await push(ref);
    const run = async (from: string, hostile: Partial<Payload> = { action: TEXT }) => {
      const payload: Payload = { ...dispatchPayload(project, from, "drift.yml"), ...hostile };
      const results = { "real-base": "skipped" } as const;
      const call = { file: "drift.yml", event: "workflow_dispatch", payload, results };
      return stage().run(call);
    };
    // GitHub itself refuses a dispatch with inputs that the workflow does not declare.
    const inputs = { stack: TEXT, [TEXT]: TEXT };
    assert.equal((await run("refs/heads/main", { inputs })).conclusion, undefined);
    const elsewhere = await untouched(await run(ref));
    assert.deepEqual([elsewhere.conclusion, ran(elsewhere)], ["skipped", []]);
    const jobs = ran(await untouched(succeeded(await run("refs/heads/main"))));
    for (const job of ["look", "tell"]) assert.ok(jobs.includes(job), job);
  });
});
