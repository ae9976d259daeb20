/* `slipway image` as people call it, on a local cloud where nothing was built but what a test puts there. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { execa } from "execa";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { withCloud } from "../../support/cloud.ts";
import { push, sampleImage } from "../oci/sample-image.ts";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");
const FAMILY = "no_rocm_image_ubuntu24_04";
/** Of this file alone: other tests on the same cloud have runs of their own commits. */
const commit = randomBytes(20).toString("hex");

describe("slipway image", function () {
  this.timeout(60_000);
  const cloud = withCloud();
  let repository: RepositoryClient;

  before(() => {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const name = `${host}/pytorch/${FAMILY}`;
    repository = new Registries().repository(name, { [host]: { username, password } }, "push");
  });

  async function slipway(args: readonly string[], env: Record<string, string> = {}) {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, "image", ...args], {
      reject: false,
      env: {
        ...{ SLIPWAY_HOME: cloud().folder, GITHUB_ACTIONS: undefined, NODE_NO_WARNINGS: "1" },
        ...env,
      },
    });
    return { exitCode, stdout, stderr };
  }

  /** A run of up.yml for a commit, in the emulator of GitHub. */
  async function run(headSha: string, conclusion: string): Promise<void> {
    const { endpoint, token } = cloud().github;
    const answer = await fetch(`${endpoint}/_emulator/runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        ...{ repository: "pytorch/pytorch", workflow: "up.yml", event: "push", headBranch: "main" },
        ...{ headSha, status: "completed", conclusion },
      }),
    });
    assert.equal(answer.status, 200);
  }

  let contentName: string;

  it("tells what is missing and what would build it, with exit code 1", async () => {
    const { exitCode, stdout, stderr } = await slipway([FAMILY]);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    contentName = /:(k[0-9a-f]{40}) is not there/.exec(stderr)?.[1] ?? "";
    assert.notEqual(contentName, "", stderr);
    assert.ok(
      stderr.endsWith(`Build it: slipway build --missing --stack local --family ${FAMILY}`),
      stderr,
    );
    const other = await slipway(["almalinux-builder", "cuda12.8"]);
    assert.match(
      other.stderr,
      /localhost:\d+\/pytorch\/almalinux-builder:cuda12\.8-k[0-9a-f]{40} is not there: .*--family almalinux-builder --accelerator cuda12\.8$/,
    );
  });

  it("fails at once with --wait when the run for the commit failed", async () => {
    await run(commit, "failure");
    const { exitCode, stderr } = await slipway([FAMILY, "--wait", "30", "--commit", commit]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /run \d+ of up\.yml for [0-9a-f]{40} ended: failure \(http/);
  });

  it("fails at once with --wait in a workflow of a ref that publishes nothing", async () => {
    const { exitCode, stderr } = await slipway(
      ["almalinux-builder", "cpu", "--wait", "30", "--commit", "d".repeat(40)],
      {
        ...{ GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "pytorch/pytorch" },
        ...{ GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/1/merge" },
      },
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /and none will come: refs\/pull\/1\/merge is none of main/);
  });

  it("prints the reference alone once it is there, with --wait too", async () => {
    const image = sampleImage();
    await push(image, repository, contentName);
    const { digest } = image.manifest;
    const reference = `${repository.host}/${repository.path}@${digest}`;
    for (const args of [[], ["--wait", "30", "--commit", commit], ["--registry", "ghcr.io"]]) {
      const { exitCode, stdout, stderr } = await slipway([FAMILY, ...args]);
      assert.deepEqual([exitCode, stdout, stderr], [0, reference, ""], args.join(" "));
    }
    const { stdout } = await slipway([FAMILY, "--json"]);
    assert.deepEqual(JSON.parse(stdout), {
      ...{ family: FAMILY, accelerator: "default", contentName, registry: "ghcr.io" },
      ...{ digest, reference },
    });
  });

  it("refuses what is no image, and says what is", async () => {
    const refused: [args: string[], code: number, message: RegExp][] = [
      [["almalinux-bilder"], 1, /is no family of stack local.*almalinux-builder/],
      [[FAMILY, "cuda12.8"], 1, /has one image and no accelerators; leave "cuda12\.8" out/],
      [["almalinux-builder"], 1, /has an image for each accelerator; name one of: .*cuda12\.8/],
      [["almalinux-builder", "cuda99"], 1, /"cuda99" is no accelerator of almalinux-builder/],
      [[FAMILY, "--registry", "ecr"], 1, /--registry: "ecr" does not carry .*there are: ghcr\.io/],
      [["almalinux-builder", "cpu", "--wait", "5", "--commit", "main"], 1, /not a whole commit/],
      [[FAMILY, "--commit", commit], 2, /--commit: only with --wait/],
      [[FAMILY, "--wait", "0"], 2, /minutes above 0/],
      [[FAMILY, "--wait", "soon"], 2, /minutes above 0/],
    ];
    for (const [args, code, message] of refused) {
      const { exitCode, stdout, stderr } = await slipway(args);
      assert.deepEqual([exitCode, stdout], [code, ""], args.join(" "));
      assert.match(stderr, message);
    }
  });
});
