import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { Registries } from "../../../oci/registries.ts";
import { withCloud } from "../../support/cloud.ts";
import { push, sampleImageBuilt } from "../oci/sample-image.ts";
import { type Pin, projectFiles, type ProjectPins } from "./support/pinned-project.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");
const BUILD = "therock_build_manylinux_x86_64";
const TEST = "no_rocm_image_ubuntu24_04";
/** The days on which the build image's pins were moved by hand in eleven months, and one more. */
const DAYS = [
  ...["2025-09-18", "2025-09-22", "2025-10-08", "2025-10-17", "2025-11-18", "2025-12-03"],
  ...["2026-01-08", "2026-01-28", "2026-02-12", "2026-04-15", "2026-04-16", "2026-06-15"],
  ...["2026-08-18", "2026-11-20"],
];

describe("the history of a project's pins, with one command a step", function () {
  this.timeout(240_000);
  const cloud = withCloud();
  let root: string;
  /** Host and owner as the project writes them. */
  let registry: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "replay-"));
    registry = `${cloud().registries["ghcr.io"].host}/PyTorch`;
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function published(family: string, day: string): Promise<Pin> {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const name = `${host}/pytorch/${family}`;
    const to = new Registries().repository(name, { [host]: { username, password } }, "push");
    const digest = await push(sampleImageBuilt(`${day}T12:00:00Z`), to);
    return { digest, day };
  }

  /** The list that is published after images were: outside of the tree. */
  async function publishedList(build: Pin, test: Pin): Promise<string> {
    const { host } = cloud().registries["ghcr.io"];
    const family = (name: string, { digest }: Pin) => ({
      images: {
        default: {
          ...{ digest, contentName: `k${"1".repeat(40)}`, commit: "c".repeat(40) },
          ...{ platforms: ["linux/amd64"], names: [] },
          references: { "ghcr.io": `${host}/pytorch/${name}@${digest}` },
        },
      },
    });
    const list = {
      ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
      ...{
        commit: "c".repeat(40),
        families: { [BUILD]: family(BUILD, build), [TEST]: family(TEST, test) },
      },
    };
    const file = join(root, "../", `${root.split("/").at(-1)}.json`);
    await writeFile(file, JSON.stringify(list));
    return file;
  }

  async function writeTree(pins: ProjectPins): Promise<void> {
    for (const [path, text] of projectFiles(registry, pins)) {
      await mkdir(join(root, dirname(path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }

  async function assertTree(pins: ProjectPins): Promise<void> {
    for (const [path, text] of projectFiles(registry, pins)) {
      assert.equal(await readFile(join(root, path), "utf8"), text, path);
    }
  }

  async function slipway(...args: readonly string[]) {
    const env = { SLIPWAY_HOME: cloud().folder, GITHUB_ACTIONS: undefined };
    const command = [MAIN, "pins", ...args, "--root", root, "--stack", "local"];
    return execa(process.execPath, command, { reject: false, env });
  }

  it("brings every place to the new digests and days, whatever was left behind before", async () => {
    const builds = await Promise.all(DAYS.map((day) => published(BUILD, day)));
    const tests = await Promise.all(DAYS.map((day) => published(TEST, day)));
    // What two pull requests a step left: the guide and the second default a step behind.
    await writeTree({
      build: builds[1]!,
      guide: builds[0]!,
      test: tests[1]!,
      component: tests[0]!,
    });
    for (const step of [1, 5, 9, DAYS.length - 1]) {
      const [build, test] = [builds[step]!, tests[step]!];
      const list = await publishedList(build, test);
      const { exitCode, stdout, stderr } = await slipway("bump", "--images", list);
      assert.equal(exitCode, 0, stderr);
      await assertTree({ build, guide: build, test, component: test });
      if (step > 1) assert.match(stdout, new RegExp(`^${BUILD}: 10 places in 9 files, `, "m"));
      if (step > 1) assert.match(stdout, new RegExp(`^${TEST}: 7 places in 7 files, `, "m"));
      const again = await slipway("bump", "--images", list);
      assert.deepEqual(
        [again.exitCode, again.stdout],
        [0, "Every pin is what it should be; nothing was written."],
      );
      await rm(list);
    }
  });

  it("reverts one image alone, by its digest", async () => {
    const [old, now] = await Promise.all(
      ["2026-04-15", "2026-04-16"].map((d) => published(BUILD, d)),
    );
    const test = await published(TEST, "2026-04-16");
    await writeTree({ build: now!, guide: now!, test, component: test });
    const { exitCode, stderr } = await slipway("bump", BUILD, "--to", old!.digest);
    assert.equal(exitCode, 0, stderr);
    await assertTree({ build: old!, guide: old!, test, component: test });
  });

  it("writes no pin to an image that is not there", async () => {
    const build = await published(BUILD, "2026-04-15");
    const test = await published(TEST, "2026-04-15");
    const pins = { build, guide: build, test, component: test };
    await writeTree(pins);
    const { exitCode, stderr } = await slipway("bump", BUILD, "--to", `sha256:${"9".repeat(64)}`);
    assert.equal(exitCode, 1);
    assert.match(stderr, /@sha256:9{64} is missing.*\nno file was changed/);
    await assertTree(pins);
  });
});
