/*
 * `slipway build --missing` beside `up`, on a local cloud of its own whose repositories an `up` has made. Every test raises
 * the epoch of what it wants built anew; floating names are looked at where a test is about them.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Registries } from "../../../oci/registries.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../../cli/support/project-copy.ts";

interface Report {
  readonly images: readonly {
    readonly family: string;
    readonly accelerator: string;
    readonly contentName: string;
    readonly digest: string;
    readonly built: boolean;
    readonly seconds: number;
  }[];
  readonly failures: readonly {
    readonly family: string;
    readonly accelerator: string;
    readonly message: string;
  }[];
}

const ALMALINUX = "almalinux-builder";
const CI = "ci-image";
const RCCL = "therock_build_manylinux_rccl_x86_64";
const MANYLINUX = "therock_build_manylinux_x86_64";
const NO_ROCM = "no_rocm_image_ubuntu24_04";
/** Images by family. */
const COUNTS = { [ALMALINUX]: 7, [CI]: 3, [RCCL]: 1, [MANYLINUX]: 1, [NO_ROCM]: 1 };
const MISSING = ["build", "--missing"];
const UP = ["up", "--stack", "local", "--engine", "embedded"];

describe("build --missing", function () {
  this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
  let project: ProjectCopy;
  let cloud: LocalCloud;
  const registries = new Registries();
  let epoch = 0;

  before(async () => {
    project = await ProjectCopy.make();
    succeeded(await project.slipway(["local", "start"]));
    const file = join(project.home, "cloud.json");
    cloud = LocalCloud.parse(JSON.parse(await readFile(file, "utf8")));
    succeeded(await project.slipway(UP));
  });
  after(() => project.remove());

  function succeeded(result: CliResult): CliResult {
    assert.equal(result.exitCode, 0, `${result.stdout}\n${result.stderr}`);
    return result;
  }

  async function build(...args: string[]): Promise<Report & { exitCode: number; stderr: string }> {
    const { exitCode, stdout, stderr } = await project.slipway([...MISSING, "--json", ...args]);
    assert.doesNotMatch(stderr, /^\s+at /m);
    return { ...(JSON.parse(stdout) as Report), exitCode, stderr };
  }

  const built = ({ images }: Report): readonly string[] =>
    images
      .filter((image) => image.built)
      .map(({ family, accelerator }) => `${family}/${accelerator}`);

  /** Gives every image of families another content name. */
  async function raiseEpoch(...families: string[]): Promise<void> {
    epoch += 1;
    for (const family of families) {
      await project.edit(`images/${family}/image.yaml`, (text) =>
        text.replace(/^(?:epoch: .*\n)?scheme:/m, `epoch: ${epoch}\nscheme:`),
      );
    }
  }

  /** What each registry of a family has under a name. */
  async function digests(family: string, name: string): Promise<(string | undefined)[]> {
    const carried =
      family === ALMALINUX
        ? ["ecr", "docker.io"]
        : family === CI
          ? ["ecr", "ghcr.io"]
          : ["ghcr.io"];
    return Promise.all(
      carried.map(async (registry) => {
        const { host, ...login } = cloud.registries[registry as keyof LocalCloud["registries"]];
        const credentials = { [host]: login };
        return registries
          .repository(`${host}/pytorch/${family}`, credentials)
          .manifests.digest(name);
      }),
    );
  }

  async function assertNamed({ images }: Report): Promise<void> {
    for (const { family, contentName, digest } of images) {
      const found = await digests(family, contentName);
      assert.deepEqual(new Set(found), new Set([digest]), `${family}:${contentName}`);
    }
  }

  it("builds all images whose content has no name, and gives it to each on all of its registries", async () => {
    const floating = await digests(ALMALINUX, "cuda12.8-main");
    await raiseEpoch(...Object.keys(COUNTS));
    const report = await build();
    assert.equal(report.exitCode, 0, report.stderr);
    assert.equal(built(report).length, 13);
    for (const [family, count] of Object.entries(COUNTS)) {
      assert.equal(report.images.filter((image) => image.family === family).length, count, family);
    }
    await assertNamed(report);
    assert.deepEqual(await digests(ALMALINUX, "cuda12.8-main"), floating, "floating names stay");
  });

  it("then has nothing to do, and says so in one line", async () => {
    const { stdout } = succeeded(await project.slipway(MISSING));
    assert.match(stdout, /^nothing is missing: 13 images of stack local[^\n]*$/);
    assert.deepEqual(built(await build()), []);
  });

  it("lets up find all of it, which only moves names", async () => {
    const { images } = await build();
    const { stdout } = succeeded(await project.slipway([...UP, "--json"]));
    const { outputs } = JSON.parse(stdout) as {
      outputs: { images: Record<string, Record<string, { reference: string }>> };
    };
    for (const { family, accelerator, digest } of images) {
      assert.ok(outputs.images[family]![accelerator]!.reference.endsWith(`@${digest}`), family);
    }
    const cuda = images.find(({ accelerator }) => accelerator === "cuda12.8")!;
    assert.equal((await digests(ALMALINUX, "cuda12.8-main"))[1], cuda.digest);
    assert.deepEqual(built(await build()), [], "up leaves nothing to build either");
  });

  it("builds the one image whose args changed, and says why", async () => {
    await project.edit(`images/${ALMALINUX}/image.yaml`, (text) =>
      text.replace("CUDNN_VERSION: 9.8.0.87", "CUDNN_VERSION: 9.8.0.88"),
    );
    const { stdout } = succeeded(await project.slipway(MISSING));
    assert.match(
      stdout,
      /^almalinux-builder\/cuda12\.8 {2}no cuda12\.8-k[0-9a-f]{40} on \S+, \S+$/m,
    );
    assert.match(stdout, /^almalinux-builder\/cuda12\.8 {2}built {2}cuda12\.8-k/m);
    assert.match(stdout, /^13 images: 12 there, 1 built, in /m);
  });

  it("builds only what is selected", async () => {
    await raiseEpoch(ALMALINUX, CI);
    assert.deepEqual(
      built(await build("--family", CI, "--accelerator", "pytorch-linux-noble-rocm-n-py3")),
      [`${CI}/pytorch-linux-noble-rocm-n-py3`],
    );
    assert.deepEqual(built(await build("--accelerator", "cpu")), [`${ALMALINUX}/cpu`]);
    assert.equal(built(await build("--platform", "linux/amd64")).length, 8);
  });

  it("goes on with the others when a family does not build, and leaves that one's names alone", async () => {
    const before = await digests(RCCL, "latest");
    await raiseEpoch(RCCL, MANYLINUX);
    const mend = await project.edit(
      `images/${RCCL}/Dockerfile`,
      (text) => `${text}RUN no-such-program\n`,
    );
    const report = await build();
    assert.equal(report.exitCode, 1);
    assert.deepEqual(built(report), [`${MANYLINUX}/default`]);
    assert.deepEqual(
      report.failures.map(({ family, accelerator }) => [family, accelerator]),
      [[RCCL, "default"]],
    );
    assert.match(report.failures[0]!.message, /no-such-program/);
    assert.match(report.stderr, /^error: therock_build_manylinux_rccl_x86_64: [^]*no-such-program/);
    assert.deepEqual(await digests(RCCL, "latest"), before);
    await mend();
    assert.deepEqual(built(await build()), [`${RCCL}/default`]);
  });

  it("gives no name to content that breaks its contract", async () => {
    const before = await digests(NO_ROCM, "latest");
    await raiseEpoch(NO_ROCM);
    const mend = await project.edit(
      `images/${NO_ROCM}/image.yaml`,
      (text) =>
        `${text.replace(/^contract:(?: .*\n|\n(?: .*\n)*)/m, "")}contract: { tools: [no-such-tool] }\n`,
    );
    const report = await build("--family", NO_ROCM);
    assert.equal(report.exitCode, 1);
    assert.deepEqual(report.images, []);
    assert.match(report.failures[0]!.message, /no-such-tool/);
    await mend();
    const { images } = await build("--family", NO_ROCM);
    assert.equal(images.length, 1);
    assert.ok(images[0]!.built, "its name was free");
    assert.deepEqual(await digests(NO_ROCM, "latest"), before);
  });

  it("copies content to a registry that lacks it, without building it", async () => {
    const { images } = await build("--family", NO_ROCM);
    await project.edit(`images/${NO_ROCM}/image.yaml`, (text) =>
      text.replace("registries: [ghcr.io]", "registries: [docker.io, ghcr.io]"),
    );
    const { stdout } = succeeded(await project.slipway([...MISSING, "--family", NO_ROCM]));
    assert.match(stdout, /is on \S+ only; it goes to \S+ as well/);
    assert.match(stdout, /^1 image: 1 there, 0 built/m);
    const { host, ...login } = cloud.registries["docker.io"];
    const copy = registries.repository(`${host}/pytorch/${NO_ROCM}`, { [host]: login });
    assert.equal(await copy.manifests.digest(images[0]!.contentName), images[0]!.digest);
  });

  it("ends with one digest for each name when two run at once", async () => {
    await raiseEpoch(ALMALINUX, MANYLINUX);
    const reports = await Promise.all([build(), build()]);
    for (const report of reports) {
      assert.equal(report.exitCode, 0, report.stderr);
      await assertNamed(report);
    }
    const [first, second] = reports.map(({ images }) =>
      images.map(({ contentName, digest }) => `${contentName} ${digest}`).sort(),
    );
    assert.deepEqual(first, second);
    assert.deepEqual(built(await build()), []);
  });

  it("ends its builds when it is interrupted, and goes on the next time", async () => {
    await raiseEpoch(ALMALINUX, CI);
    const running = project.spawn(MISSING);
    running.stdout.once("data", () => running.kill("SIGINT"));
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, 130, stderr);
    assert.match(stderr, /^interrupted: /m);
    assert.match(stderr, /interrupted$/m);
    assert.deepEqual(await readdir(join(project.home, "tmp")), [], "no login is left");
    const report = await build();
    assert.equal(report.exitCode, 0, report.stderr);
    assert.ok(built(report).length > 0);
    await assertNamed(report);
  });

  it("goes on after it was killed", async () => {
    await raiseEpoch(ALMALINUX);
    const running = project.spawn(MISSING);
    let printed = "";
    running.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes("  built  ")) running.kill("SIGKILL");
    });
    await running;
    const report = await build();
    assert.equal(report.exitCode, 0, report.stderr);
    assert.ok(built(report).length < 7, "what was named is not built again");
    await assertNamed(report);
    assert.deepEqual(built(await build()), []);
    succeeded(await project.slipway(UP));
    assert.deepEqual(built(await build()), []);
  });

  it("reads main's build cache for a branch without a stack, and writes none", async () => {
    const { host, ...login } = cloud.registries["ghcr.io"];
    const cache = registries.repository(`${host}/pytorch/${MANYLINUX}-cache`, { [host]: login });
    const before = await cache.tags();
    assert.ok(before.includes("default__main"), before.join(" "));
    const main = await cache.manifests.digest("default__main");
    await raiseEpoch(MANYLINUX);
    const { stdout } = succeeded(
      await project.slipway([...MISSING, "--ref", "refs/heads/stage/docker/try"]),
    );
    assert.match(stdout, /^left out {2}almalinux-builder: /m);
    assert.match(stdout, /^therock_build_manylinux_x86_64 {2}built/m);
    assert.deepEqual(await cache.tags(), before);
    assert.equal(await cache.manifests.digest("default__main"), main);
  });

  it("gives what such a branch built a name that main does not trust", async () => {
    const { host, ...login } = cloud.registries["ghcr.io"];
    const images = registries.repository(`${host}/pytorch/${MANYLINUX}`, { [host]: login });
    const [stage = "", ...others] = (await images.tags()).filter((tag) => tag.endsWith("-stage"));
    assert.deepEqual(others, []);
    assert.equal(await images.manifests.digest(stage.replace(/-stage$/, "")), undefined);
    const ref = ["--ref", "refs/heads/stage/docker/try"];
    assert.match(
      succeeded(await project.slipway([...MISSING, ...ref])).stdout,
      /^nothing is missing: /m,
    );
    const commit = ["--commit", "0".repeat(40)];
    succeeded(await project.slipway(["record", "--stack", "local", ...ref, ...commit]));
    const digest = await images.manifests.digest("stage-try");
    assert.equal(digest, await images.manifests.digest(stage));
    assert.deepEqual(built(await build()), [`${MANYLINUX}/default`]);
  });
});
