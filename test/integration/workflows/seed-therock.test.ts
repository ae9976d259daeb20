/*
 * TheRock's images, event by event, in a project without AWS, held against the workflow that this replaces:
 * https://github.com/ROCm/TheRock/blob/main/.github/workflows/publish_dockerfile.yml as of August 2026, whose lines are named here; its rule for names
 * https://github.com/ROCm/TheRock/blob/main/dockerfiles/README.md tells, too. C is a commit, KEY what stands for the content. Each
 * test goes on where the one before ended.
 */
import assert from "node:assert/strict";
import { type EventHere, EventTable, type EventThere, onlyThere } from "./support/event-table.ts";
import { ownStage } from "./support/own-stage.ts";
import { dispatchPayload } from "./support/payloads.ts";
import { succeeded, type WorkflowTrace } from "./support/trace.ts";

const CHANGED = "no_rocm_image_ubuntu24_04";
const FAMILIES = [CHANGED, "therock_build_manylinux_x86_64"];
const DOCKERFILE = `images/${CHANGED}/Dockerfile`;
const SCRIPT = `local/stand-ins/scripts/${CHANGED}/install_packages.sh`;
const MAIN = "refs/heads/main";

const PRODUCTION = ["docker-build: no role", "docker-deploy: no role", "no environment: no role"];
const STAGE = ["docker-stage: no role", "no environment: no role"];

/** What the workflow there does for each event. */
const THERE = {
  main: {
    names: ["ghcr.io latest", "ghcr.io main"],
    how: "the image whose Dockerfile changed, in no environment (51-52, 67)",
    better: "the commit and the content keep a name when latest moves",
  },
  script: {
    names: [],
    how: "not started: no paths: of the workflows that call it names install_*.sh, which the images copy",
    better: "what is in an image decides whether it is built",
  },
  stage: {
    names: ["ghcr.io stage-foo"],
    how: "with the same rights as main (48-50, 29-31)",
    better: "docker-stage holds no secret",
  },
  deepStage: {
    names: ["ghcr.io stage-a-b"],
    how: "as stage/docker/a-b, too (48-50; a tag has no slash)",
    better: "two branches never share a name: a/b is marked by a hash of the whole ref",
  },
  user: {
    names: ["ghcr.io users-x-y"],
    how: "as users-x-y, too; with the same rights as main (53-54, 29-31)",
    better: "a marked name, and docker-stage",
  },
  dispatchedMain: {
    names: ["ghcr.io latest", "ghcr.io main"],
    how: "built again with no cache, so that latest moves to other bytes (75-82)",
    better: "nothing is built or moved, for everything is there",
  },
  tag: {
    names: ["ghcr.io TAG", "ghcr.io latest"],
    how: "the action gives every tag latest as well (68)",
    better: "a tag publishes nothing, and latest stays main's",
  },
  merged: {
    names: ["ghcr.io latest", "ghcr.io main"],
    how: "built again; every branch may push every name (29-31)",
    better: "built by main's own run, which looks at no name of a stage branch",
  },
} as const satisfies Record<string, EventThere>;

describe("TheRock's images, event by event, without AWS", function () {
  this.timeout(5 * 60_000);
  const stage = ownStage(FAMILIES, "therock");
  const events = new EventTable(stage, { families: FAMILIES, registries: ["ghcr.io"] });

  after(() => {
    console.log(events.text());
  });

  const digest = (tag: string) => stage().digest("ghcr.io", `${CHANGED}:${tag}`);
  const change = (value: string) =>
    stage().project.edit(DOCKERFILE, (text) =>
      text.replace(/(?:ENV REF=.*\n)?WORKDIR/, `ENV REF=${value}\nWORKDIR`),
    );
  const commitTo = async (ref: string, message: string): Promise<string> => {
    const commit = await stage().project.commit(message);
    await stage().project.push(ref);
    return commit;
  };
  const pushed = (event: string, there: EventThere, ref: string) =>
    events.add(event, there, async () => [succeeded(await stage().pushed(ref))]);
  const dispatched = (event: string, there: EventThere, ref: string) =>
    events.add(event, there, async () => {
      const payload = dispatchPayload(stage().project, ref, "up.yml");
      return [
        succeeded(await stage().run({ file: "up.yml", event: "workflow_dispatch", payload })),
      ];
    });
  const secretsOf = (traces: readonly WorkflowTrace[]): string[] => [
    ...new Set(traces.flatMap(({ jobs }) => jobs.flatMap(({ secrets }) => secrets))),
  ];
  const publishedAsMain = (here: EventHere): void => {
    assert.deepEqual(here.jobs, [
      "plan",
      "promote",
      `build (${CHANGED})`,
      "up-foundation",
      "record",
    ]);
    assert.deepEqual(here.rights, PRODUCTION);
    assert.deepEqual(here.names, {
      ...{ "ghcr.io C": 2, "ghcr.io KEY": 1, "ghcr.io latest": 1, "ghcr.io main": 1 },
    });
  };

  it("push of main: names latest, main and the commit", async () => {
    await stage().branch("main");
    await change("first");
    await commitTo(MAIN, "Set a variable");
    const here = await pushed("push of main", THERE.main, MAIN);
    publishedAsMain(here);
    assert.deepEqual(onlyThere(THERE.main, here), []);
  });

  it("push of main that changes an install script alone: publishes", async () => {
    const before = await digest("latest");
    await stage().project.edit(SCRIPT, (text) => text.replace("packages\n", "newer packages\n"));
    await commitTo(MAIN, "Install newer packages");
    publishedAsMain(await pushed("push of main, script alone", THERE.script, MAIN));
    assert.notEqual(await digest("latest"), before);
  });

  it("push of stage/docker/foo: names stage-foo, in docker-stage with no secret", async () => {
    const latest = await digest("latest");
    await stage().branch("stage/docker/foo");
    await change("foo");
    await commitTo("refs/heads/stage/docker/foo", "Try foo");
    const here = await pushed(
      "push of stage/docker/foo",
      THERE.stage,
      "refs/heads/stage/docker/foo",
    );
    assert.deepEqual(here.jobs, ["plan", `build-stage (${CHANGED})`, "record-stage"]);
    assert.deepEqual(here.rights, STAGE);
    assert.deepEqual(secretsOf(here.traces), []);
    assert.deepEqual(onlyThere(THERE.stage, here), []);
    assert.deepEqual(here.names, { "ghcr.io KEY-stage": 1, "ghcr.io stage-foo": 2 });
    assert.equal(await digest("latest"), latest);
  });

  it("push of stage/docker/a/b: has another name than stage/docker/a-b", async () => {
    await stage().branch("stage/docker/a/b");
    await change("deep");
    await commitTo("refs/heads/stage/docker/a/b", "Try deep");
    const here = await pushed(
      "push of stage/docker/a/b",
      THERE.deepStage,
      "refs/heads/stage/docker/a/b",
    );
    assert.deepEqual(here.rights, STAGE);
    assert.deepEqual(onlyThere(THERE.deepStage, here), ["ghcr.io stage-a-b"]);
    assert.deepEqual(here.names, {
      ...{ "ghcr.io KEY-stage": 1, "ghcr.io stage-a-b-h3d21800d554a911fe6dc": 2 },
    });
  });

  it("dispatch of users/x/y: has another name than users-x-y, in docker-stage", async () => {
    const ref = "refs/heads/users/x/y";
    await stage().branch("users/x/y");
    await change("user");
    await commitTo(ref, "Try mine");
    assert.equal((await stage().pushed(ref)).conclusion, undefined, "a push starts nothing");
    const here = await dispatched("dispatch of users/x/y", THERE.user, ref);
    assert.deepEqual(here.jobs, ["plan", `build-stage (${CHANGED})`, "record-stage"]);
    assert.deepEqual(here.rights, STAGE);
    assert.deepEqual(secretsOf(here.traces), []);
    assert.deepEqual(here.names, {
      ...{ "ghcr.io KEY-stage": 1, "ghcr.io users-x-y-hecef29fd4a9636e086cf": 2 },
    });
    assert.deepEqual(onlyThere(THERE.user, here), ["ghcr.io users-x-y"]);
  });

  it("dispatch of main: as a push, and finds all done", async () => {
    const here = await dispatched("dispatch of main", THERE.dispatchedMain, MAIN);
    assert.deepEqual(here.jobs, ["plan", "up-foundation", "record"]);
    assert.deepEqual(here.rights, PRODUCTION);
    assert.deepEqual(here.names, {});
  });

  it("dispatch of a tag: publishes nothing", async () => {
    await stage().project.push("refs/tags/v1.0.0");
    const here = await dispatched("dispatch of a tag", THERE.tag, "refs/tags/v1.0.0");
    assert.deepEqual(here.jobs, ["plan"]);
    assert.deepEqual(here.rights, ["no environment: no role"]);
    assert.deepEqual(here.names, {});
  });

  it("main with the sources of a stage branch: never takes what is under that branch's names", async () => {
    const { project } = stage();
    // As a stage branch that lies about its sources does: under its content's name is what another branch has built.
    const stranger = await digest("users-x-y-hecef29fd4a9636e086cf");
    const contents = await stage().digests("ghcr.io", CHANGED);
    const foo = await digest("stage-foo");
    const [content] =
      [...contents].find(([tag, one]) => tag.endsWith("-stage") && one === foo) ?? [];
    assert.ok(stranger !== undefined && content !== undefined);
    await stage().rename("ghcr.io", CHANGED, content, stranger);
    assert.equal(await digest(content), stranger);
    await stage().branch("main");
    await project.git("merge", "-q", "--ff-only", "origin/stage/docker/foo");
    await project.push(MAIN);
    const here = await pushed("push of main, same sources as stage", THERE.merged, MAIN);
    assert.deepEqual(here.jobs, [
      "plan",
      "promote",
      `build (${CHANGED})`,
      "up-foundation",
      "record",
    ]);
    assert.deepEqual(here.rights, PRODUCTION);
    assert.equal(await digest(content.replace(/-stage$/, "")), await digest("latest"));
    assert.notEqual(await digest("latest"), stranger);
  });
});
