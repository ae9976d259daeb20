/*
 * The whole way of a change, from a pull request to published images and the nightly look, by the workflows as they are.
 * Each test goes on where the one before ended.
 */
import assert from "node:assert/strict";
import { credentialsOf } from "./support/credentials.ts";
import { schedulePayload } from "./support/payloads.ts";
import { jobOf, logOf, printTrace, ran, succeeded, type WorkflowTrace } from "./support/trace.ts";
import type { PullRequestCommits } from "./support/workflow-project.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const CATALOGUE = "images/almalinux-builder/image.yaml";
const DOCKERFILE = "images/no_rocm_image_ubuntu24_04/Dockerfile";
const LAST_CUDA = /^( {2}cuda13\.0: .*)$/m;
const NIGHTLY = "23 4 * * *";
const NEW = ["almalinux-builder/cuda13.2", "no_rocm_image_ubuntu24_04"];

describe("a change on its way through the workflows", function () {
  this.timeout(10 * 60_000);
  const stage = sharedStage();
  let pullRequest: PullRequestCommits;

  const drift = async (): Promise<WorkflowTrace> => {
    const payload = schedulePayload(stage().project, NIGHTLY);
    return printTrace(await stage().run({ file: "drift.yml", event: "schedule", payload }));
  };

  it("publishes main as a person has applied it, and builds and changes nothing", async () => {
    const trace = succeeded(await stage().pushed("refs/heads/main"));
    assert.deepEqual(ran(trace), ["plan", "up-foundation", "record"]);
    assert.match(logOf(jobOf(trace, "up-foundation"), "Apply"), /\d+ unchanged/);
  });

  it("shows on a pull request what it would change, with no credential", async () => {
    const { project } = stage();
    await stage().branch("topic");
    await project.edit(CATALOGUE, (text) =>
      text.replace(LAST_CUDA, (line) => `${line}\n${line.replaceAll("13.0", "13.2")}`),
    );
    await project.edit(DOCKERFILE, (text) => text.replace("WORKDIR", "ENV ROUND=1\nWORKDIR"));
    // The list of images in up.yml follows from the catalogue.
    await stage().slipway("workflows", "check", "--write");
    await project.commit("Add CUDA 13.2");
    await project.push("refs/heads/topic");
    pullRequest = await stage().openPullRequest("origin", "topic", { title: "Add CUDA 13.2" });
    const { plan, comment } = await stage().planAndComment(pullRequest);
    succeeded(plan);
    assert.deepEqual(await credentialsOf(plan, stage().hosting), []);
    succeeded(comment);
    const comments = await stage().comments(pullRequest.number);
    assert.deepEqual(
      comments.map(({ user }) => user),
      ["github-actions[bot]"],
    );
    const body = comments[0]?.body ?? "";
    for (const image of NEW) assert.ok(body.includes(image), `${image} in\n${body}`);
  });

  it("edits its one comment when more is pushed", async () => {
    const { project } = stage();
    const [before] = await stage().comments(pullRequest.number);
    await project.edit(DOCKERFILE, (text) => text.replace("ROUND=1", "ROUND=2"));
    await project.commit("Try again");
    await project.push("refs/heads/topic");
    pullRequest = await stage().updatePullRequest(pullRequest.number, "origin", "topic");
    const { plan, comment } = await stage().planAndComment(pullRequest, "synchronize");
    succeeded(plan);
    succeeded(comment);
    const [after, ...others] = await stage().comments(pullRequest.number);
    assert.deepEqual(others, []);
    assert.equal(after?.id, before?.id);
    assert.notEqual(after?.body, before?.body);
  });

  it("builds what is missing after the merge and nothing else, applies and records it", async () => {
    const commit = await stage().project.merge(pullRequest);
    const trace = succeeded(await stage().pushed("refs/heads/main"));
    assert.deepEqual(ran(trace), [
      "plan",
      "promote",
      ...NEW.map((image) => `build (${image})`),
      "up-foundation",
      "record",
    ]);
    const roles = Object.fromEntries(
      trace.jobs.map(({ name, roles: [role] }) => [name, role?.arn.split("/").at(-1)]),
    );
    assert.equal(roles["plan"], undefined);
    assert.equal(roles["up-foundation"], "gha_workflow_slipway_deploy");
    assert.equal(roles["record"], "gha_workflow_docker_push");
    const list = await stage().imageList("main");
    assert.equal(list.commit, commit);
    for (const [family = "", accelerator = "default"] of NEW.map((image) => image.split("/"))) {
      const image = list.families[family]?.images[accelerator];
      assert.ok(image, `${family}/${accelerator}`);
      assert.equal(image.commit, commit);
      const registry = family === "almalinux-builder" ? "docker.io" : "ghcr.io";
      const names =
        accelerator === "default"
          ? ["latest", "main", commit]
          : [accelerator, `${accelerator}-main`, `${accelerator}-${commit}`];
      for (const name of names) {
        assert.equal(await stage().digest(registry, `${family}:${name}`), image.digest, name);
      }
    }
  });

  it("finds everything as declared in the night, and opens no issue", async () => {
    assert.equal((await drift()).conclusion, "success");
    assert.deepEqual(await stage().issues(), []);
  });

  it("tells in one issue of what somebody changed by hand, and closes it once that is repaired", async () => {
    await stage().github.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
      ...{ owner: "pytorch", repo: "pytorch", environment_name: "gpu-benchmarks" },
      ...{ wait_timer: 0, reviewers: null },
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    assert.equal(jobOf(await drift(), "tell").result, "success");
    const [issue, ...others] = await stage().issues();
    assert.deepEqual([issue?.state, others], ["open", []]);
    assert.match(issue?.body ?? "", /gpu-benchmarks/);
    succeeded(await stage().pushed("refs/heads/main"));
    assert.equal((await drift()).conclusion, "success");
    const after = await stage().issues();
    assert.deepEqual(
      after.map(({ number, state }) => [number, state]),
      [[issue?.number, "closed"]],
    );
  });
});
