/*
 * `slipway build` and `slipway run` on stand-ins, with an instance of their own in which nothing but BuildKit is started.
 * What this does not prove: that anything builds on its production base.
 */
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { extract } from "tar-stream";
import { hasDockerEngine } from "../../../cli/container/docker.ts";
import { type CliResult, ProjectCopy } from "../../cli/support/project-copy.ts";

const canRun = process.getuid?.() === 0 || (await hasDockerEngine());

describe("images on this machine", function () {
  this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
  let project: ProjectCopy;
  before(async () => (project = await ProjectCopy.make()));
  after(() => project.remove());

  /** The JSON files at the top of an archive, by name. */
  async function documents(archive: string): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    const entries = extract();
    createReadStream(archive).pipe(entries);
    for await (const entry of entries) {
      if (entry.header.name === "manifest.json") {
        found.set(entry.header.name, JSON.parse(await text(entry)));
      } else entry.resume();
    }
    return found;
  }

  it("are built into archives that docker load reads, one for each accelerator, with no other service", async () => {
    const output = join(project.home, "archives");
    const args = ["build", "ci-image", "--stand-ins", "--output", output];
    const { exitCode, stdout, stderr } = await project.slipway(args);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    const accelerators = ["jammy-rocm-n-py3", "jammy-rocm-n-py3-benchmarks", "noble-rocm-n-py3"];
    assert.deepEqual(
      (await readdir(output)).sort(),
      accelerators.map((name) => `ci-image-pytorch-linux-${name}.tar`).sort(),
    );
    for (const name of accelerators) {
      const archive = join(output, `ci-image-pytorch-linux-${name}.tar`);
      const [manifest] = (await documents(archive)).get("manifest.json") as {
        RepoTags: string[];
      }[];
      const tag = `slipway/ci-image:pytorch-linux-${name}`;
      assert.deepEqual(
        manifest?.RepoTags.map((found) => found.replace(/^docker\.io\//, "")),
        [tag],
      );
      assert.ok(stdout.includes(`docker load -i ${archive}  gives ${tag}`), stdout);
    }
    const services = JSON.parse((await project.slipway(["local", "status", "--json"])).stdout) as {
      services: { name: string; state: string }[];
    };
    assert.deepEqual(
      services.services.filter(({ state }) => state === "running").map(({ name }) => name),
      process.env["BUILDKIT_HOST"] === undefined ? ["buildkit"] : [],
    );
  });

  it("that do not build fail alone, and say at which step", async () => {
    const mend = await project.edit("images/ci-image/Dockerfile", (file) =>
      file.replace("FROM rocm AS benchmarks", "FROM rocm AS benchmarks\nRUN no-such-program"),
    );
    try {
      const output = join(project.home, "some");
      const args = ["build", "ci-image", "--stand-ins", "--output", output];
      const { exitCode, stdout, stderr } = await project.slipway(args);
      assert.equal(exitCode, 1);
      assert.match(stderr, /^error: [^]*no-such-program/);
      assert.match(stderr, /\n1 of 3 images failed$/);
      assert.doesNotMatch(`${stdout}\n${stderr}`, /^\s+at /m);
      for (const name of ["jammy-rocm-n-py3", "noble-rocm-n-py3"]) {
        const archive = join(output, `ci-image-pytorch-linux-${name}.tar`);
        assert.ok((await documents(archive)).has("manifest.json"), archive);
      }
    } finally {
      await mend();
    }
  });

  if (!canRun) {
    it("run commands (neither root nor a Docker engine is here, so this is not tried)");
    return;
  }

  function run(args: readonly string[], command: readonly string[]): Promise<CliResult> {
    return project.slipway(["run", ...args, "--stand-ins", "--", ...command]);
  }

  it("run a command and end with its exit code; standard output is the command's alone", async () => {
    const script = "cat /opt/slipway/install_cuda; echo oops >&2; exit 5";
    const result = await run(["almalinux-builder", "cuda12.8"], ["sh", "-c", script]);
    assert.equal(
      result.stdout,
      "CUDA_VERSION=12.8.1\nCUDNN_VERSION=9.8.0.87\nCUSPARSELT_VERSION=0.7.1\nNVSHMEM_VERSION=3.4.5",
    );
    assert.match(result.stderr, /oops/);
    assert.equal(result.exitCode, 5);
  });

  it("run in the image's folder and environment, with a folder of this machine mounted", async () => {
    // The image's user may read and write it, were it not mounted for reading alone.
    const shared = join(project.home, "shared");
    await mkdir(shared);
    await writeFile(join(shared, "word.txt"), "from outside\n");
    await chmod(shared, 0o777);
    await chmod(join(shared, "word.txt"), 0o666);
    const script =
      "pwd; echo $ROCM_PATH $HOME; cat /mnt/word.txt; echo 1 > /mnt/word.txt || echo refused";
    const mount = ["--mount", `${shared}:/mnt:ro`];
    const image = ["ci-image", "pytorch-linux-noble-rocm-n-py3"];
    const { stdout, exitCode } = await run([...image, ...mount], ["sh", "-c", script]);
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split("\n"), [
      "/var/lib/jenkins",
      "/opt/rocm /var/lib/jenkins",
      "from outside",
      "refused",
    ]);
    assert.equal(await readFile(join(shared, "word.txt"), "utf8"), "from outside\n");
  });

  it("leave no container and no root file system behind", async () => {
    assert.deepEqual(await readdir(join(project.home, "containers")).catch(() => []), []);
  });
});
