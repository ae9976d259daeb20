/* What each ref publishes, under which names, in which environment and by which role. */
import assert from "node:assert/strict";
import { dispatchPayload } from "./support/payloads.ts";
import { jobOf, printTrace, ran, succeeded, type WorkflowTrace } from "./support/trace.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const BUILDER = "almalinux-builder";
const TESTER = "no_rocm_image_ubuntu24_04";
const DOCKERFILE = `images/${TESTER}/Dockerfile`;
const CANDIDATE = "v2.10.0-rc1";

describe("a ref on its way through the workflow that publishes", function () {
  this.timeout(10 * 60_000);
  const stage = sharedStage();

  const rolesOf = (trace: WorkflowTrace): string[] => [
    ...new Set(
      trace.jobs.flatMap(({ roles }) => roles.map(({ arn }) => arn.split("/").at(-1) ?? "")),
    ),
  ];
  const environmentsOf = (trace: WorkflowTrace): string[] => [
    ...new Set(trace.jobs.flatMap(({ environment }) => environment ?? [])),
  ];
  const builder = (tag: string) => stage().digest("docker.io", `${BUILDER}:${tag}`);
  const tester = (tag: string) => stage().digest("ghcr.io", `${TESTER}:${tag}`);
  const change = (value: string) =>
    stage().project.edit(DOCKERFILE, (text) =>
      text.replace("WORKDIR", `ENV REF=${value}\nWORKDIR`),
    );

  it("as a release line: builds nothing, and moves its own names by the push role", async () => {
    await stage().branch("release/2.10");
    await stage().slipway("channel", "create", "release/2.10", "--from", "main");
    await stage().project.commit("Cut release 2.10");
    await stage().project.push("refs/heads/release/2.10");
    const main = await builder("cuda12.8-main");
    const trace = succeeded(await stage().pushed("refs/heads/release/2.10"));
    assert.deepEqual(ran(trace), ["plan", "up-images", "record"]);
    assert.deepEqual(environmentsOf(trace), ["docker-build"]);
    assert.deepEqual(rolesOf(trace), ["gha_workflow_docker_push"]);
    assert.ok(main !== undefined);
    assert.equal(await builder("cuda12.8-2.10"), main);
    assert.equal(await builder("cuda12.8-main"), main);
    assert.equal((await stage().imageList("release-2.10")).channel, "release/2.10");
  });

  it("as a release candidate: records its tag and moves no floating name", async () => {
    const line = await builder("cuda12.8-2.10");
    await stage().project.push(`refs/tags/${CANDIDATE}`);
    const trace = succeeded(await stage().pushed(`refs/tags/${CANDIDATE}`));
    assert.deepEqual(ran(trace), ["plan", "record"]);
    assert.deepEqual(rolesOf(trace), ["gha_workflow_docker_push"]);
    assert.equal(await builder(`cuda12.8-${CANDIDATE}`), line);
    assert.equal(await builder("cuda12.8-2.10"), line);
  });

  it("as a stage branch: builds and names by itself, with no role and no secret", async () => {
    const latest = await tester("latest");
    await stage().branch("stage/docker/try");
    await change("stage");
    await stage().project.commit("Try a variable");
    await stage().project.push("refs/heads/stage/docker/try");
    const trace = succeeded(await stage().pushed("refs/heads/stage/docker/try"));
    assert.deepEqual(ran(trace), ["plan", `build-stage (${TESTER})`, "record-stage"]);
    assert.deepEqual(environmentsOf(trace), ["docker-stage"]);
    assert.deepEqual(rolesOf(trace), []);
    assert.deepEqual(
      trace.jobs.flatMap(({ secrets }) => secrets),
      [],
    );
    assert.ok(await tester("stage-try"));
    assert.notEqual(await tester("stage-try"), latest);
    assert.equal(await tester("latest"), latest);
  });

  it("as a dispatched branch: the same under a name of its own, and nothing on a push", async () => {
    const { project } = stage();
    await stage().branch("new-compiler");
    await change("dispatch");
    await project.commit("Try another variable");
    await project.push("refs/heads/new-compiler");
    assert.equal((await stage().pushed("refs/heads/new-compiler")).conclusion, undefined);
    const payload = dispatchPayload(project, "refs/heads/new-compiler", "up.yml");
    const trace = succeeded(
      await stage().run({ file: "up.yml", event: "workflow_dispatch", payload }),
    );
    assert.deepEqual(ran(trace), ["plan", `build-stage (${TESTER})`, "record-stage"]);
    assert.deepEqual(rolesOf(trace), []);
    assert.ok(await tester("new-compiler"));
  });

  it("as a stage branch whose own workflow takes more: is refused the environment and the role", async () => {
    await stage().branch("stage/docker/greedy");
    await stage().project.edit(".github/workflows/up.yml", (text) =>
      text.replace(
        /^jobs:\n/m,
        `jobs:
  entering:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: docker-build
    steps:
      - run: env
  assuming:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: docker-stage
    permissions: { id-token: write }
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: arn:aws:iam::308535385114:role/slipway/gha_workflow_docker_push
          aws-region: us-east-1
`,
      ),
    );
    await stage().project.commit("Take more");
    await stage().project.push("refs/heads/stage/docker/greedy");
    const trace = printTrace(await stage().pushed("refs/heads/stage/docker/greedy"));
    assert.match(jobOf(trace, "entering").why ?? "", /not allowed to deploy to docker-build/);
    assert.match(jobOf(trace, "assuming").steps[0]?.log ?? "", /Not authorized to perform sts:/);
    assert.deepEqual(rolesOf(trace), []);
  });

  it("as anything else: starts nothing", async () => {
    const { project } = stage();
    await stage().branch("elsewhere");
    for (const ref of [
      "heads/release/a/b",
      "heads/release-foo",
      "heads/nightly",
      "tags/v2.10.0",
      "tags/v2.10.0-rc1-test",
    ]) {
      await project.push(`refs/${ref}`);
      assert.equal((await stage().pushed(`refs/${ref}`)).conclusion, undefined, ref);
    }
  });
});
