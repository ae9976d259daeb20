/*
 * What an edit of the catalogue does, in order: an edit, its revert after the build cache was lost, an edit that does
 * not build beside one that does, and the way back. Each test begins where the one before it ended.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { appliedStack, changed, type Image, type Outputs, STACK } from "./support/local-stack.ts";

const FILE = "images/almalinux-builder/image.yaml";
const EDITED = "almalinux-builder/cuda12.9";

describe("an edited catalogue", function () {
  this.timeout(180_000);
  const stack = appliedStack();
  const first = () => stack().first.outputs;
  let revert: () => Promise<void>;

  const imageOf = ({ images }: Outputs, accelerator: string): Image =>
    images["almalinux-builder"]![accelerator]!;
  const digestOf = ({ reference }: Image): string => reference.split("@")[1]!;
  const contentName = ({ names }: Image): string =>
    Object.keys(names).find((name) => /-k[0-9a-f]{40}$/.test(name))!;

  /** Digest of what was built last for an image, which need not be what its names point to. */
  async function builtDigest(image: string): Promise<unknown> {
    const file = join(stack().project.home, "state/local.json");
    const { resources } = JSON.parse(await readFile(file, "utf8")) as {
      resources: { urn: string; outputs: { digest?: unknown } }[];
    };
    return resources.find(({ urn }) => urn.endsWith(`::${image}-content`))?.outputs.digest;
  }

  it("builds the one image whose build arg changed, names it, and keeps the old content's name", async () => {
    revert = await stack().project.edit(FILE, (text) =>
      text.replace(/(cuda12\.9: .*CUDNN_VERSION: )9\.10\.2\.21/, "$19.11.0.98"),
    );
    const { result, builds } = await stack().buildsDuring(() => stack().up());
    assert.deepEqual(result.failures, []);
    assert.deepEqual(changed(result, "update"), [
      ...[`${EDITED}-content`, `${EDITED}-contract`, `${EDITED}-name`],
    ]);
    assert.deepEqual(changed(result, "create", "replace", "delete"), []);
    assert.equal(builds, 2, "the content, and the check of its contract");
    const [before, after] = [imageOf(first(), "cuda12.9"), imageOf(result.outputs, "cuda12.9")];
    assert.notEqual(digestOf(after), digestOf(before));
    assert.notEqual(contentName(after), contentName(before));
    const others = ({ images }: Outputs) => ({
      ...images,
      "almalinux-builder": { ...images["almalinux-builder"], "cuda12.9": undefined },
    });
    assert.deepEqual(others(result.outputs), others(first()));
    await stack().assertNames(result.outputs);
    assert.equal(await stack().digestOf(contentName(before)), digestOf(before));
  });

  it("gives names back to the first digest after a revert, though the cache was lost and the content differs", async () => {
    await stack().prune();
    await revert();
    const { result, builds } = await stack().buildsDuring(() => stack().up());
    assert.deepEqual(result.failures, []);
    assert.deepEqual(changed(result, "update"), [
      ...[`${EDITED}-content`, `${EDITED}-contract`, `${EDITED}-name`],
    ]);
    assert.equal(builds, 2, "the content, and the check of its contract");
    assert.deepEqual(result.outputs, first());
    await stack().assertNames(first());
    const built = await builtDigest(EDITED);
    assert.match(String(built), /^sha256:/);
    assert.notEqual(built, digestOf(imageOf(first(), "cuda12.9")), "it was built anew");
    const again = await stack().preview();
    assert.deepEqual(changed(again, "create", "update", "replace", "delete"), []);
  });

  it("builds all images of a family whose epoch was raised anew, and no others", async () => {
    const family = "ci-image";
    const mend = await stack().project.edit(`images/${family}/image.yaml`, (text) =>
      text.replace(/^platforms: .*$/m, "$&\nepoch: 1"),
    );
    const accelerators = Object.keys(first().images[family]!).sort();
    const { result, builds } = await stack().buildsDuring(() => stack().up());
    assert.deepEqual(result.failures, []);
    assert.deepEqual(
      changed(result, "create", "update", "replace", "delete"),
      accelerators
        .flatMap((name) => ["content", "contract", "name"].map((end) => `${family}/${name}-${end}`))
        .sort(),
    );
    assert.equal(builds, 2 * accelerators.length);
    for (const accelerator of accelerators) {
      const [before, after] = [first(), result.outputs].map(
        ({ images }) => images[family]![accelerator]!,
      );
      assert.notEqual(contentName(after!), contentName(before!));
      assert.notEqual(digestOf(after!), digestOf(before!));
    }
    await stack().assertNames(result.outputs);
    await mend();
    const back = await stack().up();
    assert.deepEqual(back.failures, []);
    assert.deepEqual(back.outputs, first());
    await stack().assertNames(first());
  });

  it("changes nothing while the settings are wrong", async () => {
    const file = join(stack().project.home, "state/local.json");
    const before = await readFile(file, "utf8");
    const mend = await stack().project.edit("Pulumi.local.yaml", (text) =>
      text.replace(/$/, "  slipway:chanel: main\n"),
    );
    try {
      const { exitCode, stdout, stderr } = await stack().slipway("up", ...STACK);
      assert.equal(exitCode, 1);
      const told = `${stdout}\n${stderr}`;
      assert.match(told, /Pulumi\.local\.yaml: 1 problem\n.*slipway:chanel: unknown key/);
      assert.doesNotMatch(told, /^\s+at /m);
      assert.equal(await readFile(file, "utf8"), before);
    } finally {
      await mend();
    }
  });

  const broken = "no_rocm_image_ubuntu24_04";
  let mend: () => Promise<void>;

  it("fails only the image whose Dockerfile does not build; the others are done and its old names stay", async () => {
    mend = await stack().project.edit(`images/${broken}/Dockerfile`, (text) =>
      text.replace(/^USER .*$/m, "RUN echo this step breaks && exit 3\n$&"),
    );
    revert = await stack().project.edit(FILE, (text) =>
      text.replace(/(rocm7\.1: .*ROCM_VERSION: )7\.1/, "$17.1.1"),
    );
    const { exitCode, stdout, stderr } = await stack().slipway("up", ...STACK);
    assert.equal(exitCode, 1, stdout);
    assert.equal(stderr, "");
    assert.doesNotMatch(stdout, /^\s+at /m, "no stack trace");
    const [, message = ""] = /! (no_rocm[^]*?)\n(?= {2}\S|\n|\d)/.exec(stdout) ?? [];
    assert.match(message, /^no_rocm_image_ubuntu24_04\/default-content \(docker-build\.Image\): /);
    assert.match(message, /echo this step breaks && exit 3/, "the step");
    assert.match(message, /exit code: 3/, "how it ended");
    assert.match(message, /Dockerfile/, "where it stands");
    assert.match(stdout, /~ update +docker-build\.Image +almalinux-builder\/rocm7\.1-content/);
    assert.match(stdout, /~ update +slipway\.ImageName +almalinux-builder\/rocm7\.1-name/);
    assert.match(stdout, /1 failed, 2 not reached/);

    const { stdout: json } = await stack().slipway("outputs", ...STACK, "--json");
    const outputs = JSON.parse(json) as Outputs;
    assert.deepEqual(outputs.images[broken], first().images[broken], "the last outputs are kept");
    for (const [name, digest] of Object.entries(first().images[broken]!["default"]!.names)) {
      assert.equal(await stack().digestOf(name), digest, name);
    }
  });

  it("goes on from there once it is mended", async () => {
    await mend();
    await revert();
    const result = await stack().up();
    assert.deepEqual(result.failures, []);
    assert.deepEqual(result.outputs, first());
    await stack().assertNames(first());
  });

  it("gives no name to an image that breaks its contract, and tells what broke it", async () => {
    const mended = await stack().project.edit(
      `local/stand-ins/scripts/${broken}/install_packages.sh`,
      (text) => `${text}mkdir -p /opt/rocm-7.0\n`,
    );
    const { ok, failures, skipped } = await stack().up();
    assert.equal(ok, false);
    const [failure, ...others] = failures;
    assert.deepEqual(others, []);
    assert.equal(failure?.name, `${broken}/default-contract`);
    assert.match(
      failure.message,
      /breach of absentPaths: there, though \/opt\/rocm\* must not be: \/opt\/rocm-7\.0$/m,
    );
    assert.deepEqual(
      skipped.map(({ name }) => name),
      [`${broken}/default-name`],
    );
    await stack().assertNames(first());
    await mended();
    const back = await stack().up();
    assert.deepEqual(back.failures, []);
    assert.deepEqual(back.outputs, first());
  });
});
