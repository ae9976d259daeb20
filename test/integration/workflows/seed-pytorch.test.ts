/*
 * PyTorch's builder images, event by event, held against what the workflow does that this replaces. Its file is
 * https://github.com/pytorch/pytorch/blob/main/.github/workflows/build-almalinux-images.yml as of November 2025, whose lines
 * are named here; which names it pushes, the action of line 42 says. T is an accelerator, C a commit, KEY what stands for the
 * content: there the tree of `.ci/docker`, here the content key. Each test goes on where the one before ended.
 */
import assert from "node:assert/strict";
import { EventTable, type EventThere, onlyThere } from "./support/event-table.ts";
import { ownStage } from "./support/own-stage.ts";
import { dispatchPayload, pullRequestPayload, pushPayload } from "./support/payloads.ts";
import { jobOf, printTrace, succeeded, type WorkflowTrace } from "./support/trace.ts";

const FAMILY = "almalinux-builder";
/** Line 39. */
const ACCELERATORS = ["cuda12.6", "cuda12.8", "cuda12.9", "cuda13.0", "rocm7.0", "rocm7.1", "cpu"];
const CATALOGUE = `images/${FAMILY}/image.yaml`;
const SCRIPTS = `local/stand-ins/scripts/${FAMILY}`;
const MAIN = "refs/heads/main";
const CANDIDATE = "v2.10.0-rc1";

const PUBLISHED_BY = {
  main: ["docker-build: gha_workflow_docker_push", "docker-deploy: gha_workflow_slipway_deploy"],
  others: ["docker-build: gha_workflow_docker_push"],
};
const WITHOUT_RIGHTS = "no environment: no role";

const ON_DOCKER_HUB = ["docker.io T", "docker.io T-C", "docker.io T-KEY"];
/** What the workflow there does for each event. */
const THERE = {
  pullRequest: {
    names: ["ecr T-KEY"],
    how: "all seven built and pushed to ECR by the right of the machine, in no environment (17, 35)",
    better: "a pull request pushes nothing; it is told which one image would be built",
  },
  main: {
    names: ["ecr T-KEY", "docker.io T-main", ...ON_DOCKER_HUB],
    how: "all seven built, in docker-build (26, 35)",
    better: "one image built, for one CUDA version was changed; the names of the others stay",
  },
  release: {
    names: ["ecr T-KEY", "docker.io T-2.10", ...ON_DOCKER_HUB],
    how: "all seven built, in docker-build (26, 35)",
    better: "a release line moves no name of main's; a commit's name comes from main alone",
  },
  candidate: {
    names: ["ecr T-KEY", `docker.io T-${CANDIDATE}`, ...ON_DOCKER_HUB],
    how: "all seven built, since a tag has no paths: (13), in docker-build (26, 35)",
    better: "a candidate builds nothing that is there and moves no floating name",
  },
  dispatch: {
    names: ["ecr T-KEY"],
    how: "all seven built and pushed to ECR, in no environment (4, 26: push alone)",
    better: "no workflow that publishes can be dispatched",
  },
  elsewhere: {
    names: [],
    how: "not started (6-8), though 26 and 35 would publish release-foo, and any branch that ends in /main would write T-main",
    better: "the filter and the rule that decides come from one table",
  },
  newer: {
    names: ["ecr T-KEY", "docker.io T-main", ...ON_DOCKER_HUB],
    how: "beside the older run, since the group is the commit (29)",
    better: "the runs of a ref take turns",
  },
  older: {
    names: ["ecr T-KEY", "docker.io T-main", ...ON_DOCKER_HUB],
    how: "T and T-main go back when it ends last (29)",
    better: "the commit is known to be older: no name goes back",
  },
  broken: {
    names: ["ecr T-KEY", "docker.io T-main", ...ON_DOCKER_HUB],
    how: "of those that ended before the one that failed; the rest are cancelled (37: fail-fast by default)",
    better: "the six others get their names, the broken one keeps its old ones, the run is red",
  },
  healed: {
    names: ["ecr T-KEY", "docker.io T-main", ...ON_DOCKER_HUB],
    how: "all seven built",
    better: "two images built, those that the repaired script is of",
  },
} as const satisfies Record<string, EventThere>;

describe("PyTorch's builder images, event by event", function () {
  this.timeout(5 * 60_000);
  const stage = ownStage([FAMILY]);
  const events = new EventTable(stage, {
    families: [FAMILY],
    registries: ["ecr", "docker.io"],
    accelerators: ACCELERATORS,
  });

  after(() => {
    console.log(events.text());
  });

  const floating = (accelerator: string, suffix = "") =>
    stage().digest("docker.io", `${FAMILY}:${accelerator}${suffix}`);
  const ended = (traces: readonly WorkflowTrace[]) => traces.map(({ conclusion }) => conclusion);
  const allFloating = async () =>
    Object.fromEntries(
      await Promise.all(ACCELERATORS.map(async (one) => [one, await floating(one, "-main")])),
    ) as Record<string, string | undefined>;
  /** Another version of cuDNN for one CUDA version. */
  const changeCuda = (version: string, cudnn: string) =>
    stage().project.edit(CATALOGUE, (text) =>
      text.replace(
        new RegExp(`^(  cuda${version}: .*CUDNN_VERSION: )[^,]+`, "m"),
        (_all, before: string) => before + cudnn,
      ),
    );
  const commitTo = async (ref: string, message: string): Promise<string> => {
    const commit = await stage().project.commit(message);
    await stage().project.push(ref);
    return commit;
  };
  /** Runs the workflow for a commit that was pushed to main, of which there may be later ones. */
  const pushedMain = (commit: string): Promise<WorkflowTrace> =>
    stage().run({
      ...{ file: "up.yml", event: "push" },
      payload: pushPayload(stage().project, MAIN, commit),
    });

  it("pull request: nothing is pushed, and nothing may be", async () => {
    await stage().branch("topic");
    await changeCuda("12\\.8", "9.8.0.88");
    await commitTo("refs/heads/topic", "Take another cuDNN");
    const pullRequest = await stage().openPullRequest("origin", "topic");
    const here = await events.add("pull request", THERE.pullRequest, async () => {
      const { plan, comment } = await stage().planAndComment(pullRequest);
      const payload = pullRequestPayload(stage().project, pullRequest);
      const up = await stage().run({ file: "up.yml", event: "pull_request", payload });
      assert.equal(up.conclusion, undefined);
      return [succeeded(plan), succeeded(comment)];
    });
    assert.deepEqual(here.names, {});
    assert.deepEqual(here.rights, [WITHOUT_RIGHTS]);
    assert.deepEqual(onlyThere(THERE.pullRequest, here), ["ecr T-KEY"]);
    const [comment] = await stage().comments(pullRequest.number);
    assert.match(comment?.body ?? "", /almalinux-builder\/cuda12\.8/);
    assert.doesNotMatch(comment?.body ?? "", /almalinux-builder\/cuda12\.9/);
    await stage().project.merge(pullRequest);
  });

  it("push of main: builds the one image that changed, and names all seven by the commit", async () => {
    const here = await events.add("push of main", THERE.main, async () => [
      succeeded(await stage().pushed(MAIN)),
    ]);
    assert.deepEqual(here.jobs, [
      "plan",
      "promote",
      `build (${FAMILY}/cuda12.8)`,
      "up-foundation",
      "record",
    ]);
    assert.deepEqual(here.rights, [...PUBLISHED_BY.main, WITHOUT_RIGHTS]);
    assert.deepEqual(here.names, {
      ...{ "docker.io T": 1, "docker.io T-C": 7, "docker.io T-KEY": 1, "docker.io T-main": 1 },
      ...{ "ecr T-KEY": 1, "ecr pin": 7 },
    });
    assert.deepEqual(onlyThere(THERE.main, here), []);
  });

  it("push of release/2.10: moves the line's own names and none of main's", async () => {
    const { project } = stage();
    await stage().branch("release/2.10");
    await stage().slipway("channel", "create", "release/2.10", "--from", "main");
    await changeCuda("12\\.8", "9.8.0.89");
    await commitTo("refs/heads/release/2.10", "Cut release 2.10");
    const main = await floating("cuda12.8");
    const here = await events.add("push of release/2.10", THERE.release, async () => [
      succeeded(await stage().pushed("refs/heads/release/2.10")),
    ]);
    assert.deepEqual(here.jobs, [
      "plan",
      "promote",
      `build (${FAMILY}/cuda12.8)`,
      "up-images",
      "record",
    ]);
    assert.deepEqual(here.rights, [...PUBLISHED_BY.others, WITHOUT_RIGHTS]);
    assert.deepEqual(here.names, {
      ...{ "docker.io T-2.10": 7, "docker.io T-KEY": 1, "ecr T-KEY": 1, "ecr pin": 1 },
    });
    assert.deepEqual(onlyThere(THERE.release, here), ["docker.io T", "docker.io T-C"]);
    assert.equal(await floating("cuda12.8"), main);
    assert.notEqual(await floating("cuda12.8", "-2.10"), main);
    await project.push(`refs/tags/${CANDIDATE}`);
  });

  it("push of v2.10.0-rc1: builds nothing and records the tag", async () => {
    const here = await events.add(`push of ${CANDIDATE}`, THERE.candidate, async () => [
      succeeded(await stage().pushed(`refs/tags/${CANDIDATE}`)),
    ]);
    assert.deepEqual(here.jobs, ["plan", "record"]);
    assert.deepEqual(here.rights, [...PUBLISHED_BY.others, WITHOUT_RIGHTS]);
    assert.deepEqual(here.names, { [`docker.io T-${CANDIDATE}`]: 7 });
    const candidate = await floating("cuda12.8", `-${CANDIDATE}`);
    assert.equal(candidate, await floating("cuda12.8", "-2.10"));
    assert.notEqual(candidate, await floating("cuda12.8"));
  });

  it("dispatch: starts nothing, on whatever ref", async () => {
    const refs = [MAIN, "refs/heads/release/2.10", `refs/tags/${CANDIDATE}`];
    const here = await events.add("dispatch of each of them", THERE.dispatch, () =>
      Promise.all(
        refs.map((ref) => {
          const payload = dispatchPayload(stage().project, ref, "up.yml");
          return stage().run({ file: "up.yml", event: "workflow_dispatch", payload });
        }),
      ),
    );
    assert.deepEqual(ended(here.traces), [undefined, undefined, undefined]);
    assert.deepEqual([here.jobs, here.names], [[], {}]);
    assert.deepEqual(onlyThere(THERE.dispatch, here), ["ecr T-KEY"]);
  });

  it("push of release-foo, foo/main and landchecks/1: starts nothing", async () => {
    const branches = ["release-foo", "foo/main", "landchecks/1"];
    for (const branch of branches) await stage().project.push(`refs/heads/${branch}`);
    const here = await events.add(`push of ${branches.join(", ")}`, THERE.elsewhere, () =>
      Promise.all(branches.map((branch) => stage().pushed(`refs/heads/${branch}`))),
    );
    assert.deepEqual(ended(here.traces), [undefined, undefined, undefined]);
    assert.deepEqual([here.jobs, here.names], [[], {}]);
  });

  it("two pushes of main, the older run after the newer one: moves no name back", async () => {
    await stage().branch("main");
    await changeCuda("12\\.6", "9.10.2.22");
    const older = await commitTo(MAIN, "Take another cuDNN");
    await changeCuda("12\\.6", "9.10.2.23");
    const newer = await commitTo(MAIN, "Take yet another cuDNN");
    const first = await events.add("newer of two pushes of main", THERE.newer, async () => [
      succeeded(await pushedMain(newer)),
    ]);
    assert.equal(first.names["docker.io T"], 1);
    const names = await allFloating();
    const second = await events.add("older of two pushes of main", THERE.older, async () => [
      succeeded(await pushedMain(older)),
    ]);
    assert.deepEqual(await allFloating(), names);
    assert.deepEqual(onlyThere(THERE.older, second), [
      "docker.io T-main",
      "docker.io T",
      "docker.io T-C",
    ]);
    assert.equal((await stage().imageList("main")).commit, newer);
  });

  it("one image that does not build: six get their names, one keeps its old ones, the run is red", async () => {
    const before = await allFloating();
    // All images run this one.
    await stage().project.edit(`${SCRIPTS}/install_build_tools.sh`, (text) =>
      text.replace("build tools\n", "newer build tools\n"),
    );
    await stage().project.edit(
      `${SCRIPTS}/check_rocm.sh`,
      (text) => `${text}[ "\${ROCM_VERSION}" != 7.1 ]\n`,
    );
    const commit = await commitTo(MAIN, "Take newer build tools");
    const here = await events.add("push of main, one image broken", THERE.broken, async () => [
      printTrace(await stage().pushed(MAIN)),
    ]);
    const [trace] = here.traces;
    assert.ok(trace !== undefined);
    assert.equal(trace.conclusion, "failure");
    for (const accelerator of ACCELERATORS) {
      const { result } = jobOf(trace, `build (${FAMILY}/${accelerator})`);
      assert.equal(result, accelerator === "rocm7.1" ? "failure" : "success", accelerator);
    }
    const after = await allFloating();
    for (const accelerator of ACCELERATORS) {
      const isSame = after[accelerator] === before[accelerator];
      assert.equal(isSame, accelerator === "rocm7.1", accelerator);
      assert.equal(await floating(accelerator), after[accelerator]);
    }
    for (const form of ["T", "T-main", "T-C"]) {
      assert.equal(here.names[`docker.io ${form}`], 6, form);
    }
    const list = await stage().imageList("main");
    assert.equal(list.commit, commit);
    // The list goes on naming the last image of it that there is.
    assert.equal(list.families[FAMILY]?.images["rocm7.1"]?.digest, before["rocm7.1"]);
    assert.notEqual(list.families[FAMILY]?.images["rocm7.1"]?.commit, commit);
  });

  it("the commit that repairs it: builds what is missing, and the run is green again", async () => {
    const before = await floating("rocm7.1");
    await stage().project.edit(`${SCRIPTS}/check_rocm.sh`, (text) =>
      text.replace(/\[ "\$\{ROCM_VERSION\}" != 7\.1 \]\n$/, ""),
    );
    const commit = await commitTo(MAIN, "Repair the check of ROCm");
    const here = await events.add("push of main, repaired", THERE.healed, async () => [
      succeeded(await stage().pushed(MAIN)),
    ]);
    assert.deepEqual(here.jobs, [
      "plan",
      "promote",
      `build (${FAMILY}/rocm7.0)`,
      `build (${FAMILY}/rocm7.1)`,
      "up-foundation",
      "record",
    ]);
    assert.notEqual(await floating("rocm7.1"), before);
    assert.equal(here.names["docker.io T-C"], 7);
    assert.equal((await stage().imageList("main")).commit, commit);
  });
});
