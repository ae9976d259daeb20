import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  lstat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { goTool } from "../../../local/go-tools.ts";
import { ensureStandInBase } from "../../../local/stand-in-base.ts";
import { withCloud } from "../../support/cloud.ts";

/** Paths, kinds, permissions, times and contents of a whole tree. */
async function describeTree(root: string): Promise<string[]> {
  const lines: string[] = [];
  for (const path of (await readdir(root, { recursive: true })).sort()) {
    const found = await lstat(join(root, path));
    const content = found.isSymbolicLink()
      ? `-> ${await readlink(join(root, path))}`
      : found.isFile()
        ? createHash("sha256")
            .update(await readFile(join(root, path)))
            .digest("hex")
        : "";
    const mode = (found.mode & 0o7777).toString(8);
    lines.push(`${path} ${mode} ${found.mtime.toISOString()} ${content}`);
  }
  return lines;
}

describe("the base stand-in", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-base-"))));
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  /** Builds a Dockerfile that begins FROM base, with the named context `scripts`; gives BuildKit's output and the result's folder. */
  async function build(dockerfile: string, scripts: Record<string, string>) {
    const context = join(folder, "context");
    const scriptsFolder = join(folder, "scripts");
    const out = join(folder, "out");
    await mkdir(context);
    await mkdir(scriptsFolder);
    await writeFile(join(context, "Dockerfile"), dockerfile);
    for (const [name, text] of Object.entries(scripts)) {
      await writeFile(join(scriptsFolder, name), text, { mode: 0o755 });
    }
    const { all, failed } = await execa(
      await goTool("buildctl"),
      [
        ...["--addr", cloud().buildkit.address, "build", "--progress", "plain", "--no-cache"],
        ...["--frontend", "dockerfile.v0", "--output", `type=local,dest=${out}`],
        ...["--local", `dockerfile=${context}`, "--local", `context=${context}`],
        ...["--local", `base=${cloud().standIns.base}`, "--opt", "context:base=local:base"],
        ...["--local", `scripts=${scriptsFolder}`, "--opt", "context:scripts=local:scripts"],
      ],
      { all: true, reject: false },
    );
    return { all, failed, out };
  }

  it("is the same, to the mode and time of every file, wherever it is made", async () => {
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    const other = await ensureStandInBase(folder, architecture);
    assert.deepEqual(await describeTree(other), await describeTree(cloud().standIns.base));
  });

  it("is not made again while its sources stay the same", async () => {
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    const base = await ensureStandInBase(folder, architecture);
    const before = await lstat(base);
    await ensureStandInBase(folder, architecture);
    assert.equal((await lstat(base)).ino, before.ino);
  });

  it("says in os-release that it is a stand-in", async () => {
    const text = await readFile(join(cloud().standIns.base, "etc/os-release"), "utf8");
    assert.match(text, /not a distribution/);
  });

  it("runs the RUN steps of a build: shell form, exec form, and scripts from a mount", async () => {
    const { all, failed, out } = await build(
      [
        "FROM base AS build",
        "ARG WHO=world",
        'RUN --mount=type=bind,from=scripts,target=/scripts /scripts/install.sh "$WHO"',
        'RUN ["touch", "/opt/exec"]',
        "RUN echo one > /opt/one && cp -a /opt /copy && rm -rf /opt/one && ln -s opt /link",
        "FROM scratch",
        "COPY --from=build /opt /opt",
        "COPY --from=build /copy /copy",
      ].join("\n"),
      {
        "install.sh": [
          "#!/usr/bin/env bash",
          "set -euo pipefail",
          'names=(a b "c d")',
          "mkdir -p /opt/deep/er",
          'for name in "${names[@]}"; do echo "hello $1" > "/opt/deep/$name"; done',
          "chmod 750 /opt/deep/a",
          "cat <<EOF > /opt/deep/er/machine",
          "$(uname -s) ${#names[@]}",
          "EOF",
          "if [[ ! -f /opt/nothing ]]; then test -d /opt/deep && sleep 0.01; fi",
        ].join("\n"),
      },
    );
    assert.equal(failed, false, all);
    assert.deepEqual((await readdir(join(out, "opt"), { recursive: true })).sort(), [
      "deep",
      "deep/a",
      "deep/b",
      "deep/c d",
      "deep/er",
      "deep/er/machine",
      "exec",
    ]);
    assert.equal(await readFile(join(out, "opt/deep/c d"), "utf8"), "hello world\n");
    assert.equal(await readFile(join(out, "opt/deep/er/machine"), "utf8"), "Linux 3\n");
    assert.equal((await lstat(join(out, "opt/deep/a"))).mode & 0o777, 0o750);
    assert.equal(await readFile(join(out, "copy/one"), "utf8"), "one\n");
  });

  it("fails a build whose step fails, with what the step printed", async () => {
    const { all, failed } = await build("FROM base\nRUN echo before; no-such-command\n", {});
    assert.equal(failed, true);
    assert.match(all, /before/);
    assert.match(all, /"no-such-command": executable file not found/);
    assert.match(all, /exit code: 127/);
  });
});
