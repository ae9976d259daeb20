// Does not prove what BuildKit builds or a registry keeps.
import assert from "node:assert/strict";
import { Provider as DockerBuildProvider } from "@pulumi/docker-build";
import { AcceleratorImage, type AcceleratorImageArgs } from "../../components/accelerator-image.ts";
import { ImageRepository } from "../../components/image-repository.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const digest = `sha256:${"a".repeat(64)}`;
const [image, imageName] = ["docker-build:index:Image", "slipway:index:ImageName"];
const name = "almalinux-builder/cuda12.8";
const args: AcceleratorImageArgs = {
  build: {
    folder: "images/almalinux-builder",
    base: `docker-image://docker.io/amd64/almalinux:8@sha256:${"0".repeat(64)}`,
    scripts: "images/almalinux-builder/scripts",
    buildArgs: { CUDA_VERSION: "12.8.1" },
    target: "final",
    platforms: ["linux/amd64"],
  },
  contentName: "cuda12.8-k1",
  registries: [
    {
      host: "ecr.example",
      path: "pytorch/almalinux-builder",
      floatingNames: [],
      credentials: { username: "marker-aws", password: "marker-token" },
    },
    {
      host: "docker.io",
      path: "pytorch/almalinux-builder",
      floatingNames: ["cuda12.8", "cuda12.8-main"],
      credentials: { username: "marker-id", password: "marker-password" },
    },
  ],
};

describe("AcceleratorImage", () => {
  it("is content and its names, the same in a preview", async () => {
    const run = await previewParity(() => new AcceleratorImage(name, args));
    assert.deepEqual(run.list(), [
      `docker-build:index:Image ${name}-content < ${name}`,
      `slipway:index:AcceleratorImage ${name}`,
      `slipway:index:ImageName ${name}-name < ${name}`,
    ]);
  });

  it("builds from relative folders and pushes by digest, without a name, to the first registry", async () => {
    const run = await runInEngine(() => new AcceleratorImage(name, args));
    assert.deepEqual(run.resource(image).plain, {
      context: {
        location: "images/almalinux-builder",
        named: {
          base: {
            location: `docker-image://docker.io/amd64/almalinux:8@sha256:${"0".repeat(64)}`,
          },
          scripts: { location: "images/almalinux-builder/scripts" },
        },
      },
      dockerfile: { location: "images/almalinux-builder/Dockerfile" },
      buildArgs: { CUDA_VERSION: "12.8.1" },
      target: "final",
      platforms: ["linux/amd64"],
      push: false,
      exports: [
        {
          registry: {
            names: ["ecr.example/pytorch/almalinux-builder"],
            push: true,
            pushByDigest: true,
            nameCanonical: true,
            ociMediaTypes: true,
          },
        },
      ],
      registries: [
        {
          address: "ecr.example",
          username: "marker-aws",
          password: "marker-token",
        },
        {
          address: "docker.io",
          username: "marker-id",
          password: "marker-password",
        },
      ],
      buildOnPreview: false,
      network: "default",
    });
  });

  it("names the content on every registry, in order", async () => {
    const run = await runInEngine(() => new AcceleratorImage(name, args));
    assert.deepEqual(run.resource(imageName).plain, {
      platforms: ["linux/amd64"],
      sources: { "linux/amd64": `ecr.example/pytorch/almalinux-builder@${digest}` },
      aliases: [],
      contentName: "cuda12.8-k1",
      registries: [
        {
          repository: "ecr.example/pytorch/almalinux-builder",
          floatingNames: [],
        },
        {
          repository: "docker.io/pytorch/almalinux-builder",
          floatingNames: ["cuda12.8", "cuda12.8-main"],
        },
      ],
      credentials: {
        "ecr.example": { username: "marker-aws", password: "marker-token" },
        "docker.io": { username: "marker-id", password: "marker-password" },
      },
    });
  });

  it("leaves content on its registry when it is no longer declared", async () => {
    const run = await runInEngine(() => new AcceleratorImage(name, args));
    assert.equal(run.resource(image).options.retainOnDelete, true);
  });

  it("builds the last stage where no target is named", async () => {
    const { target, ...build } = args.build;
    assert.equal(target, "final");
    const run = await runInEngine(() => new AcceleratorImage(name, { ...args, build }));
    assert.ok(!("target" in run.resource(image).inputs));
  });

  it("wraps every login, so that none is clear on the wire", async () => {
    const run = await runInEngine(() => new AcceleratorImage(name, args));
    assert.deepEqual(run.clearSecrets("marker"), []);
    assert.match(JSON.stringify(run.resource(image).inputs), /marker-token/);
  });

  it("waits with all it holds for what it was told to wait for", async () => {
    const run = await runInEngine(() => {
      const repository = new ImageRepository("repository", {
        repositoryName: "pytorch/almalinux-builder",
        pull: { partition: "aws", accountIds: ["308535385114"] },
      });
      return new AcceleratorImage(name, args, { dependsOn: [repository] });
    });
    for (const type of [image, imageName]) {
      assert.ok(run.resource(type).options.dependencies.includes("repository-repository"), type);
    }
  });

  it("gives the digest that its name has, which another build may have made", async () => {
    const adopted = `sha256:${"b".repeat(64)}`;
    const references = { "ecr.example/pytorch/almalinux-builder": "by digest" };
    const names = {
      "ecr.example/pytorch/almalinux-builder:cuda12.8-k1": adopted,
    };
    const run = await runInEngine(() => new AcceleratorImage(name, args), {
      computed: { [imageName]: () => ({ digest: adopted, references, names }) },
    });
    const reference = `ecr.example/pytorch/almalinux-builder@${adopted}`;
    assert.equal(await value(run.result.reference), reference);
    assert.deepEqual(run.resource("slipway:index:AcceleratorImage").registeredOutputs, [
      { digest: adopted, reference, references, names },
    ]);
  });

  const contract = { glibcAtMost: "2.28", tools: ["cmake", "g++"] };

  it("checks its contract by a build on the pushed content, and names nothing before", async () => {
    const run = await previewParity(() => new AcceleratorImage(name, { ...args, contract }));
    assert.deepEqual(run.list(), [
      `docker-build:index:Image ${name}-content < ${name}`,
      `docker-build:index:Image ${name}-contract < ${name}`,
      `slipway:index:AcceleratorImage ${name}`,
      `slipway:index:ImageName ${name}-name < ${name}`,
    ]);
    const { plain, options } = (
      await runInEngine(() => new AcceleratorImage(name, { ...args, contract }))
    ).resource(image, `${name}-contract`);
    const { registries, ...rest } = plain;
    assert.ok(registries);
    assert.deepEqual(rest, {
      context: {
        location: "contract",
        named: {
          image: {
            location: `docker-image://ecr.example/pytorch/almalinux-builder@${digest}`,
          },
        },
      },
      dockerfile: { location: "contract/Dockerfile" },
      buildArgs: {
        GLIBC_AT_MOST: "2.28",
        ABSENT_PACKAGES: "",
        ABSENT_PACKAGES_EXCEPT: "",
        ABSENT_PATHS: "",
        TOOLS: "cmake g++",
      },
      platforms: ["linux/amd64"],
      push: false,
      exports: [{ cacheonly: {} }],
      buildOnPreview: false,
      network: "default",
    });
    assert.equal(options.retainOnDelete, true);
    assert.ok(run.resource(imageName).options.dependencies.includes(`${name}-contract`));
  });

  it("has one content and one check for each platform, by the builder that it has", async () => {
    const build = {
      ...args.build,
      platforms: ["linux/amd64", "linux/arm64"],
      builders: ["linux/arm64"],
    };
    const run = await runInEngine(() => new AcceleratorImage(name, { ...args, build, contract }));
    const builds = run.resources
      .filter(({ type }) => type === image)
      .map(({ name: own, plain }) => [own, plain["platforms"], plain["builder"]]);
    const [amd64, arm64] = [["linux/amd64"], ["linux/arm64"]];
    assert.deepEqual(builds.sort(), [
      [`${name}-content-amd64`, amd64, undefined],
      [`${name}-content-arm64`, arm64, { name: "slipway-arm64" }],
      [`${name}-contract-amd64`, amd64, undefined],
      [`${name}-contract-arm64`, arm64, { name: "slipway-arm64" }],
    ]);
    const { plain } = run.resource(imageName);
    assert.deepEqual(plain["platforms"], build.platforms);
    assert.deepEqual(Object.keys(plain["sources"] as object), build.platforms);
  });

  it("reads the build caches of its channel, the check of its contract its own", async () => {
    const cache = { channel: "release/2.10", accelerator: "cuda12.8" };
    const build = { ...args.build, cache };
    const run = await runInEngine(() => new AcceleratorImage(name, { ...args, build, contract }));
    const from = (end: string) =>
      (run.resource(image, `${name}-${end}`).plain["cacheFrom"] as { registry: { ref: string } }[])
        .map(({ registry }) => registry.ref.replace("ecr.example/pytorch/almalinux-builder", ""))
        .join(" ");
    assert.equal(from("content"), "-cache:cuda12.8__release-2.10 -cache:cuda12.8__main");
    assert.equal(
      from("contract"),
      "-cache:cuda12.8__contract__release-2.10 -cache:cuda12.8__contract__main",
    );
  });

  it("hands aliases and a rollback on to its names", async () => {
    const aliases = [`cuda12.8-${"c".repeat(40)}`];
    const run = await runInEngine(
      () => new AcceleratorImage(name, { ...args, aliases, float: digest }),
    );
    const { plain } = run.resource(imageName);
    assert.deepEqual([plain["aliases"], plain["float"]], [aliases, digest]);
  });

  it("hands the provider of a package on to what it holds of it", async () => {
    const run = await runInEngine(() => {
      const provider = new DockerBuildProvider("builder");
      return new AcceleratorImage(name, args, { provider });
    });
    assert.equal(run.resource(image).options.provider, "builder");
    assert.notEqual(run.resource(imageName).options.provider, "builder");
  });

  it("is protected as its owner says, and stands beside another of its kind", async () => {
    const run = await runInEngine(() => [
      new AcceleratorImage(name, args, { protect: true }),
      new AcceleratorImage("almalinux-builder/cpu", args),
    ]);
    for (const [type, child] of [
      [image, "content"],
      [imageName, "name"],
    ] as const) {
      assert.equal(run.resource(type, `${name}-${child}`).options.protect, true, type);
    }
    assert.equal(run.resources.length, 6);
  });

  it("refuses an image without registry or platform, and a platform nobody knows", async () => {
    const make = (platforms: string[]) =>
      runInEngine(
        () =>
          new AcceleratorImage(name, {
            ...args,
            registries: [],
            build: { ...args.build, platforms },
          }),
      );
    await assert.rejects(make([]), {
      name: "ProblemsError",
      message: [
        `image ${name}: 2 problems`,
        "  build.platforms: empty; name one, e.g. linux/amd64",
        "  registries: empty; name where the content is pushed",
      ].join("\n"),
    });
    await assert.rejects(make(["linux/amd46"]), {
      message: /build.platforms: "linux\/amd46" is not a platform; write e.g. linux\/amd64/,
    });
  });
});
