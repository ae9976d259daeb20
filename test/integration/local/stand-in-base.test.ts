import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, rm, lstat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { goTool } from "../../../local/go-tools.ts";
import { ensureStandInBase } from "../../../local/stand-in-base.ts";
import { parseLayoutContext } from "../../../rules/layout-context.ts";
import { withCloud } from "../../support/cloud.ts";

function layoutOf(context: string) {
  const layout = parseLayoutContext(context);
  assert.ok(layout, context);
  return layout;
}

describe("the base stand-in", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-base-"))));
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  /** Builds a Dockerfile that begins FROM base, with the named context `scripts`; gives BuildKit's output and the result's folder. */
  async function build(dockerfile: string, scripts: Record<string, string>) {
    const base = layoutOf(cloud().standIns.base);
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
        ...["--oci-layout", `base=${base.folder}`],
        ...["--opt", `context:base=oci-layout:base@${base.digest}`],
        ...["--local", `scripts=${scriptsFolder}`, "--opt", "context:scripts=local:scripts"],
      ],
      { all: true, reject: false },
    );
    return { all, failed, out };
  }

  const architecture = process.arch === "arm64" ? "arm64" : "amd64";

  it("has the same digest wherever it is made", async () => {
    const other = layoutOf(await ensureStandInBase(folder, architecture));
    assert.equal(other.folder, join(folder, "stand-ins/base"));
    assert.equal(other.digest, layoutOf(cloud().standIns.base).digest);
  });

  it("is a whole OCI layout: every blob has the digest and size that it is called by", async () => {
    const layout = layoutOf(cloud().standIns.base);
    const blob = async (digest: string) => {
      const bytes = await readFile(join(layout.folder, "blobs", digest.replace(":", "/")));
      assert.equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, digest);
      return bytes;
    };
    interface Descriptor {
      readonly digest: string;
      readonly size: number;
    }
    const manifest = JSON.parse((await blob(layout.digest)).toString()) as {
      readonly config: Descriptor;
      readonly layers: readonly Descriptor[];
    };
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      assert.equal((await blob(digest)).length, size);
    }
    assert.match(await readFile(join(layout.folder, "oci-layout"), "utf8"), /"1\.0\.0"/);
  });

  it("is not made again while its sources stay the same", async () => {
    const { folder: made } = layoutOf(await ensureStandInBase(folder, architecture));
    const before = await lstat(made);
    await ensureStandInBase(folder, architecture);
    assert.equal((await lstat(made)).ino, before.ino);
  });

  it("says in os-release that it is a stand-in, and answers what a contract asks", async () => {
    const { all, failed, out } = await build(
      [
        "FROM base AS build",
        "RUN mkdir /out && cat /etc/os-release > /out/os && getconf GNU_LIBC_VERSION > /out/libc && rpm -qa > /out/packages",
        "FROM scratch",
        "COPY --from=build /out /",
      ].join("\n"),
      {},
    );
    assert.equal(failed, false, all);
    assert.match(await readFile(join(out, "os"), "utf8"), /not a distribution/);
    assert.equal(await readFile(join(out, "libc"), "utf8"), "glibc 2.28\n");
    assert.equal(await readFile(join(out, "packages"), "utf8"), "glibc\n");
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
