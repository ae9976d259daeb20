/* `slipway images` as people call it, and every example of docs/consuming.md, on a local cloud with one published list. */
import assert from "node:assert/strict";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { readCatalog } from "../../../catalog.ts";
import { ImageListTag } from "../../../cli/publishing/image-list-tag.ts";
import { Registries } from "../../../oci/registries.ts";
import { type ImageList, imageListText } from "../../../rules/image-list.ts";
import { withCloud } from "../../support/cloud.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "cli/main.ts");
const JQ = join(ROOT, "test/support/jq.ts");
const COMMIT = "c".repeat(40);
const DIGEST = `sha256:${"1".repeat(64)}`;

/** Puts a module into a folder for PATH, as a program. */
async function putProgram(folder: string, name: string, module: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${module}' "$@"\n`);
  await chmod(path, 0o755);
}

describe("slipway images", function () {
  this.timeout(60_000);
  const cloud = withCloud();
  let folder: string;
  let list: ImageList;
  let reference: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-images-"));
    const { registries = [] } = (await readCatalog()).get("almalinux-builder") ?? {};
    const references = Object.fromEntries(
      registries.map((name) => [
        name,
        `${cloud().registries[name].host}/pytorch/almalinux-builder@${DIGEST}`,
      ]),
    );
    reference = references["docker.io"]!;
    const entry = {
      ...{ digest: DIGEST, contentName: `cuda12.8-k${"a".repeat(40)}`, commit: COMMIT },
      ...{ platforms: ["linux/amd64"], references, names: [] },
    };
    list = {
      ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
      commit: COMMIT,
      families: {
        "almalinux-builder": { images: { "cuda12.8": entry } },
        no_rocm_image_ubuntu24_04: { images: { default: { ...entry, references: {} } } },
      },
    };
  });
  after("take the lists away, which other tests on this cloud would find", async () => {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const login = Buffer.from(`${username}:${password}`).toString("base64");
    const { manifests } = new Registries().repository(`${host}/pytorch/slipway-images`, {
      [host]: { username, password },
    });
    for (const tag of ["main", "release-2.8"]) {
      const digest = await manifests.digest(tag);
      if (digest === undefined) continue;
      const { status } = await fetch(
        `http://${host}/v2/pytorch/slipway-images/manifests/${digest}`,
        {
          method: "DELETE",
          headers: { authorization: `Basic ${login}` },
        },
      );
      assert.equal(status, 202);
    }
    await rm(folder, { recursive: true, force: true });
  });

  const publish = (what: ImageList, at = "main") => {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const credentials = { [host]: { username, password } };
    return new ImageListTag(
      ...([`${host}/pytorch/slipway-images`, at, new Registries(), credentials] as const),
    ).write(what);
  };
  const environment = () => ({
    ...{ SLIPWAY_HOME: cloud().folder, GITHUB_ACTIONS: undefined, NODE_NO_WARNINGS: "1" },
    INIT_CWD: undefined,
  });
  const slipway = (...args: string[]) =>
    execa(process.execPath, [MAIN, "images", ...args], {
      ...{ cwd: folder, reject: false, env: environment() },
    });

  it("says what to do where a channel published nothing yet, and of what is no channel", async () => {
    const { exitCode, stdout, stderr } = await slipway("--channel", "release/2.9");
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(
      stderr,
      /slipway-images:release-2\.9 is not there: channel release\/2\.9 published nothing yet\. slipway record/,
    );
    const none = await slipway("--channel", "users/me");
    assert.equal(none.exitCode, 1);
    assert.match(
      none.stderr,
      /--channel: "users\/me" has no list of images; write main, or release\//,
    );
    const nowhere = await slipway("--output", "missing/images.json");
    assert.match(nowhere.stderr, /there is no folder .*missing; make it first/);
  });

  it("prints a line for every image by digest, the list itself, or writes it to a file", async () => {
    await publish(list);
    const { exitCode, stdout } = await slipway();
    assert.equal(exitCode, 0);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.split(/ {2,}/)),
      [
        [
          `2 images of pytorch/pytorch, channel main, at ${COMMIT} (${cloud().registries["ghcr.io"].host}/pytorch/slipway-images:main)`,
        ],
        [""],
        ["image", "commit", "platforms", "reference"],
        ["almalinux-builder/cuda12.8", "cccccccccccc", "linux/amd64", reference],
        ["no_rocm_image_ubuntu24_04", "cccccccccccc", "linux/amd64", DIGEST],
      ],
    );
    const json = await slipway("--json");
    assert.equal(`${json.stdout}\n`, imageListText(list));
    const written = await slipway("--output", "images.json");
    assert.match(written.stdout, /^images\.json has 2 images of pytorch\/pytorch, channel main/);
    assert.equal(await readFile(join(folder, "images.json"), "utf8"), imageListText(list));
  });

  it("refuses the list of another repository of the owner", async () => {
    const line = { ...list, channel: "release/2.8" };
    await publish({ ...line, repository: "pytorch/vision" }, "release-2.8");
    const stranger = await slipway("--channel", "release/2.8");
    assert.equal(stranger.exitCode, 1);
    assert.match(stranger.stderr, /is the list of pytorch\/vision, channel release\/2\.8, and not/);
  });

  it("says of a registry that shows nothing what may be the cause and how to log in", async () => {
    const wrong = JSON.parse(await readFile(join(cloud().folder, "cloud.json"), "utf8")) as {
      registries: Record<string, { password: string }>;
    };
    wrong.registries["ghcr.io"]!.password = "wrong";
    const home = join(folder, "home");
    await mkdir(home, { mode: 0o700 });
    await writeFile(join(home, "cloud.json"), JSON.stringify({ ...wrong, folder: home }));
    const { exitCode, stderr } = await execa(process.execPath, [MAIN, "images"], {
      ...{ cwd: folder, reject: false, env: { ...environment(), SLIPWAY_HOME: home } },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /is private, or nothing was published yet, or pytorch is the wrong owner/);
    assert.match(stderr, /docker login, or GHCR_USER and GHCR_TOKEN/);
    assert.ok(!stderr.includes("    at "), stderr);
  });

  describe("the examples of docs/consuming.md", () => {
    let examples: ReadonlyMap<string, string>;
    before(async () => {
      await publish(list);
      const text = await readFile(join(ROOT, "docs/consuming.md"), "utf8");
      const found = text.matchAll(/<!-- example: (\w+) -->\n+```\w+\n(.*?)```/gs);
      examples = new Map([...found].map(([, name = "", code = ""]) => [name, code]));
      await writeFile(join(folder, "images.json"), imageListText(list));
    });

    it("are those that are run here", () => {
      assert.deepEqual([...examples.keys()], ["own", "other", "node", "shell"]);
    });

    it("name actions by the commits that the project's own workflows do", async () => {
      const pins = parse(
        await readFile(join(ROOT, ".github/pinned-actions.yaml"), "utf8"),
      ) as Record<string, { version: string; commit: string }>;
      const { version, commit } = pins["actions/checkout"]!;
      const uses = `uses: actions/checkout@${commit} # ${version}`;
      assert.ok(examples.get("own")!.includes(uses), `write anew: ${uses}`);
    });

    for (const name of ["own", "other"]) {
      it(`give a workflow the reference: ${name}`, async () => {
        const workflow = parse(examples.get(name)!) as {
          jobs: Record<string, { steps: { run?: string }[] }>;
        };
        const script = workflow.jobs["image"]!.steps.find(({ run }) => run !== undefined)!.run!;
        const bin = join(folder, `bin-${name}`);
        await mkdir(bin);
        await putProgram(bin, "slipway", MAIN);
        await putProgram(bin, "jq", JQ);
        const output = join(folder, `output-${name}`);
        const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c"];
        await execa("bash", [...args, script.replace("--stack main", "--stack local")], {
          cwd: folder,
          env: {
            ...environment(),
            ...{ PATH: `${bin}:${process.env["PATH"] ?? ""}`, RUNNER_TEMP: bin },
            GITHUB_OUTPUT: output,
          },
        });
        assert.equal(await readFile(output, "utf8"), `image=${reference}\n`);
      });
    }

    it("read the list in Node", async () => {
      const installed = join(folder, "node_modules/slipway");
      await mkdir(installed, { recursive: true });
      await cp(join(ROOT, "package.json"), join(installed, "package.json"));
      await cp(join(ROOT, "reader"), join(installed, "reader"), { recursive: true });
      await writeFile(join(folder, "example.mjs"), examples.get("node")!);
      const { stdout } = await execa(process.execPath, ["example.mjs"], { cwd: folder });
      assert.equal(stdout, reference);
    });

    it("are as right as the one of the help text", async () => {
      const bin = join(folder, "bin-help");
      await mkdir(bin);
      await putProgram(bin, "slipway", MAIN);
      await putProgram(bin, "jq", JQ);
      const { stdout: help } = await slipway("--help");
      const example = /slipway images --stack main --json \| jq .*/.exec(help)![0];
      const { stdout } = await execa(
        "sh",
        ["-c", `${example.replace("main", "local")} /dev/stdin`],
        {
          cwd: folder,
          env: { ...environment(), PATH: `${bin}:${process.env["PATH"] ?? ""}` },
        },
      );
      assert.equal(stdout, reference);
    });

    it("read the list with jq, and fail with the reason where something is not there", async () => {
      const bin = join(folder, "bin-shell");
      await mkdir(bin);
      await putProgram(bin, "jq", JQ);
      const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
      const shell = (script: string) =>
        execa("sh", ["-c", script], { cwd: folder, reject: false, env });
      const example = examples.get("shell")!;
      assert.equal((await shell(example)).stdout, reference);
      const missing = await shell(example.replace("cuda12.8", "cuda99"));
      assert.notEqual(missing.exitCode, 0);
      assert.match(missing.stderr, /almalinux-builder\/cuda99 is not on docker\.io/);
      await writeFile(join(folder, "images.json"), '{"version": 2}');
      const newer = await shell(example);
      assert.notEqual(newer.exitCode, 0);
      assert.match(newer.stderr, /images\.json is of version 2, not 1/);
    });
  });
});
