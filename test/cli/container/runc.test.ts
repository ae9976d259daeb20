// What runc and Docker are told, read from programs that stand in for them. `slipway run` with the real runc is tested
// in test/integration/cli.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerRun } from "../../../cli/container/container-run.ts";
import { dockerRun } from "../../../cli/container/docker.ts";
import { runWithRunc } from "../../../cli/container/runc.ts";
import { UserError } from "../../../rules/problems.ts";
import { callsOf, fakeProgram } from "../../support/fake-program.ts";

/** What `runc spec` writes, as far as it matters here. */
const SPEC = {
  ociVersion: "1.2.0",
  process: {
    terminal: true,
    user: { uid: 0, gid: 0 },
    args: ["sh"],
    env: ["PATH=/usr/bin:/bin", "TERM=xterm"],
    cwd: "/",
    noNewPrivileges: true,
  },
  root: { path: "rootfs", readonly: true },
  mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
  linux: { namespaces: [{ type: "pid" }, { type: "network" }, { type: "mount" }] },
};
type Spec = typeof SPEC & { mounts: Record<string, unknown>[] };

const run: ContainerRun = { command: [], mounts: [], terminal: false };

describe("containers", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-container-"));
    mkdirSync(join(folder, "bundle/rootfs/etc"), { recursive: true });
    writeFileSync(join(folder, "spec.json"), JSON.stringify(SPEC));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs an image with a runc that does nothing and ends with a code; gives what it was configured with. */
  async function configured(
    image: Parameters<typeof runWithRunc>[2],
    more: Partial<ContainerRun> = {},
    exitCode = 0,
  ): Promise<{ spec: Spec; exitCode: number }> {
    const bundle = join(folder, "bundle");
    const lines = `case "$1" in spec) cp ${folder}/spec.json ${bundle}/config.json;; *) exit ${exitCode};; esac`;
    await fakeProgram(join(folder, "bin"), "runc", lines);
    const code = await runWithRunc(join(folder, "bin/runc"), bundle, image, { ...run, ...more });
    const spec = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as Spec;
    return { spec, exitCode: code };
  }
  const args = async (...given: Parameters<typeof configured>) =>
    (await configured(...given)).spec.process.args;

  it("run an image's entrypoint with its command, and a caller's command in place of its own", async () => {
    const image = { Entrypoint: ["/init", "--"], Cmd: ["serve"] };
    assert.deepEqual(await args(image), ["/init", "--", "serve"]);
    assert.deepEqual(await args(image, { command: ["ls", "-l"] }), ["/init", "--", "ls", "-l"]);
    assert.deepEqual(await args({ Cmd: ["bash"] }), ["bash"]);
    assert.deepEqual(await args({ Entrypoint: null, Cmd: ["bash"] }), ["bash"]);
  });

  it("give another entrypoint nothing of the image's own command", async () => {
    const image = { Entrypoint: ["/init"], Cmd: ["serve"] };
    assert.deepEqual(await args(image, { entrypoint: "/bin/sh" }), ["/bin/sh"]);
    const both = { entrypoint: "/bin/sh", command: ["-c", "id"] };
    assert.deepEqual(await args(image, both), ["/bin/sh", "-c", "id"]);
  });

  it("refuse an image without a command when none is given", async () => {
    await assert.rejects(configured({}), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, "the image has no command of its own; write one after --");
      return true;
    });
  });

  it("get the image's folder and environment, a writable root, the mounts and the machine's network", async () => {
    const { spec } = await configured(
      { Cmd: ["sh"], WorkingDir: "/work", Env: ["PATH=/opt/bin", "A=b"] },
      {
        mounts: [
          { source: "/src", target: "/work", readOnly: false },
          { source: "/data", target: "/data", readOnly: true },
        ],
      },
    );
    assert.equal(spec.process.cwd, "/work");
    assert.deepEqual(spec.process.env.slice(-3), ["HOME=/root", "PATH=/opt/bin", "A=b"]);
    assert.equal(spec.process.terminal, false);
    assert.equal(spec.process.noNewPrivileges, true, "what is not ours is left as runc wrote it");
    assert.equal(spec.root.readonly, false);
    assert.deepEqual(spec.linux.namespaces, [{ type: "pid" }, { type: "mount" }]);
    assert.deepEqual(spec.mounts[0], SPEC.mounts[0]);
    assert.deepEqual(spec.mounts.slice(-2), [
      { destination: "/work", type: "bind", source: "/src", options: ["rbind", "rw"] },
      { destination: "/data", type: "bind", source: "/data", options: ["rbind", "ro"] },
    ]);
  });

  const users = [
    ["tester", { uid: 1000, gid: 1000 }, "/home/tester"],
    ["1000", { uid: 1000, gid: 1000 }, "/home/tester"],
    ["tester:video", { uid: 1000, gid: 44 }, "/home/tester"],
    ["tester:7", { uid: 1000, gid: 7 }, "/home/tester"],
    ["4711", { uid: 4711, gid: 0 }, "/"],
    ["", { uid: 0, gid: 0 }, "/root"],
  ] as const;
  for (const [User, user, home] of users) {
    it(`run as the image's user ${JSON.stringify(User)}, by its own passwd and group`, async () => {
      const etc = join(folder, "bundle/rootfs/etc");
      writeFileSync(
        join(etc, "passwd"),
        "root:x:0:0::/root:/bin/sh\ntester:x:1000:1000::/home/tester:/bin/sh\n",
      );
      writeFileSync(join(etc, "group"), "video:x:44:tester\n");
      const { spec } = await configured({ Cmd: ["id"], User });
      assert.deepEqual(spec.process.user, user);
      assert.ok(spec.process.env.includes(`HOME=${home}`), spec.process.env.join(" "));
    });
  }

  it("refuse a user that the image does not have", async () => {
    await assert.rejects(
      configured({ Cmd: ["id"], User: "nobody-here" }),
      /the image runs as "nobody-here", which its \/etc\/passwd or \/etc\/group does not name/,
    );
  });

  it("end with the command's exit code", async () => {
    assert.equal((await configured({ Cmd: ["false"] }, {}, 7)).exitCode, 7);
  });

  it("are started by Docker with the same mounts, entrypoint and command, each as one argument", async () => {
    const bin = join(folder, "docker");
    await fakeProgram(bin, "docker", 'printf "[%s]" "$@" > "$0.arguments"\nexit 5');
    const earlier = process.env["PATH"];
    process.env["PATH"] = bin;
    try {
      const code = await dockerRun("slipway/a:cpu", {
        command: ["sh", "-c", "echo a; id"],
        entrypoint: "/init",
        mounts: [{ source: "/a b", target: "/work", readOnly: true }],
        terminal: false,
      });
      assert.equal(code, 5);
    } finally {
      process.env["PATH"] = earlier;
    }
    assert.equal((await callsOf(bin, "docker")).length, 1);
    assert.equal(
      readFileSync(join(bin, "docker.arguments"), "utf8"),
      "[run][--rm][--interactive][--mount][type=bind,source=/a b,target=/work,readonly]" +
        "[--entrypoint][/init][slipway/a:cpu][sh][-c][echo a; id]",
    );
  });
});
