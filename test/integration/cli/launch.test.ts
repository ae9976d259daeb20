/*
 * The launcher, in small projects of their own with an npm that only notes that it was called. What it starts is real:
 * the Node of this process stands in for the one that packages bring.
 */
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { isExecutable } from "../../../local/executables.ts";
import { callsOf, fakeProgram } from "../../support/fake-program.ts";

const LAUNCHER = join(import.meta.dirname, "../../../bin/launch.js");

/** A Node too old to run TypeScript, among the usual places; undefined on a machine without. */
async function findOldNode(): Promise<string | undefined> {
  const folders = ["/usr/bin", "/usr/local/bin", ...(process.env["PATH"] ?? "").split(":")];
  for (const folder of folders) {
    const path = join(folder, "node");
    if (!(await isExecutable(path))) continue;
    const { stdout } = await execa(path, ["--version"], { reject: false });
    const major = Number(/^v(\d+)\./.exec(stdout)?.[1]);
    if (major >= 20 && major < 24) return path;
  }
  return undefined;
}
const oldNode = await findOldNode();

/** What a project's script does: TypeScript that no older Node reads, and an ending of each kind. */
const SCRIPT = `
const [what = "", ...rest]: string[] = process.argv.slice(2);
if (what === "exit") process.exitCode = Number(rest[0]);
if (what === "wait") {
  process.on("SIGTERM", () => { console.log("terminated"); process.exit(9); });
  process.on("SIGINT", () => { console.log("interrupted"); process.exit(8); });
  setInterval(() => undefined, 1000);
}
console.log(JSON.stringify({ node: process.versions.node, file: process.argv[1], what, rest }));
if (what === "die") process.kill(process.pid, "SIGKILL");
`;

describe("the launcher", function () {
  this.timeout(60_000);
  let root: string;
  let bin: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-launch-"));
    bin = join(root, "path");
    await mkdir(join(root, "bin"));
    await copyFile(LAUNCHER, join(root, "bin/launch.js"));
    const files = {
      "package.json": '{ "type": "module" }',
      "package-lock.json": "{}",
      ".npmrc": "",
      "script.ts": SCRIPT,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    await fakeNpm(`mkdir -p ${root}/node_modules`);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  function fakeNpm(lines: string): Promise<void> {
    return fakeProgram(bin, "npm", lines);
  }

  /** An npm that brings a Node, as the optional dependencies do. */
  async function npmWithNode(): Promise<void> {
    const folder = join(root, `node_modules/node-${process.platform}-${process.arch}/bin`);
    await fakeNpm(`mkdir -p ${folder} && ln -sf ${process.execPath} ${folder}/node`);
  }

  function launch(args: readonly string[], node = process.execPath) {
    return execa(node, [join(root, "bin/launch.js"), ...args], {
      cwd: "/",
      // The shell of the fake npm needs its own programs.
      env: { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin` },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      timeout: 45_000,
    });
  }
  const installs = () => callsOf(bin, "npm");
  const said = (stdout: string) =>
    JSON.parse(stdout.split("\n")[0] ?? "") as Record<"node" | "file" | "what" | "rest", unknown>;

  it("installs what is missing by npm ci, says how long it took, and runs the script with its arguments", async () => {
    const { stdout, stderr, exitCode } = await launch(["script.ts", "a b", "--c", "d"]);
    assert.deepEqual(await installs(), ["ci --ignore-scripts --no-progress"]);
    assert.match(stderr, /^install {4}npm ci \.\.\.\ninstall {4}done in \d+\.\d s$/);
    const { node, ...rest } = said(stdout);
    assert.deepEqual(rest, { file: join(root, "script.ts"), what: "a b", rest: ["--c", "d"] });
    assert.ok(Number(String(node).split(".")[0]) >= 24);
    assert.equal(exitCode, 0);
  });

  it("installs nothing the second time and says nothing, and installs again when the lockfile changed", async () => {
    await launch(["script.ts"]);
    const second = await launch(["script.ts"]);
    assert.equal(second.stderr, "");
    assert.equal((await installs()).length, 1);
    await writeFile(join(root, "package-lock.json"), '{ "changed": true }');
    await launch(["script.ts"]);
    assert.equal((await installs()).length, 2);
  });

  it("installs once when started twice at the same time", async () => {
    await fakeNpm(`sleep 1; mkdir -p ${root}/node_modules`);
    const both = await Promise.all([launch(["script.ts", "1"]), launch(["script.ts", "2"])]);
    assert.deepEqual(
      both.map(({ exitCode, stdout }) => [exitCode, said(stdout).what]),
      [
        [0, "1"],
        [0, "2"],
      ],
    );
    assert.equal((await installs()).length, 1);
  });

  it("takes over the turn of an installation that was killed", async () => {
    const lock = join(root, ".slipway/install.lock");
    await mkdir(lock, { recursive: true });
    const dead = execa("true");
    await dead;
    await writeFile(join(lock, "pid"), String(dead.pid));
    const { exitCode } = await launch(["script.ts"]);
    assert.equal(exitCode, 0);
    assert.equal((await installs()).length, 1);
  });

  it("says what npm said when the installation fails, runs nothing, and tries again the next time", async () => {
    await fakeNpm('echo "npm warn old lockfile"; echo "npm error code ENOTFOUND" >&2; exit 7');
    for (let tries = 1; tries <= 2; tries++) {
      const { stdout, stderr, exitCode } = await launch(["script.ts"]);
      assert.equal(exitCode, 1);
      assert.equal(stdout, "");
      assert.equal(
        stderr,
        "install    npm ci ...\nerror: npm ci failed with exit code 7:\n    npm error code ENOTFOUND",
      );
      assert.equal((await installs()).length, tries);
    }
  });

  it("says that npm is missing", async () => {
    await rm(join(bin, "npm"));
    const { stderr, exitCode } = await execa(
      process.execPath,
      [join(root, "bin/launch.js"), "script.ts"],
      { env: { PATH: bin }, extendEnv: false, reject: false },
    );
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      "install    npm ci ...\nerror: npm was not found on PATH; it comes with Node.js (20 or newer)",
    );
  });

  it("is wrong usage without a script", async () => {
    const { stderr, exitCode } = await launch([]);
    assert.equal(exitCode, 2);
    assert.equal(stderr, "usage: node bin/launch.js SCRIPT [ARGUMENT...]");
    assert.deepEqual(await installs(), []);
  });

  it("ends with the script's exit code", async () => {
    assert.equal((await launch(["script.ts", "exit", "3"])).exitCode, 3);
  });

  if (oldNode === undefined) {
    it(
      "starts another Node from an old one (no Node 20 to 23 is on this machine, so this is not tried)",
    );
  } else {
    describe(`on an old Node (${oldNode})`, () => {
      beforeEach(npmWithNode);

      it("runs the script on the Node that the packages bring, which comes first on PATH", async () => {
        const { stdout, stderr, exitCode } = await launch(["script.ts", "x"], oldNode);
        assert.match(stderr, /^install {4}npm ci/);
        assert.equal(said(stdout).node, process.versions.node);
        assert.equal(exitCode, 0);
      });

      it("passes the exit code on", async () => {
        assert.equal((await launch(["script.ts", "exit", "4"], oldNode)).exitCode, 4);
      });

      it("ends as a shell would tell it when a signal ended the script", async () => {
        assert.equal((await launch(["script.ts", "die"], oldNode)).exitCode, 128 + 9);
      });

      for (const [signal, word, code] of [
        ["SIGTERM", "terminated", 9],
        ["SIGINT", "interrupted", 8],
      ] as const) {
        it(`passes ${signal} on and waits for the script`, async () => {
          const running = launch(["script.ts", "wait"], oldNode);
          running.stdout.once("data", () => running.kill(signal));
          const { stdout, exitCode } = await running;
          assert.deepEqual([stdout.split("\n")[1], exitCode], [word, code]);
        });
      }

      it("says what to install where the packages bring no Node for the machine", async () => {
        await fakeNpm(`mkdir -p ${root}/node_modules`);
        const { stderr, stdout, exitCode } = await launch(["script.ts"], oldNode);
        assert.equal(exitCode, 1);
        assert.equal(stdout, "");
        assert.match(
          stderr,
          /error: Node 2\d\.\S+ is too old and no Node comes with the packages for \S+: install Node 24 or newer$/,
        );
      });
    });
  }
});
