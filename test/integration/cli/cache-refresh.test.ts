/* `slipway cache refresh` as people and workflows call it, on a local cloud with published images. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { execa } from "execa";
import { Store } from "../../../cli/cache/store/store.ts";
import { ImageListTag } from "../../../cli/publishing/image-list-tag.ts";
import { type CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { type ImageList, imageListText } from "../../../rules/image-list.ts";
import { withCloud } from "../../support/cloud.ts";
import { EmulatedGithub } from "../../support/emulator.ts";
import { startBreakingRegistry } from "../cache/support/breaking-registry.ts";
import { contentBytes, randomContent } from "../cache/support/content.ts";
import { give, sampleImage, type SampleImage } from "../cache/support/sample-images.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");
const COMMIT = "c".repeat(40);
const JAMMY = "pytorch-linux-jammy-rocm-n-py3";
const NOBLE = "pytorch-linux-noble-rocm-n-py3";
const LABELS = [`ci-image/${JAMMY}`, `ci-image/${NOBLE}`] as const;
const LAYER = 300_000;

interface Answer {
  readonly channel: string;
  readonly images: readonly Readonly<Record<string, string | number>>[];
  readonly notes: readonly string[];
}

describe("slipway cache refresh", function () {
  this.timeout(3 * 60_000);
  const cloud = withCloud();
  let folder: string;
  let store: string;
  let images: readonly SampleImage[];
  let credentials: CredentialsByHost;

  before("publish two images on ghcr.io, and none on ECR", async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-cache-refresh-"));
    store = join(folder, "store");
    const { host, username, password } = cloud().registries["ghcr.io"];
    credentials = { [host]: { username, password } };
    images = [
      await sampleImage([randomContent("base", LAYER), randomContent("jammy", LAYER)]),
      await sampleImage([randomContent("base", LAYER), randomContent("noble", LAYER)]),
    ];
    const name = `${host}/pytorch/ci-image`;
    const client = new Registries().repository(name, credentials, "push");
    for (const { blobs, manifest, manifestBytes } of images) {
      for (const [digest, content] of blobs) {
        const bytes = await contentBytes(content);
        await client.blobs.ensure(
          { digest, size: bytes.length },
          { open: async () => Readable.from([bytes]) },
        );
      }
      const document = JSON.parse(manifestBytes.toString()) as object;
      await client.manifests.put(manifest.digest, { ...manifest, bytes: manifestBytes, document });
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A channel's list of what is published, by accelerator. */
  const listOf = (
    entries: Readonly<Record<string, SampleImage>>,
    more: Partial<ImageList> = {},
    hosts = { ecr: cloud().registries.ecr.host, "ghcr.io": cloud().registries["ghcr.io"].host },
  ): ImageList => ({
    ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
    commit: COMMIT,
    families: {
      "ci-image": {
        images: Object.fromEntries(
          Object.entries(entries).map(
            ([
              accelerator,
              {
                manifest: { digest },
              },
            ]) => [
              accelerator,
              {
                ...{ digest, contentName: `${accelerator}-k${"a".repeat(40)}`, commit: COMMIT },
                ...{ platforms: ["linux/amd64"], names: [] },
                references: {
                  ecr: `${hosts.ecr}/pytorch/ci-image@${digest}`,
                  "ghcr.io": `${hosts["ghcr.io"]}/pytorch/ci-image@${digest}`,
                },
              },
            ],
          ),
        ),
      },
    },
    ...more,
  });
  const both = () => ({ [JAMMY]: images[0]!, [NOBLE]: images[1]! });
  const fileOf = async (list: ImageList) => {
    const file = join(folder, "images.json");
    await writeFile(file, imageListText(list));
    return file;
  };
  const spawn = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    execa(process.execPath, [MAIN, "cache", "refresh", ...args], {
      ...{ cwd: folder, reject: false, stdin: "ignore" },
      env: {
        ...{ SLIPWAY_HOME: cloud().folder, SLIPWAY_CACHE_STORE: store, NODE_NO_WARNINGS: "1" },
        ...{ GITHUB_ACTIONS: undefined, INIT_CWD: undefined, GITHUB_REPOSITORY: undefined },
        ...{ GITHUB_REPOSITORY_ID: undefined, ...env },
      },
    });
  const answered = async (...args: readonly string[]): Promise<Answer> => {
    const { exitCode, stdout, stderr } = await spawn([...args, "--json"]);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    return JSON.parse(stdout) as Answer;
  };

  it("brings the images of a list, says why a registry was left, and then has nothing to do", async () => {
    const file = await fileOf(listOf(both()));
    const first = await spawn(["--images", file, "--reserve", "0"]);
    assert.equal(first.exitCode, 0, first.stderr);
    const { ecr, "ghcr.io": ghcr } = cloud().registries;
    for (const label of LABELS) {
      const why = `${label}: ${ecr.host}/pytorch/ci-image is left for ${ghcr.host}/pytorch/ci-image: `;
      assert.ok(first.stderr.includes(why), first.stderr);
    }
    const rows = first.stdout.split("\n").slice(2);
    const short = (image: SampleImage) => image.manifest.digest.slice(7, 19);
    assert.deepEqual(
      rows.map((line) => line.split(/ {2,}/).filter((_, column) => column !== 3 && column !== 4)),
      [
        ["image", "digest", "from", "result"],
        [LABELS[0], short(images[0]!), "ghcr.io", "new"],
        [LABELS[1], short(images[1]!), "ghcr.io", "new"],
      ],
    );
    const kept = await (await Store.open(store)).images("main");
    assert.deepEqual(
      kept.map(({ label }) => label),
      LABELS,
    );

    const second = await spawn(["--images", file, "--reserve", "0"]);
    assert.equal(second.stderr, "");
    const unchanged = second.stdout.split("\n").filter((line) => line.endsWith("unchanged"));
    assert.equal(unchanged.length, 2, second.stdout);
    for (const line of unchanged) assert.match(line, / {2}-\s+0 B {6}60\d\.\d kB {2}unchanged$/);
  });

  it("takes the list from where the channel publishes it, or from a reference", async () => {
    const { host } = cloud().registries["ghcr.io"];
    const name = `${host}/pytorch/slipway-images`;
    const missing = await spawn(["--channel", "release/2.7"]);
    assert.equal(missing.exitCode, 1);
    assert.match(missing.stderr, /channel release\/2\.7 published nothing yet/);
    const tag = new ImageListTag(name, "release-2.7", new Registries(), credentials);
    await tag.write(listOf(both(), { channel: "release/2.7" }));
    try {
      const published = await answered("--channel", "release/2.7", "--image", LABELS[0]);
      assert.deepEqual(
        [published.channel, ...published.images.map(({ label, outcome }) => `${label} ${outcome}`)],
        ["release/2.7", `${LABELS[0]} new`],
      );
      const stranger = await spawn(["--images", `${name}:release-2.7`]);
      assert.equal(stranger.exitCode, 1);
      assert.match(
        stranger.stderr,
        /slipway-images:release-2\.7: 1 problem\n {2}channel: "release\/2\.7" is not/,
      );
      const given = ["--channel", "release/2.7", "--images", `${name}:release-2.7`];
      assert.deepEqual(
        (await answered(...given)).images.map(({ outcome, bytesFetched }) => [
          outcome,
          bytesFetched,
        ]),
        [
          ["unchanged", 0],
          ["new", 0],
        ],
      );
    } finally {
      const digest = await new Registries()
        .repository(name, credentials)
        .manifests.digest("release-2.7");
      const { username, password } = cloud().registries["ghcr.io"];
      const login = Buffer.from(`${username}:${password}`).toString("base64");
      await fetch(`http://${host}/v2/pytorch/slipway-images/manifests/${digest}`, {
        method: "DELETE",
        headers: { authorization: `Basic ${login}` },
      });
    }
  });

  it("changes nothing for a list that is not the stack's, and says all that is wrong with it", async () => {
    const hosts = { ecr: "ecr.attacker.example", "ghcr.io": cloud().registries["ghcr.io"].host };
    const file = await fileOf(listOf(both(), {}, hosts));
    const before = await readFile(join(store, "channels/main/index.json"), "utf8");
    const { exitCode, stdout, stderr } = await spawn(["--images", file]);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(
      stderr,
      /images\.json: 2 problems\n {2}families\.ci-image\.images\.\S+\.references\.ecr: /,
    );
    assert.ok(!stderr.includes("    at "), stderr);
    assert.equal(await readFile(join(store, "channels/main/index.json"), "utf8"), before);
  });

  it("names the images there are when it is asked for another, or for a part of one", async () => {
    const file = await fileOf(listOf(both()));
    const labels = [LABELS[0].replace("jammy", "jamy"), `${LABELS[0]}@linux/amd64`, "almalinux"];
    const { exitCode, stderr } = await spawn(["--images", file, "--image", ...labels]);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /"ci-image\/\S*jamy\S*" is no image \(did you mean "ci-image\/\S*jammy\S*"\?\);/,
    );
    assert.match(stderr, /names a platform; leave @linux\/amd64 out; "almalinux" is no image/);
    assert.match(stderr, /There are: .*no_rocm_image_ubuntu24_04/);
    const known = await answered("--images", file, "--image", "no_rocm_image_ubuntu24_04");
    assert.equal(known.images[0]!["outcome"], "unlisted");
  });

  it("refuses wrong usage with exit code 2, and a machine without room with 1", async () => {
    for (const [args, message] of [
      [["--channel", "users/me"], /Only main and release lines are kept/],
      [["--channel", "main", "--run", "1"], /cannot be used with option '--run <id>'/],
      [["--run", "1;id"], /Write the number of a run/],
      [["--reserve", "5G"], /Write 10GiB, 500MB, or a number of bytes/],
      [["--from", "quay.io"], /Allowed choices are ecr, ghcr\.io, docker\.io/],
    ] as const) {
      const { exitCode, stderr } = await spawn(args);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, message);
    }
    const unnamed = await spawn([], { SLIPWAY_CACHE_STORE: "" });
    assert.equal(unnamed.exitCode, 1);
    assert.match(
      unnamed.stderr,
      /no store is named; write --store|--store is empty; write --store/,
    );
    const file = await fileOf(listOf(both()));
    const full = await spawn(["--images", file, "--reserve", "8000TiB", "--store", "other"]);
    assert.equal(full.exitCode, 1);
    assert.match(
      full.stdout,
      /are to stay free \(--reserve\), .* are missing\. Nothing was fetched/,
    );
    assert.deepEqual(await readdir(join(folder, "other/blobs/sha256")), []);
  });

  it("follows a run that published, and no other one", async () => {
    const github = new EmulatedGithub(cloud().github);
    const good = {
      ...({ workflow: "up.yml", headSha: COMMIT, event: "push" } as const),
      ...({ headBranch: "release/2.7", status: "completed", conclusion: "success" } as const),
    };
    const file = await fileOf(listOf(both(), { channel: "release/2.7" }));
    const ofRun = (id: number, env: Readonly<Record<string, string>> = {}) =>
      spawn(["--run", String(id), "--images", file, "--json"], env);
    const run = await github.putRun(good);
    const followed = await ofRun(run);
    assert.equal(followed.exitCode, 0, followed.stderr);
    assert.equal((JSON.parse(followed.stdout) as Answer).channel, "release/2.7");

    const failed = { ...good, event: "pull_request", conclusion: "failure" } as const;
    const other = await ofRun(await github.putRun(failed));
    assert.deepEqual([other.exitCode, other.stdout], [1, ""]);
    assert.match(other.stderr, /was started by "pull_request", .* did not succeed \("failure"\)/);
    const elsewhere = await ofRun(run, { GITHUB_REPOSITORY_ID: "7" });
    assert.match(elsewhere.stderr, /is of another repository \(id \d+, not 7\)/);
    const stranger = await ofRun(run, { GITHUB_REPOSITORY: "pytorch/vision" });
    assert.match(
      stranger.stderr,
      /one of pytorch\/vision \(GITHUB_REPOSITORY\), and the stack is of pytorch\/pytorch/,
    );
    assert.match((await ofRun(999_999_999)).stderr, /has no run 999999999 that the token may see/);
  });

  describe("with a registry that can be broken", () => {
    let registry: Awaited<ReturnType<typeof startBreakingRegistry>>;
    let home: string;
    let file: string;
    before(async () => {
      registry = await startBreakingRegistry();
      home = join(folder, "home");
      await mkdir(home, { mode: 0o700 });
      const text = await readFile(join(cloud().folder, "cloud.json"), "utf8");
      const description = JSON.parse(text) as {
        registries: Record<string, { host: string }>;
      };
      for (const name of ["ecr", "ghcr.io"]) description.registries[name]!.host = registry.host;
      await writeFile(join(home, "cloud.json"), JSON.stringify({ ...description, folder: home }));
      for (const image of images) give(image, [registry]);
      const hosts = { ecr: registry.host, "ghcr.io": registry.host };
      file = await fileOf(listOf(both(), {}, hosts));
    });
    after(() => registry.stop());
    beforeEach(() => registry.reset());

    const refresh = (args: readonly string[] = []) =>
      spawn(["--images", file, "--reserve", "0", "--store", "broken", ...args], {
        SLIPWAY_HOME: home,
      });

    it("keeps what an interrupted run fetched, says so, and goes on from there", async () => {
      const stalled = images[1]!.layers[1]!.digest;
      const reached = new Promise<void>((resolve) => {
        registry.breaks = ({ url }) => {
          if (!url.endsWith(stalled)) return undefined;
          resolve();
          return { stallAfter: 1000 };
        };
      });
      const running = refresh();
      await reached;
      running.kill("SIGINT");
      const { exitCode, stdout, stderr } = await running;
      assert.deepEqual([exitCode, stdout], [130, ""]);
      assert.match(stderr, /interrupted: .* the next run goes on from there/);
      const kept = await (await Store.open(join(folder, "broken"))).images("main");
      assert.deepEqual(
        kept.map(({ label }) => label),
        [LABELS[0]],
      );

      registry.reset();
      const again = await refresh(["--json"]);
      assert.equal(again.exitCode, 0, again.stderr);
      const answer = JSON.parse(again.stdout) as Answer;
      assert.deepEqual(
        answer.images.map(({ outcome }) => outcome),
        ["unchanged", "new"],
      );
      assert.ok(registry.sentBytes < LAYER + 2000, `${registry.sentBytes} bytes were sent anew`);
    });

    it("ends with 1 when an image cannot be had, and tells of it and of the others", async () => {
      await rm(join(folder, "broken"), { recursive: true, force: true });
      const { digest } = images[0]!.manifest;
      registry.breaks = ({ url }) => (url.endsWith(digest) ? { status: 404 } : undefined);
      const { exitCode, stdout, stderr } = await refresh();
      assert.equal(exitCode, 1);
      assert.match(
        stdout,
        new RegExp(`${LABELS[0]} .* failed\n${LABELS[1]} .* new\n\n${LABELS[0]}: .*HTTP 404`),
      );
      assert.ok(!stderr.includes("    at "), stderr);
    });
  });
});
