/*
 * PyTorch's cache of ROCm images, event by event, held against the workflow that this replaces. Its file is
 * https://github.com/pytorch/pytorch/blob/main/.github/workflows/docker-cache-rocm.yml as of November 2025: after
 * docker-builds it pulls three images onto a runner and saves each, under its name on ECR, as `<image>_main.tar` or
 * `<image>_release.tar`, which runners load when they come up. Each test goes on where the one before ended.
 */
import assert from "node:assert/strict";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askedReference, type CachedImage } from "../../../cli/cache/cached-image.ts";
import { contentOf } from "../../../cli/cache/image-content.ts";
import type { LoadReport } from "../../../cli/cache/load/load-image.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import type { CliResult } from "../../cli/support/project-copy.ts";
import { withDockerEngine } from "../../support/docker-engine.ts";
import { ownStage } from "../workflows/support/own-stage.ts";
import { workflowRunPayload } from "../workflows/support/payloads.ts";
import { ran, succeeded, type WorkflowTrace } from "../workflows/support/trace.ts";
import { archiveImage } from "./support/archive-image.ts";
import { readImage } from "./support/store-image.ts";

const FAMILY = "ci-image";
const RUNNER = "linux.rocm.gfx942.docker-cache";
/** The three that the workflow there names. */
const IMAGES = [
  "pytorch-linux-jammy-rocm-n-py3",
  "pytorch-linux-jammy-rocm-n-py3-benchmarks",
  "pytorch-linux-noble-rocm-n-py3",
];
const [JAMMY = "", , NOBLE = ""] = IMAGES;
const MAIN = "main";
const OLD_LINE = "release/2.9";
const NEW_LINE = "release/2.10";

describe("PyTorch's cache of ROCm images, event by event", function () {
  this.timeout(20 * 60_000);
  const stage = ownStage([FAMILY]);
  const engine = withDockerEngine("classic");
  let store: string;
  /** `~/pytorch-data/docker` there. */
  let files: string;

  before(async () => {
    store = join(stage().project.home, "kept-images");
    files = join(stage().project.home, "pytorch-data");
    await mkdir(files);
  });

  const published = async (branch: string): Promise<WorkflowTrace> =>
    succeeded(await stage().pushed(`refs/heads/${branch}`));
  /** Refreshes the runner after a publication. Returns the jobs of that. */
  const refreshed = async (branch: string, up: WorkflowTrace): Promise<readonly string[]> => {
    const { project } = stage();
    const payload = workflowRunPayload(project, {
      ...{ id: up.runId, conclusion: "success", event: "push", name: "up" },
      ...{ path: ".github/workflows/up.yml", headBranch: branch, headSha: up.sha },
      headRepository: project.repository,
    });
    const call = { file: "docker-cache.yml", event: "workflow_run", payload };
    const runners = { [RUNNER]: { SLIPWAY_CACHE_STORE: store } };
    return ran(succeeded(await stage().run({ ...call, runners })));
  };
  const publish = async (branch: string): Promise<readonly string[]> =>
    refreshed(branch, await published(branch));
  /** Cuts a release line from main that stays on a version of ROCm. */
  const cutLine = async (line: string, rocm: string): Promise<void> => {
    await stage().branch(line);
    await stage().slipway("channel", "create", line, "--from", MAIN);
    await stage().project.edit(`images/${FAMILY}/image.yaml`, (text) =>
      text.replace(/ROCM_VERSION: .*/, `ROCM_VERSION: ${rocm}`),
    );
    await stage().project.commit(`Cut ${line}`);
    await stage().project.push(`refs/heads/${line}`);
  };
  const slipwayCache = (...args: readonly string[]): Promise<CliResult> =>
    stage().project.slipway(["cache", ...args], { ...engine().env, SLIPWAY_CACHE_STORE: store });
  const exportFiles = (channel: string): Promise<CliResult> =>
    slipwayCache("export", "--channel", channel, "--directory", files);
  const image = async (channel: string, name: string): Promise<CachedImage> => {
    const images = await (await Store.open(store)).images(channel);
    const found = images.find(({ label }) => label === `${FAMILY}/${name}`);
    assert.ok(found, `${channel} has no ${name}`);
    return found;
  };
  /** Digests of the files' images, each read as an engine does. */
  const exported = async (suffix: "main" | "release"): Promise<readonly string[]> =>
    Promise.all(IMAGES.map((name) => archiveImage(join(files, `${name}_${suffix}.tar`))));
  const digests = async (channel: string): Promise<readonly string[]> =>
    Promise.all(IMAGES.map(async (name) => (await image(channel, name)).descriptor.digest));
  /** What a job of a pull request does before it pulls: https://github.com/pytorch/test-infra/blob/main/.github/actions/pull-docker-image */
  const inspect = async (reference: string): Promise<string> =>
    engine().docker("inspect", "--type=image", "--format", "{{.Id}}", reference);
  const load = (name: string, suffix: "main" | "release"): Promise<string> =>
    engine().docker("load", "--input", join(files, `${name}_${suffix}.tar`));

  it("docker-builds of main: the three images are on the runner, as files for docker load", async () => {
    const jobs = await publish(MAIN);
    assert.deepEqual(
      [...jobs].sort(),
      IMAGES.map((name) => `published (${RUNNER}, ${FAMILY}/${name})`),
    );
    const { exitCode, stdout, stderr } = await exportFiles(MAIN);
    assert.equal(exitCode, 0, stderr);
    const wanted = IMAGES.map((name) => `${name}_main.tar`);
    assert.deepEqual((await readdir(files)).sort(), wanted.sort());
    assert.deepEqual(await exported("main"), await digests(MAIN));
    assert.equal(stdout.match(/: written: /g)?.length, IMAGES.length);
  });

  it("a runner comes up: each file loads under the name on ECR, and jobs need no pull", async () => {
    for (const name of IMAGES) {
      const kept = await image(MAIN, name);
      const reference = askedReference(kept);
      const { host } = stage().cloud.registries.ecr;
      assert.match(reference, new RegExp(`^${host}/pytorch/${FAMILY}:${name}-k[0-9a-f]{40}$`));
      await assert.rejects(inspect(reference));
      assert.equal(await load(name, "main"), `Loaded image: ${reference}`);
      const { config } = await contentOf(await Store.open(store), kept);
      assert.equal(await inspect(reference), config.digest);
      const run = ["run", "--rm", "--network", "none", reference, "echo", name];
      assert.equal(await engine().docker(...run), name);
    }
  });

  it("a second export writes nothing, as the files are of these digests", async () => {
    const before = await Promise.all(
      (await readdir(files)).map((name) => stat(join(files, name), { bigint: true })),
    );
    const { exitCode, stdout } = await exportFiles(MAIN);
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout, /: written: /);
    const after = await Promise.all(
      (await readdir(files)).map((name) => stat(join(files, name), { bigint: true })),
    );
    const of = (all: typeof before) => all.map(({ ino, mtimeNs }) => [ino, mtimeNs]);
    assert.deepEqual(of(after), of(before));
  });

  it("docker-builds of release/2.9: files of its own beside main's, where the workflow there is never started", async () => {
    const main = await exported("main");
    await cutLine(OLD_LINE, "6.4");
    await publish(OLD_LINE);
    const { exitCode, stdout, stderr } = await exportFiles(OLD_LINE);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /release\/2\.9 is the newest release line in the store/);
    assert.deepEqual(await exported("release"), await digests(OLD_LINE));
    assert.deepEqual(await exported("main"), main);
    assert.equal(
      await load(JAMMY, "release"),
      `Loaded image: ${askedReference(await image(OLD_LINE, JAMMY))}`,
    );
  });

  it("docker-builds of release/2.10: the files are its from now on, and 2.9 cannot take them back", async () => {
    const old = await digests(OLD_LINE);
    await cutLine(NEW_LINE, "7.0.2");
    await publish(NEW_LINE);
    const { exitCode, stdout, stderr } = await exportFiles(NEW_LINE);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /release\/2\.10 is the newest release line in the store/);
    assert.deepEqual(await exported("release"), await digests(NEW_LINE));
    const late = await exportFiles(OLD_LINE);
    assert.equal(late.exitCode, 1);
    assert.match(late.stderr, /release\/2\.9 is not the newest release line.*release\/2\.10/s);
    assert.deepEqual(await exported("release"), await digests(NEW_LINE));
    // The store has both, where there is one file there.
    assert.deepEqual(await digests(OLD_LINE), old);
    const report = await slipwayCache("load", JAMMY, "--channel", OLD_LINE, "--json");
    assert.equal(report.exitCode, 0, report.stderr);
    assert.equal((JSON.parse(report.stdout) as LoadReport).outcome, "present");
  });

  it("docker-builds of main that changes one image: readers see the old one or the new one, whole", async () => {
    const before = await digests(MAIN);
    const old = await image(MAIN, NOBLE);
    await stage().branch(MAIN);
    await stage().project.edit(`images/${FAMILY}/image.yaml`, (text) =>
      text.replace("base: noble, buildArgs: { PYTHON_VERSION: 3.12", (found) =>
        found.replace("3.12", "3.13"),
      ),
    );
    await stage().project.commit("Take another Python on noble");
    await stage().project.push("refs/heads/main");
    const up = await published(MAIN);

    const file = join(files, `${NOBLE}_main.tar`);
    const seen = { kept: new Set<string>(), exported: new Set<string>() };
    let isDone = false;
    const until = async (read: () => Promise<void>): Promise<void> => {
      while (!isDone) {
        await read();
        await sleep(50);
      }
      await read();
    };
    const readers = Promise.all([
      until(async () => {
        const { descriptor } = await image(MAIN, NOBLE);
        await readImage(store, descriptor.digest);
        seen.kept.add(descriptor.digest);
      }),
      until(async () => void seen.exported.add(await archiveImage(file))),
    ]);
    try {
      await refreshed(MAIN, up);
      const { exitCode, stdout } = await exportFiles(MAIN);
      assert.equal(exitCode, 0);
      // What did not change is not written anew.
      assert.equal(stdout.match(/: written: /g)?.length, 1, stdout);
    } finally {
      isDone = true;
      await readers;
    }

    const { descriptor } = await image(MAIN, NOBLE);
    assert.deepEqual(await digests(MAIN), before.with(2, descriptor.digest));
    assert.deepEqual(await exported("main"), before.with(2, descriptor.digest));
    const both = [old.descriptor.digest, descriptor.digest];
    assert.notEqual(both[0], both[1]);
    assert.deepEqual([...seen.kept], both);
    assert.deepEqual([...seen.exported], both);
  });

  it("a pull request on the base before: its image is still loaded, where the file there has one hash alone", async () => {
    const former = (await (await Store.open(store)).former()).find(
      ({ label, channel }) => label === `${FAMILY}/${NOBLE}` && channel === MAIN,
    );
    assert.ok(former);
    const reference = askedReference(former);
    await engine().docker("image", "rm", "--force", await inspect(reference));
    const { exitCode, stdout, stderr } = await slipwayCache("load", reference, "--json");
    assert.equal(exitCode, 0, stderr);
    assert.equal((JSON.parse(stdout) as LoadReport).outcome, "loaded");
    const { config } = await contentOf(await Store.open(store), former);
    assert.equal(await inspect(reference), config.digest);
  });
});
