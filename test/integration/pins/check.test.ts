/* `slipway pins check` as people and workflows call it, on a tree whose pins are on the registries of a local cloud. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { ImageListTag } from "../../../cli/publishing/image-list-tag.ts";
import type { RegistryName } from "../../../catalog.ts";
import { sha256 } from "../../../oci/digest.ts";
import { Registries } from "../../../oci/registries.ts";
import { type ImageList, imageListText } from "../../../rules/image-list.ts";
import { withCloud } from "../../support/cloud.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { type Proxy, startProxy } from "../oci/proxy.ts";
import { push, sampleImageFor } from "../oci/sample-image.ts";
import { imageBuilt } from "./support/built-image.ts";
import { stoppedCloud } from "./support/stopped-cloud.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");
const absent = sha256(Buffer.from("nothing"));
const short = (digest: string) => digest.slice(0, 19);

interface Row {
  readonly file: string;
  readonly line: number;
  readonly image: string | null;
  readonly digest: string | null;
  readonly finding: string | null;
}

describe("slipway pins check", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let other: TestRegistry;
  let proxy: Proxy;
  let root: string;
  let lists: string;
  before(async () => {
    other = await startRegistry();
    proxy = await startProxy(other.port);
  });
  after(async () => {
    await proxy.stop();
    await other.stop();
  });
  beforeEach(async () => {
    proxy.reset();
    root = await mkdtemp(join(tmpdir(), "slipway-pins-check-"));
    lists = await mkdtemp(join(tmpdir(), "slipway-pins-lists-"));
  });
  afterEach(async () => {
    for (const folder of [root, lists]) await rm(folder, { recursive: true, force: true });
  });

  const place = (family: string, registry: RegistryName = "ghcr.io") =>
    `${cloud().registries[registry].host}/pytorch/${family}`;
  const repository = (family: string) => {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const credentials = { [host]: { username, password } };
    return new Registries().repository(place(family), credentials, "push");
  };
  const write = async (path: string, ...lines: readonly string[]) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${lines.join("\n")}\n`);
  };
  const check = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    execa(process.execPath, [MAIN, "pins", "check", "--stack", "local", "--root", root, ...args], {
      reject: false,
      cwd: lists,
      env: {
        SLIPWAY_HOME: cloud().folder,
        DOCKER_CONFIG: lists,
        GITHUB_ACTIONS: undefined,
        INIT_CWD: undefined,
        NODE_NO_WARNINGS: "1",
        ...env,
      },
    });
  async function rows(...args: readonly string[]): Promise<readonly Row[]> {
    return JSON.parse((await check(["--json", ...args])).stdout) as readonly Row[];
  }
  function listOf(digest: string): ImageList {
    const commit = "c".repeat(40);
    const image = {
      ...{ digest, contentName: `k${"a".repeat(40)}`, commit, platforms: ["linux/amd64"] },
      references: { "ghcr.io": `${place("no_rocm_image_ubuntu24_04")}@${digest}` },
      names: [],
    };
    return {
      ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
      commit,
      families: { no_rocm_image_ubuntu24_04: { images: { default: image } } },
    };
  }

  it("finds one digest left behind, by dates and by a list, and nothing once it has moved", async () => {
    const family = "no_rocm_image_ubuntu24_04";
    const old = await push(imageBuilt("2026-06-15T10:00:00Z"), repository(family));
    const now = await push(imageBuilt("2026-08-18T10:00:00Z"), repository(family));
    await write(
      ".github/workflows/ci.yml",
      "jobs:",
      "  test:",
      `    container: ${place(family)}@${now} # 2026-08-18`,
      `  old:`,
      `    container: ${place(family)}@${now} # 2026-06-15`,
    );
    await write("docs/guide.md", "Run this:", "", `    docker run ${place(family)}@${old} bash`);
    const found = await check();
    assert.equal(found.exitCode, 1, found.stderr);
    assert.match(found.stdout, /^no_rocm_image_ubuntu24_04\n/);
    const text = found.stdout.replaceAll(/\n +/g, " ");
    assert.ok(
      text.includes(
        `two-digests: ${family} is pinned at 2 digests; newer than this is ${short(now)} (built on 2026-08-18; 2 places) docs/guide.md:3:16 `,
      ),
      found.stdout,
    );
    assert.match(text, /stale-date: .* is 2026-06-15, and it was built on 2026-08-18 \(UTC\)/);
    assert.match(
      text,
      /\n2 findings at 2 of 3 places; 1 image, 2 digests, read 2 files, asked localhost:\d+$/,
    );

    // What is published last counts for more than when it was built: it may be a way back.
    const file = join(lists, "images.json");
    await writeFile(file, imageListText(listOf(old)));
    const byFile = await rows("--images", file);
    assert.deepEqual(
      byFile.map(({ file: path, finding }) => [path, finding]),
      [
        [".github/workflows/ci.yml", "two-digests"],
        [".github/workflows/ci.yml", "two-digests"],
        [".github/workflows/ci.yml", "stale-date"],
        ["docs/guide.md", null],
      ],
    );
    const { host, username, password } = cloud().registries["ghcr.io"];
    const published = `${host}/pytorch/lists-of-check`;
    const logins = { [host]: { username, password } };
    await new ImageListTag(published, "main", new Registries(), logins).write(listOf(old));
    assert.deepEqual(await rows("--images", `${published}:main`), byFile);

    await write("docs/guide.md", "Run this:", "", `    docker run ${place(family)}@${now} bash`);
    await write(".github/workflows/ci.yml", `container: ${place(family)}@${now} # 2026-08-18`);
    const right = await check();
    assert.deepEqual([right.exitCode, right.stderr], [0, ""], right.stdout);
    assert.match(
      right.stdout,
      /^nothing to do: 2 places, 1 image, 1 digest, read 2 files, asked localhost:\d+$/,
    );
    // A list that has another one is no fault of the tree: else each publication would break every check.
    const newer = await check(["--images", file]);
    assert.equal(newer.exitCode, 0, newer.stdout);
    assert.equal(
      newer.stdout.split("\n")[0],
      `note: ${family}: a newer one is published, ${short(old)} (channel main): slipway pins bump ${family} --root ${root} --stack local --images ${file}`,
    );
    assert.deepEqual(
      (await rows("--images", file)).map(({ finding }) => finding),
      [null, null],
    );
  });

  it("goes on where the local cloud is stopped, and says what was not checked", async () => {
    const home = await mkdtemp(join(tmpdir(), "slipway-stopped-"));
    try {
      await writeFile(join(home, "cloud.json"), JSON.stringify(stoppedCloud(cloud(), home)));
      await write("a.sh", `docker pull localhost:2/pytorch/no_rocm_image_ubuntu24_04@${absent}`);
      const offline = await check(["--offline"], { SLIPWAY_HOME: home });
      assert.deepEqual([offline.exitCode, offline.stderr], [0, ""], offline.stdout);
      assert.match(offline.stdout, /^no finding: 1 place, 1 not checked, /m);
      // Of an image by a name nearby alone, which is no reason to keep quiet about it.
      await write(
        "b.sh",
        "IMAGE=localhost:2/pytorch/therock_build_manylinux_x86_64",
        `DIGEST=${absent.slice(0, -4)}abcd`,
      );
      const nearby = await check(["--offline"], { SLIPWAY_HOME: home });
      assert.match(nearby.stdout, /^no finding: 2 places, 2 not checked, /m);
      await rm(join(root, "b.sh"));
      const asked = await check([], { SLIPWAY_HOME: home });
      assert.equal(asked.exitCode, 0, asked.stderr);
      assert.match(asked.stderr, /^note: without the published lists/m);
      assert.match(asked.stdout, /^note: not checked: 1 digest at 1 place: /);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it("says what it looked for where there is no pin", async () => {
    await write("a.sh", "docker pull ghcr.io/others/tools:latest");
    const { exitCode, stdout } = await check();
    assert.equal(exitCode, 0);
    assert.match(
      stdout.replaceAll(/\n +/g, " "),
      /^no pin found of the images of stack local; looked for .*almalinux-builder.* on localhost:\d+, /,
    );
  });

  it("finds what is not there, not whole, and not built for the family's platform", async () => {
    const broken = sampleImageFor("linux/amd64");
    await push(broken, repository("therock_build_manylinux_x86_64"));
    const { host, username, password } = cloud().registries["ghcr.io"];
    const blob = broken.manifest.document.layers![0]!.digest;
    const login = Buffer.from(`${username}:${password}`).toString("base64");
    const { status } = await fetch(
      `http://${host}/v2/pytorch/therock_build_manylinux_x86_64/blobs/${blob}`,
      { method: "DELETE", headers: { authorization: `Basic ${login}` } },
    );
    assert.equal(status, 202);
    const arm = await push(
      sampleImageFor("linux/arm64"),
      repository("therock_build_manylinux_rccl_x86_64"),
    );
    await write(
      "a.py",
      `A = "${place("therock_build_manylinux_x86_64")}@${broken.manifest.digest}"`,
      `B = "${place("therock_build_manylinux_rccl_x86_64")}@${arm}"`,
      `C = "${place("no_rocm_image_ubuntu24_04")}@${absent}"`,
      `D = "${place("no_rocm_image_ubuntu24_04-candidate")}@${absent}"`,
      `E = "${place("almalinux-builder", "docker.io")}:cuda12.8-main"`,
      `F = "${place("no_rocm_image_ubuntu24_04", "ecr")}@${absent}"`,
      `G = "${place("no_rocm_image_ubuntu24_04")}@${absent.slice(0, -1)}"`,
    );
    assert.deepEqual(
      (await rows()).map(({ line, image, finding }) => [line, image, finding]),
      [
        [1, "therock_build_manylinux_x86_64", "incomplete"],
        [2, "therock_build_manylinux_rccl_x86_64", "incomplete"],
        [3, "no_rocm_image_ubuntu24_04", "missing"],
        [4, "no_rocm_image_ubuntu24_04", "candidate-missing"],
        [5, "almalinux-builder/cuda12.8", "floating"],
        [6, null, "unpublished"],
        [7, "no_rocm_image_ubuntu24_04", "malformed"],
      ],
    );
    const { exitCode, stdout } = await check();
    assert.equal(exitCode, 1);
    const text = stdout.replaceAll(/\n +/g, " ");
    assert.ok(text.includes(`blob ${blob} is not there`), stdout);
    assert.match(text, /has no image for linux\/amd64, .* it has linux\/arm64/);
  });

  it("notes what a registry keeps to itself, which is no finding", async () => {
    const client = new Registries().repository(
      `${other.host}/library/base`,
      other.credentials,
      "push",
    );
    const digest = await push(imageBuilt("2026-08-18T10:00:00Z"), client);
    const base = `${proxy.host}/library/base`;
    await write("pins.yaml", `images: [${base}]`);
    await write("images/x/Dockerfile", `FROM ${base}:1@${digest}`);
    const without = await check();
    assert.equal(without.exitCode, 0, without.stdout);
    assert.match(without.stdout, /^no finding: 1 place, 1 not checked, /m);
    assert.match(
      without.stdout.replaceAll(/\n +/g, " "),
      /^note: not checked: 1 digest at 1 place: localhost:\d+\/library\/base: HTTP 401 .* none is configured for it/,
    );
    const auth = (password: string) =>
      writeFile(
        join(lists, "config.json"),
        JSON.stringify({
          auths: {
            [proxy.host]: { auth: Buffer.from(`${other.username}:${password}`).toString("base64") },
          },
        }),
      );
    await auth("not the password");
    const wrong = await check();
    assert.equal(wrong.exitCode, 0);
    assert.match(wrong.stdout.replaceAll(/\n +/g, " "), /the login configured .* was refused/);
    assert.deepEqual(
      (await rows()).map(({ image, finding }) => [image, finding]),
      [[base, "unchecked"]],
    );
    await auth(other.password);
    assert.deepEqual(
      (await rows()).map(({ finding }) => finding),
      [null],
    );
    await write("pins.yaml", `images: [${base}]`, "oldest: 1d");
    assert.deepEqual(
      (await rows()).map(({ finding }) => finding),
      ["old"],
    );
  });

  it("asks nobody with --offline, and says what the tree alone tells", async () => {
    const base = `${proxy.host}/library/base`;
    await write("pins.yaml", `images: [${base}]`);
    await write("Dockerfile", `FROM ${base}@${absent}`, `FROM ${base}:latest`);
    const { exitCode, stdout } = await check(["--offline"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /floating: "latest"/);
    assert.match(stdout.replaceAll(/\n +/g, " "), /asked no registry \(--offline\)$/);
    assert.deepEqual(
      (await rows("--offline")).map(({ finding }) => finding),
      ["unchecked", "floating"],
    );
    assert.deepEqual(proxy.seen, []);
    const both = await check(["--offline", "--images", `${base}:lists`]);
    assert.equal(both.exitCode, 1);
    assert.match(both.stderr, /--images .* is on a registry, and --offline asks none/);
  });

  it("shows findings beside the code in a workflow, and as data on standard output alone", async () => {
    await write("a,b.sh", `docker pull ${place("no_rocm_image_ubuntu24_04")}:latest`);
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: dirname(root) };
    const { exitCode, stdout, stderr } = await check(["--json"], env);
    assert.equal(exitCode, 1);
    assert.deepEqual(
      (JSON.parse(stdout) as readonly Row[]).map(({ finding }) => finding),
      ["floating"],
    );
    const [line = ""] = stderr.split("\n").filter((one) => one.startsWith("::"));
    assert.match(line, /^::error file=[\w-]+\/a%2Cb\.sh,line=1,col=13::floating: "latest"/);
  });

  it("refuses what is no tree, no list and no pins.yaml, with all that is wrong", async () => {
    const nowhere = await check(["--root", join(root, "nowhere")]);
    assert.equal(nowhere.exitCode, 1);
    assert.match(nowhere.stderr, /^error: --root ".*nowhere": there is no folder/);
    await write("a.yml", "x: 1");
    const noFolder = await check(["--root", join(root, "a.yml")]);
    assert.equal(noFolder.exitCode, 1);
    assert.match(noFolder.stderr, /^error: --root ".*a\.yml": .*a\.yml is a file; name a folder$/);
    const file = await check(["--images", "missing.json"]);
    assert.match(file.stderr, /^error: --images .*missing\.json: cannot be read/);
    await writeFile(join(lists, "bad.json"), "{}");
    const bad = await check(["--images", "bad.json"]);
    assert.match(bad.stderr, /^error: bad\.json: \d+ problems\n/);
    await write("pins.yaml", "images: [ubuntu]", "oldest: soon");
    const config = await check();
    assert.equal(config.exitCode, 1);
    assert.match(config.stderr, /pins\.yaml: 2 problems\n/);
  });
});
