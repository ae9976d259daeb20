// Does not prove what BuildKit builds or a registry keeps.
import assert from "node:assert/strict";
import { Provider as DockerBuildProvider } from "@pulumi/docker-build";
import type { Family } from "../../catalog.ts";
import { ImageFamily, type ImageFamilyArgs } from "../../components/image-family.ts";
import { isUnknown, previewParity, runInEngine } from "../support/engine.ts";
import type { PropertyMap } from "../../engine/values.ts";

const [image, imageName] = ["docker-build:index:Image", "slipway:index:ImageName"];
const digest = `sha256:${"0".repeat(64)}`;
const key = "1".repeat(40);
const credentials = { username: "u", password: "marker" };
const family: Family = {
  name: "ci-image",
  description: "",
  scheme: "pytorch",
  registries: ["ecr", "ghcr.io"],
  platforms: ["linux/amd64"],
  epoch: 0,
  folder: "/project/images/ci-image",
  images: [
    {
      accelerator: "rocm",
      base: { image: "docker.io/library/ubuntu:24.04", digest },
      buildArgs: {},
    },
    {
      accelerator: "cpu",
      base: { image: "docker.io/library/ubuntu:24.04", digest: "unresolved" },
      target: "cpu",
      buildArgs: {},
    },
  ],
};
const args: ImageFamilyArgs = {
  family,
  keys: new Map([
    ["rocm", key],
    ["cpu", key],
  ]),
  registries: new Map([
    ["ecr", { host: "ecr.example", path: "pytorch/ci-image", credentials }],
    ["ghcr.io", { host: "ghcr.io", path: "pytorch/ci-image", credentials }],
    ["docker.io", { host: "docker.io", path: "pytorch/ci-image", credentials }],
  ]),
  channel: "main",
  root: "/project",
};
const standIns = {
  base: `oci-layout:///slipway/stand-ins/base@${digest}`,
  scripts: "/project/local/stand-ins/scripts",
};

function contexts(inputs: PropertyMap): unknown {
  const context = inputs["context"] as {
    location: string;
    named: Record<string, PropertyMap>;
  };
  const { base, scripts } = context.named;
  return [context.location, base?.["location"], scripts?.["location"]];
}

describe("ImageFamily", () => {
  it("is one image for each accelerator, the same in a preview", async () => {
    const run = await previewParity(() => new ImageFamily("ci-image", { ...args, standIns }));
    assert.deepEqual(run.list(), [
      "docker-build:index:Image ci-image/cpu-content < ci-image/cpu",
      "docker-build:index:Image ci-image/rocm-content < ci-image/rocm",
      "slipway:index:AcceleratorImage ci-image/cpu < ci-image",
      "slipway:index:AcceleratorImage ci-image/rocm < ci-image",
      "slipway:index:ImageFamily ci-image",
      "slipway:index:ImageName ci-image/cpu-name < ci-image/cpu",
      "slipway:index:ImageName ci-image/rocm-name < ci-image/rocm",
    ]);
    assert.deepEqual(Object.keys(run.result.images), ["rocm", "cpu"]);
  });

  it("builds on the base by digest, and marks one that nobody looked up", async () => {
    const run = await runInEngine(() => new ImageFamily("ci-image", args), {
      preview: true,
    });
    assert.deepEqual(contexts(run.resource(image, "ci-image/rocm-content").inputs), [
      "images/ci-image",
      `docker-image://docker.io/library/ubuntu:24.04@${digest}`,
      "images/ci-image/scripts",
    ]);
    assert.deepEqual(contexts(run.resource(image, "ci-image/cpu-content").inputs), [
      "images/ci-image",
      "docker-image://docker.io/library/ubuntu:24.04@unresolved",
      "images/ci-image/scripts",
    ]);
  });

  it("tells builds the epoch beside an image's own build args", async () => {
    const [rocm] = family.images;
    const images = [{ ...rocm!, buildArgs: { A: "1" } }, ...family.images.slice(1)];
    const raised = { ...args, standIns, family: { ...family, epoch: 3, images } };
    const run = await runInEngine(() => new ImageFamily("ci-image", raised));
    const buildArgs = (accelerator: string) =>
      run.resource(image, `ci-image/${accelerator}-content`).inputs["buildArgs"];
    assert.deepEqual(buildArgs("rocm"), { A: "1", SLIPWAY_EPOCH: "3" });
    assert.deepEqual(buildArgs("cpu"), { SLIPWAY_EPOCH: "3" });
  });

  it("fetches bases from a mirror by the same digest, and names content after a git tree too", async () => {
    const tree = "c".repeat(40);
    const [rocm] = family.images;
    const images = [{ ...rocm!, float: digest }];
    const mirrored = {
      ...args,
      family: { ...family, images, contract: { tools: ["cmake"] } },
      baseMirror: "ghcr.io/pytorch/bases",
      tree,
    };
    const run = await runInEngine(() => new ImageFamily("ci-image", mirrored));
    const [, base] = contexts(run.resource(image, "ci-image/rocm-content").inputs) as string[];
    assert.equal(base, `docker-image://ghcr.io/pytorch/bases@${digest}`);
    const { plain } = run.resource(imageName, "ci-image/rocm-name");
    assert.equal(plain["contentName"], `rocm-k${key}`, "a mirror changes no key");
    assert.deepEqual(plain["aliases"], [`rocm-${tree}`]);
    assert.equal(plain["float"], digest);
    assert.ok(run.resource(image, "ci-image/rocm-contract"));
  });

  it("promises no content name while the base is unresolved", async () => {
    const run = await runInEngine(() => new ImageFamily("ci-image", args), {
      preview: true,
    });
    const contentName = (accelerator: string) =>
      run.resource(imageName, `ci-image/${accelerator}-name`).plain["contentName"];
    assert.equal(contentName("rocm"), `rocm-k${key}`);
    assert.notEqual(contentName("cpu"), `cpu-k${key}`);
    assert.equal(await isUnknown(contentName("cpu")), true);
  });

  it("builds on stand-ins where they are given, and knows every content name then", async () => {
    const run = await runInEngine(() => new ImageFamily("ci-image", { ...args, standIns }));
    const { inputs } = run.resource(image, "ci-image/cpu-content");
    assert.deepEqual(contexts(inputs), [
      "images/ci-image",
      standIns.base,
      "local/stand-ins/scripts/ci-image",
    ]);
    const { plain } = run.resource(imageName, "ci-image/cpu-name");
    assert.equal(plain["contentName"], `cpu-k${key}`);
  });

  it("carries floating names of its channel everywhere but on ECR, which cannot move them", async () => {
    for (const [channel, names] of [
      ["main", ["rocm", "rocm-main"]],
      ["release/2.10", ["rocm-2.10"]],
    ] as const) {
      const run = await runInEngine(
        () => new ImageFamily("ci-image", { ...args, channel, standIns }),
      );
      assert.deepEqual(run.resource(imageName, "ci-image/rocm-name").plain["registries"], [
        { repository: "ecr.example/pytorch/ci-image", floatingNames: [] },
        { repository: "ghcr.io/pytorch/ci-image", floatingNames: names },
      ]);
    }
  });

  it("has one image under a name of its own in a family without accelerators", async () => {
    const one: Family = {
      ...family,
      scheme: "therock",
      registries: ["ghcr.io"],
      images: [
        {
          base: { image: "docker.io/library/ubuntu:24.04", digest },
          buildArgs: {},
        },
      ],
    };
    const keys = new Map([["", key]]);
    const run = await runInEngine(() => new ImageFamily("one", { ...args, family: one, keys }));
    assert.deepEqual(Object.keys(run.result.images), ["default"]);
    const { plain } = run.resource(imageName, "one/default-name");
    assert.equal(plain["contentName"], `k${key}`);
    assert.deepEqual(plain["registries"], [
      {
        repository: "ghcr.io/pytorch/ci-image",
        floatingNames: ["latest", "main"],
      },
    ]);
  });

  it("lets no two families collide, however they split their names", async () => {
    const named = (name: string, accelerator: string): ImageFamilyArgs => ({
      ...args,
      family: {
        ...family,
        name,
        images: [{ ...family.images[0]!, accelerator }],
      },
      keys: new Map([[accelerator, key]]),
    });
    const run = await runInEngine(() => [
      new ImageFamily("a", named("a", "b-c")),
      new ImageFamily("a-b", named("a-b", "c")),
    ]);
    assert.equal(run.resources.length, 8);
  });

  it("hands its provider and protection on to every image", async () => {
    const run = await runInEngine(() => {
      const provider = new DockerBuildProvider("builder");
      const options = { provider, protect: true };
      return new ImageFamily("ci-image", { ...args, standIns }, options);
    });
    const custom = run.resources.filter(({ type }) => [image, imageName].includes(type));
    assert.equal(custom.length, 4);
    for (const { name, type, options } of custom) {
      assert.equal(options.protect, true, name);
      assert.equal(options.provider, type === image ? "builder" : undefined, name);
    }
  });

  it("shows no login in clear and registers outputs once", async () => {
    const run = await runInEngine(() => new ImageFamily("ci-image", { ...args, standIns }));
    assert.deepEqual(run.clearSecrets("marker"), []);
    assert.deepEqual(run.resource("slipway:index:ImageFamily").registeredOutputs, [{}]);
  });
});
