/*
 * The first `up`, and the images that it made as the registries have them. The tests stand on the stack that the first
 * of them finds applied; none of them changes it.
 * What this does not prove: anything about real registries, nor what the Dockerfiles do on real bases.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Catalog, readCatalog } from "../../../catalog.ts";
import { assertOrder, ENVIRONMENT, ROLE, RULESET } from "./support/access-order.ts";
import { appliedStack, changed, type Image, STACK } from "./support/local-stack.ts";
import { filesBelow, filesWithSecrets } from "./support/secret-search.ts";
import { type ImageContent, pull } from "./support/image-content.ts";

describe("the first up of stack local", function () {
  this.timeout(180_000);
  const stack = appliedStack();
  let catalog: Catalog;
  before(async () => (catalog = await readCatalog()));

  /** Each image of the outputs, with its family and accelerator. */
  function images(): { family: string; accelerator: string; image: Image }[] {
    return Object.entries(stack().first.outputs.images).flatMap(([family, accelerators]) =>
      Object.entries(accelerators).map(([accelerator, image]) => ({ family, accelerator, image })),
    );
  }

  it("creates everything that is declared and says so", () => {
    const { engine, ok, changes, resources, failures, skipped } = stack().first;
    assert.equal(engine, "embedded");
    assert.deepEqual(failures, []);
    assert.deepEqual(skipped, []);
    assert.ok(ok);
    assert.deepEqual(changes, {
      ...{ create: resources.length, update: 0, replace: 0, delete: 0, same: 0 },
    });
    assert.ok(resources.every(({ change }) => change === "create"));
  });

  it("makes rulesets first, then environments, and roles that trust their jobs last", () => {
    assertOrder(stack().first.resources, [RULESET, ENVIRONMENT, ROLE]);
  });

  it("publishes each image of the catalogue on each registry of its image.yaml, by one digest", async () => {
    const { registries, images: published } = stack().first.outputs;
    const made = Object.fromEntries(
      Object.entries(published).map(([family, byAccelerator]) => [
        family,
        Object.keys(byAccelerator).sort(),
      ]),
    );
    const declared = Object.fromEntries(
      [...catalog.values()].map((family) => [
        family.name,
        family.images.map((image) => image.accelerator ?? "default").sort(),
      ]),
    );
    assert.deepEqual(made, declared);
    for (const { family, image } of images()) {
      const [, digest = ""] = image.reference.split("@");
      assert.match(digest, /^sha256:[0-9a-f]{64}$/);
      const hosts = catalog.get(family)!.registries.map((name) => registries[name]!);
      const repositories = hosts.map((host) => `${host}/pytorch/${family}`);
      assert.deepEqual(Object.keys(image.references).sort(), [...repositories].sort());
      for (const repository of repositories) {
        assert.equal(image.references[repository], `${repository}@${digest}`);
        assert.equal(await stack().repository(repository).manifests.digest(digest), digest);
        assert.ok(
          Object.keys(image.names).some((name) =>
            /^:(.+-)?k[0-9a-f]{40}$/.test(name.slice(repository.length)),
          ),
          `${repository} has the content's name`,
        );
      }
      assert.deepEqual([...new Set(Object.values(image.names))], [digest]);
    }
    await stack().assertNames(stack().first.outputs);
  });

  it("puts content names alone on ECR, and floating names on the others", () => {
    const { registries } = stack().first.outputs;
    const { names } = stack().first.outputs.images["almalinux-builder"]!["cuda12.8"]!;
    const short = Object.keys(names).map((name) =>
      name
        .replace(registries["ecr"]!, "ecr")
        .replace(registries["docker.io"]!, "docker.io")
        .replace(/-k[0-9a-f]{40}$/, "-k..."),
    );
    assert.deepEqual(short.sort(), [
      "docker.io/pytorch/almalinux-builder:cuda12.8",
      "docker.io/pytorch/almalinux-builder:cuda12.8-k...",
      "docker.io/pytorch/almalinux-builder:cuda12.8-main",
      "ecr/pytorch/almalinux-builder:cuda12.8-k...",
    ]);
  });

  it("makes images that hold, on every registry, what their Dockerfile made of their own arguments", async () => {
    const content = new Map<string, ImageContent>();
    for (const { family, accelerator, image } of images()) {
      for (const reference of Object.values(image.references)) {
        const [repository = "", digest = ""] = reference.split("@");
        const pulled = await pull(stack().repository(repository), digest);
        const other = content.get(`${family}/${accelerator}`);
        if (other !== undefined) assert.deepEqual(pulled, other, reference);
        content.set(`${family}/${accelerator}`, pulled);
      }
    }
    const files = (name: string) => Object.fromEntries(content.get(name)!.files);
    const shared = {
      "opt/slipway/install_toolchain": "DEVTOOLSET_VERSION=13\n",
      "opt/slipway/install_build_tools": "build tools\n",
    };
    for (const { accelerator, buildArgs } of catalog.get("almalinux-builder")!.images) {
      const made = files(`almalinux-builder/${accelerator!}`);
      const { CUDA_VERSION, CUDNN_VERSION, CUSPARSELT_VERSION, ROCM_VERSION } = buildArgs;
      const own =
        CUDA_VERSION !== undefined
          ? {
              "opt/slipway/install_cuda":
                `CUDA_VERSION=${CUDA_VERSION}\nCUDNN_VERSION=${CUDNN_VERSION!}\n` +
                `CUSPARSELT_VERSION=${CUSPARSELT_VERSION!}\nNVSHMEM_VERSION=3.4.5\n`,
            }
          : ROCM_VERSION !== undefined
            ? { "opt/slipway/check_rocm": `ROCM_VERSION=${ROCM_VERSION}\n` }
            : {};
      assert.deepEqual(made, { ...shared, ...own }, accelerator);
    }
    const ciImage = {
      "opt/slipway/install_packages": "packages\n",
      "opt/slipway/install_rocm": "ROCM_VERSION=7.0\n",
    };
    assert.deepEqual(files("ci-image/pytorch-linux-noble-rocm-n-py3"), {
      ...ciImage,
      "opt/slipway/install_python": "PYTHON_VERSION=3.12\n",
    });
    assert.deepEqual(files("ci-image/pytorch-linux-jammy-rocm-n-py3-benchmarks"), {
      ...ciImage,
      "opt/slipway/install_python": "PYTHON_VERSION=3.10\n",
      "opt/slipway/install_benchmarks": "benchmarks\n",
    });
    const rccl = files("therock_build_manylinux_rccl_x86_64/default");
    assert.equal(rccl["opt/openmpi/stand-in"], "Open MPI\n", "copied from another stage");
    const manylinux = files("therock_build_manylinux_x86_64/default");
    assert.equal(manylinux["opt/slipway/install_googletest"], "GoogleTest\n");

    const { architecture, config } = content.get(
      "ci-image/pytorch-linux-jammy-rocm-n-py3",
    )!.configuration;
    assert.equal(architecture, "amd64");
    assert.equal(config.User, "jenkins");
    assert.equal(config.WorkingDir, "/var/lib/jenkins");
    assert.ok(config.Env?.includes("ROCM_PATH=/opt/rocm"));
    assert.equal(config.Labels?.["org.opencontainers.image.title"], "ci-image");
  });

  it("changes nothing and builds nothing the second time, and the outputs stay", async () => {
    const { result, builds } = await stack().buildsDuring(() => stack().up());
    assert.deepEqual(changed(result, "create", "update", "replace", "delete"), []);
    assert.equal(result.changes.same, stack().first.resources.length);
    assert.equal(builds, 0);
    assert.deepEqual(result.outputs, stack().first.outputs);
    const { exitCode, stdout } = await stack().slipway("outputs", ...STACK, "--json");
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(stdout), stack().first.outputs);
  });

  it("leaves no secret in clear in its state, the services' logs and data, or what BuildKit keeps", async () => {
    const { home } = stack().project;
    // Where the services learn them from.
    const meantToHold = ["cloud.json", "instance.json"].map((name) => join(home, name));
    const files = (await filesBelow(home)).filter((file) => !meantToHold.includes(file));
    for (const part of [
      "state/local.json",
      "logs/github.log",
      "logs/moto.log",
      "logs/buildkit.log",
      "github/requests.jsonl",
    ]) {
      assert.ok(files.includes(join(home, part)), `${part} is looked into`);
    }
    assert.deepEqual(await filesWithSecrets(stack().cloud, files), []);
    assert.deepEqual(
      (await filesWithSecrets(stack().cloud, meantToHold)).length,
      2,
      "the search finds them where they are",
    );
  });
});
