/* What is recorded of one image, on two registries of which the first stands for ECR. */
import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import type { SurveyedImage } from "../../../cli/publishing/content-survey.ts";
import { recordImage } from "../../../cli/publishing/record-image.ts";
import type { Published, RecordRun } from "../../../cli/publishing/record-run.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { push, sampleImage, sampleIndex } from "../oci/sample-image.ts";

const COMMIT = "1".repeat(40);
const MAIN: RecordRun = {
  event: "push",
  ref: "refs/heads/main",
  commit: COMMIT,
  repository: "pytorch/pytorch",
};
const CONTENT = `cuda12.8-k${"a".repeat(40)}`;
const channel = (name: string, hasStack: boolean): Published => ({
  ...{ publish: true, channel: name, environment: "docker-build", hasStack, reason: "" },
});

describe("what is recorded of an image", function () {
  this.timeout(60_000);
  let ecr: TestRegistry;
  let ghcr: TestRegistry;
  let path: string;
  let tests = 0;
  const registries = new Registries();
  before(async () => {
    ecr = await startRegistry();
    ghcr = await startRegistry();
  });
  after(() => Promise.all([ecr.stop(), ghcr.stop()]));
  beforeEach(() => (path = `pytorch/image${++tests}`));

  const on = ({ host }: TestRegistry) => `${host}/${path}`;
  const recorder = () => ({
    registries,
    credentials: { ...ecr.credentials, ...ghcr.credentials },
  });
  const client = (registry: TestRegistry): RepositoryClient =>
    registries.repository(on(registry), recorder().credentials, "push");
  const tags = async (registry: TestRegistry) => (await client(registry).tags()).sort();
  const pin = (digest: string) => digest.replace("sha256:", "pin-");

  /** An image of a family, as the survey finds it with this content on both registries' names. */
  function surveyed(
    content: ReadonlyMap<string, string>,
    more: { readonly float?: string; readonly scheme?: "pytorch" | "therock" } = {},
  ): SurveyedImage {
    const { float, scheme = "pytorch" } = more;
    const family = { name: "image", scheme, registries: ["ecr", "ghcr.io"] } as const;
    return {
      // Only what is asked of a family here.
      family: { ...family, platforms: ["linux/amd64"] } as unknown as Family,
      image: {
        ...(scheme === "pytorch" && { accelerator: "cuda12.8" }),
        ...{ base: { image: "", digest: "" }, buildArgs: {} },
        ...(float !== undefined && { float }),
      },
      ...{ label: "image", platforms: ["linux/amd64"], contentName: CONTENT },
      repositories: [on(ecr), on(ghcr)],
      ...{ content, platformContents: new Map() },
    };
  }

  it("is its names, a pin, and the content on every registry", async () => {
    const image = sampleImage();
    const digest = await push(image, client(ghcr), CONTENT, "cuda12.8", "cuda12.8-main");
    const found = surveyed(new Map([[on(ghcr), digest]]));
    const recorded = await recordImage(found, MAIN, channel("main", true), recorder());
    assert.deepEqual(recorded, {
      entry: {
        ...{ digest, contentName: CONTENT, commit: COMMIT, platforms: ["linux/amd64"] },
        references: { ecr: `${on(ecr)}@${digest}`, "ghcr.io": `${on(ghcr)}@${digest}` },
        names: ["cuda12.8", `cuda12.8-${COMMIT}`, "cuda12.8-main"].map(
          (tag) => `${on(ghcr)}:${tag}`,
        ),
      },
      findings: [],
    });
    assert.deepEqual(await tags(ecr), [pin(digest)], "ECR carries no name of an event");
  });

  it("is a pin for every image of an index, too", async () => {
    const images = [sampleImage(), sampleImage()];
    const index = sampleIndex(images);
    for (const image of images) await push(image, client(ecr));
    await client(ecr).manifests.put(CONTENT, index);
    const found = surveyed(new Map([[on(ecr), index.digest]]));
    await recordImage(found, MAIN, channel("main", true), recorder());
    const digests = [...images.map(({ manifest }) => manifest.digest), index.digest];
    assert.deepEqual(await tags(ecr), [CONTENT, ...digests.map(pin)].sort());
    for (const digest of digests) {
      assert.equal(await client(ecr).manifests.digest(pin(digest)), digest);
    }
  });

  it("leaves a channel's names to its stack, and says which lead elsewhere", async () => {
    const old = await push(sampleImage(), client(ghcr), "cuda12.8");
    const digest = await push(sampleImage(), client(ghcr), CONTENT);
    const found = surveyed(new Map([[on(ghcr), digest]]));
    const recorded = await recordImage(found, MAIN, channel("main", true), recorder());
    assert.deepEqual(recorded?.findings, [
      `${on(ghcr)}:cuda12.8 leads to ${old} and not to ${digest}; slipway up puts it there`,
      `${on(ghcr)}:cuda12.8-main does not exist yet; slipway up puts it there`,
    ]);
    assert.deepEqual(recorded.entry.names, [`${on(ghcr)}:cuda12.8-${COMMIT}`]);
    assert.equal(await client(ghcr).manifests.digest("cuda12.8"), old);
  });

  it("moves the names of a branch without a stack", async () => {
    await push(sampleImage(), client(ghcr), "stage-x", "latest");
    const latest = await client(ghcr).manifests.digest("latest");
    const digest = await push(sampleImage(), client(ghcr), CONTENT);
    const found = surveyed(new Map([[on(ghcr), digest]]), { scheme: "therock" });
    const run = { ...MAIN, ref: "refs/heads/stage/docker/x" };
    const staged = channel("stage/docker/x", false);
    const recorded = await recordImage(found, run, staged, recorder());
    assert.deepEqual(recorded?.entry.names, [`${on(ghcr)}:stage-x`]);
    assert.equal(await client(ghcr).manifests.digest("stage-x"), digest);
    assert.equal(await client(ghcr).manifests.digest("latest"), latest);
  });

  it("keeps a record name that has other content, and says so", async () => {
    const name = "cuda12.8-v2.10.0-rc1";
    const old = await push(sampleImage(), client(ghcr), name);
    const digest = await push(sampleImage(), client(ghcr), CONTENT);
    const found = surveyed(new Map([[on(ghcr), digest]]));
    const run = { ...MAIN, ref: "refs/tags/v2.10.0-rc1" };
    const recorded = await recordImage(found, run, channel("release/2.10", false), recorder());
    assert.deepEqual(recorded?.entry.names, []);
    assert.deepEqual(recorded.findings, [
      `${on(ghcr)}:${name} was recorded before, with ${old}, and stays so; this run's image is ${digest}`,
    ]);
    assert.equal(await client(ghcr).manifests.digest(name), old);
  });

  it("is what float says where the image is rolled back, built or not", async () => {
    const float = await push(sampleImage(), client(ghcr), "cuda12.8", "cuda12.8-main");
    const recorded = await recordImage(
      surveyed(new Map(), { float }),
      MAIN,
      channel("main", true),
      recorder(),
    );
    assert.equal(recorded?.entry.digest, float);
    assert.equal(await client(ghcr).manifests.digest(`cuda12.8-${COMMIT}`), float);
    assert.deepEqual(await tags(ecr), [pin(float)]);
  });

  it("is nothing while the content, or what float says, is on no registry", async () => {
    const run = [MAIN, channel("main", true), recorder()] as const;
    assert.equal(await recordImage(surveyed(new Map()), ...run), undefined);
    const float = `sha256:${"0".repeat(64)}`;
    assert.equal(await recordImage(surveyed(new Map(), { float }), ...run), undefined);
    assert.deepEqual([await tags(ecr), await tags(ghcr)], [[], []]);
  });
});
