/*
 * `slipway up --only-built` and what goes with it, on a local cloud of its own that begins with nothing. Each test goes on
 * from where the one before it ended.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseDocument } from "yaml";
import { Registries } from "../../../oci/registries.ts";
import { ImageList } from "../../../rules/image-list.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../../cli/support/project-copy.ts";
import { callsOf, fakeProgram } from "../../support/fake-program.ts";

const CI = "ci-image";
/** With one image. */
const NO_ROCM = "no_rocm_image_ubuntu24_04";
const DOCKERFILE = `images/${NO_ROCM}/Dockerfile`;
const STACK = ["--stack", "local"];
const UP = ["up", ...STACK, "--engine", "embedded", "--only-built"];
const PREVIEW = ["preview", ...STACK, "--engine", "embedded", "--expect-no-changes"];
const BUILD = ["build", "--missing", ...STACK];

describe("up of what is built", function () {
  this.timeout(5 * 60_000);
  let project: ProjectCopy;
  let cloud: LocalCloud;

  before("begin a cloud on which nothing was applied", async function () {
    this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
    project = await ProjectCopy.make();
    await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:families"], [CI, NO_ROCM]);
      return document.toString();
    });
    await git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n*.json\n");
    await succeed("local", "start");
    cloud = LocalCloud.parse(JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")));
  });
  after(() => project.remove());

  const git = (...args: readonly string[]) => project.git(...args);
  const commit = (message: string) => project.commit(message);

  function ended(exitCode: number, { stdout, stderr, ...result }: CliResult): string {
    assert.equal(result.exitCode, exitCode, `${stdout}\n${stderr}`);
    assert.doesNotMatch(stderr, /^\s+at /m);
    return stdout;
  }
  const succeed = async (...args: readonly string[]) => ended(0, await project.slipway(args));
  const leftLines = (stdout: string) =>
    stdout.split("\n").filter((line) => line.startsWith("left as it is: "));

  /** Digest of a floating name on ghcr.io. */
  function floating(family: string, tag: string): Promise<string | undefined> {
    const { host, username, password } = cloud.registries["ghcr.io"];
    const repository = `${host}/pytorch/${family}`;
    const client = new Registries().repository(repository, { [host]: { username, password } });
    return client.manifests.digest(tag);
  }
  const names = () =>
    Promise.all([floating(CI, "pytorch-linux-jammy-rocm-n-py3"), floating(NO_ROCM, "main")]);

  /** What is recorded of an image's resources; secrets are sealed anew whenever a state is written. */
  async function recorded(image: string): Promise<readonly { readonly urn: string }[]> {
    const text = await readFile(join(project.home, "state/local.json"), "utf8");
    const { resources } = JSON.parse(text, (key, value: unknown) =>
      key === "ciphertext" ? "" : value,
    ) as { resources: { urn: string }[] };
    return resources.filter(({ urn }) => urn.includes("AcceleratorImage") && urn.includes(image));
  }

  it("makes everything but the images where nothing is built, and nothing is left to do then", async () => {
    const lines = leftLines(await succeed(...UP));
    assert.equal(lines.length, 4, lines.join("\n"));
    const [jammy, , , noRocm] = lines;
    assert.match(
      jammy ?? "",
      /^left as it is: ci-image\/pytorch-linux-jammy-rocm-n-py3: no pytorch-linux-jammy-rocm-n-py3-k[0-9a-f]{40} on \S+; slipway build --missing --stack local --image ci-image\/pytorch-linux-jammy-rocm-n-py3 builds it$/,
    );
    assert.match(noRocm ?? "", new RegExp(`: no k?\\S+ on \\S+; .* --image ${NO_ROCM} builds it$`));
    assert.deepEqual(await names(), [undefined, undefined]);
    assert.deepEqual(await recorded(NO_ROCM), []);
    await succeed(...PREVIEW, "--only-built");
    ended(1, await project.slipway(PREVIEW));
  });

  it("names everything once it is built, and builds nothing itself", async () => {
    await succeed(...BUILD);
    assert.deepEqual(leftLines(await succeed(...UP)), []);
    assert.ok(!(await names()).includes(undefined));
    await succeed(...PREVIEW);
    await commit("Begin");
    await succeed("record", ...STACK);
  });

  it("leaves the one image that does not build as it is, and moves the names of the others", async () => {
    const [ci, noRocm] = await names();
    const before = await recorded(NO_ROCM);
    const first = await git("rev-parse", "HEAD");
    await project.edit(DOCKERFILE, (text) => `${text}RUN echo this does not build && false\n`);
    await project.edit(`images/${CI}/image.yaml`, (text) =>
      text.replace(/^scheme:/m, "epoch: 1\nscheme:"),
    );
    const second = await commit("Break one image and change another");
    ended(1, await project.slipway(BUILD));

    const stdout = await succeed(...UP);
    const lines = leftLines(stdout);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", new RegExp(`^left as it is: ${NO_ROCM}: no `));
    assert.doesNotMatch(stdout, /this does not build/);
    const [ciNow, noRocmNow] = await names();
    assert.notEqual(ciNow, ci);
    assert.equal(noRocmNow, noRocm);
    assert.deepEqual(await recorded(NO_ROCM), before);
    assert.match(await succeed("outputs", ...STACK, "--engine", "embedded"), new RegExp(noRocm!));

    await succeed(...PREVIEW, "--only-built");
    ended(1, await project.slipway(PREVIEW));
    const record = JSON.parse(ended(1, await project.slipway(["record", ...STACK, "--json"]))) as {
      list: unknown;
    };
    const { families } = ImageList.parse(record.list);
    assert.equal(families[CI]?.images["pytorch-linux-jammy-rocm-n-py3"]?.commit, second);
    assert.equal(families[NO_ROCM]?.images["default"]?.commit, first);
  });

  it("tells in JSON what is left", async () => {
    const { left, ok } = JSON.parse(await succeed(...UP, "--json")) as Record<string, unknown>;
    assert.equal(ok, true);
    assert.deepEqual(
      (left as { image: string; reason: string }[]).map(({ image }) => image),
      [NO_ROCM],
    );
  });

  it("names the same resources to the Pulumi CLI, and tells of them beside its JSON", async () => {
    const folder = join(project.home, "fake");
    await fakeProgram(folder, "pulumi", "");
    const env = { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
    const urns = (await recorded(NO_ROCM)).map(({ urn }) => urn).sort();
    assert.equal(urns.length, 4);
    for (const operation of ["up", "preview"]) {
      const args = [operation, ...STACK, "--engine", "pulumi", "--only-built", "--json"];
      const { exitCode, stdout, stderr } = await project.slipway(args, env);
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(`^left as it is: ${NO_ROCM}: `, "m"));
      const call = (await callsOf(folder, "pulumi")).findLast((one) => one.startsWith(operation));
      const excluded = [...(call ?? "").matchAll(/--exclude (\S+)/g)].map(([, urn]) => urn);
      assert.deepEqual(excluded.sort(), urns);
      assert.doesNotMatch(call ?? "", /--exclude-dependents/);
    }
  });

  it("takes an image for built of which a registry does not tell, and says so", async () => {
    const file = join(project.home, "cloud.json");
    const text = await readFile(file, "utf8");
    const { username, password } = cloud.registries["ghcr.io"];
    assert.notEqual(password, username);
    await writeFile(file, text.replaceAll(password, "no-such-password"));
    try {
      const preview = ["preview", ...STACK, "--engine", "embedded", "--only-built"];
      const { stdout } = await project.slipway(preview);
      assert.match(
        stdout,
        new RegExp(`^counts as built, for a registry does not tell: ${NO_ROCM}: `, "m"),
      );
      assert.deepEqual(leftLines(stdout), []);
    } finally {
      await writeFile(file, text);
    }
  });

  it("goes on with the image once it builds", async () => {
    await project.edit(DOCKERFILE, (text) => text.replace("&& false", ""));
    await commit("Repair it");
    await succeed(...BUILD);
    const [, noRocm] = await names();
    assert.deepEqual(leftLines(await succeed(...UP)), []);
    assert.notEqual((await names())[1], noRocm);
    await succeed(...PREVIEW);
    await succeed("record", ...STACK);
  });
});
