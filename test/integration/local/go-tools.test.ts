import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { findOnPath } from "../../../local/executables.ts";
import { goTool } from "../../../local/go-tools.ts";
import { fakeProgram } from "../../support/fake-program.ts";
import { runInNode } from "../../support/node-child.ts";

const moduleFile = join(import.meta.dirname, "../../../local/go-tools.ts");

describe("the pinned Go tools", function () {
  this.timeout(60_000);
  let folder: string;
  let options: { moduleFolder: string; toolsFolder: string };

  /** A module whose one program, by the name of a real one, prints a text. */
  const writeModule = async (goVersion: string, body: string) => {
    await mkdir(join(options.moduleFolder, "runc-without-seccomp"), { recursive: true });
    await writeFile(join(options.moduleFolder, "go.mod"), `module test\n\ngo ${goVersion}\n`);
    await writeFile(join(options.moduleFolder, "go.sum"), "");
    await writeFile(
      join(options.moduleFolder, "runc-without-seccomp/main.go"),
      `package main\n\nfunc main() { ${body} }\n`,
    );
  };
  /** Asks for a tool in another process with this PATH; gives its lines of progress. */
  const ask = async (path: string, name = "runc-without-seccomp") =>
    runInNode(
      `const { goTool } = await import(${JSON.stringify(moduleFile)});
       const lines = [];
       await goTool(${JSON.stringify(name)}, { ...${JSON.stringify(options)}, onProgress: (l) => lines.push(l) });
       return lines;`,
      { PATH: path },
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-go-tools-"));
    options = { moduleFolder: join(folder, "module"), toolsFolder: join(folder, "tools") };
    await writeModule("1.21.0", `print("first")`);
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it("are built once, where the hash of their module says", async () => {
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const path = await goTool("runc-without-seccomp", { ...options, onProgress });
    assert.equal((await execa(path)).stderr, "first");
    assert.deepEqual(
      lines.map((line) => line.replace(/\d+ s$/, "N s")),
      [
        "building runc-without-seccomp (first time, a few seconds)",
        "built runc-without-seccomp in N s",
      ],
    );
    assert.equal(await goTool("runc-without-seccomp", { ...options, onProgress }), path);
    assert.equal(lines.length, 2);
  });

  it("are built anew, elsewhere, when their module changes", async () => {
    const before = await goTool("runc-without-seccomp", options);
    await writeModule("1.21.0", `print("second")`);
    const path = await goTool("runc-without-seccomp", options);
    assert.notEqual(path, before);
    assert.equal((await execa(path)).stderr, "second");
    assert.equal((await execa(before)).stderr, "first");
  });

  it("are built by one of two processes that ask at once", async () => {
    const path = process.env["PATH"] ?? "";
    const answers = await Promise.all([ask(path), ask(path)]);
    const lines = answers.flatMap(({ value }) => value as string[]);
    assert.equal(lines.filter((line) => line.startsWith("built")).length, 1, lines.join("\n"));
  });

  it("leave nothing half-made when they do not compile, and say why", async () => {
    await writeModule("1.21.0", "undefined()");
    await assert.rejects(goTool("runc-without-seccomp", options), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.match(error.message, /^building runc-without-seccomp from .*module failed/);
      assert.match(error.message, /undefined: undefined/);
      return true;
    });
    const [hash] = await readdir(options.toolsFolder);
    assert.deepEqual(await readdir(join(options.toolsFolder, hash!)), []);
  });

  it("clear away what a killed build left", async () => {
    const path = await goTool("runc-without-seccomp", options);
    await rm(path);
    const left = join(path, "../.building-1");
    await mkdir(left);
    await goTool("runc-without-seccomp", options);
    assert.deepEqual(await readdir(join(path, "..")), ["runc-without-seccomp"]);
  });

  it("need Go, and name where it comes from", async () => {
    const { error } = await ask(folder);
    assert.deepEqual(error, {
      name: "UserError",
      message:
        "go: not found on PATH; install Go 1.21.0 or newer (https://go.dev/dl/) and put it on PATH",
    });
  });

  it("need a Go as new as their module says", async () => {
    await fakeProgram(folder, "go", 'echo "go version go1.20.14 linux/amd64"');
    const { error } = await ask(`${folder}:/bin`);
    assert.deepEqual(error, {
      name: "UserError",
      message:
        "go: found 1.20.14, 1.21.0 is needed; install Go 1.21.0 or newer (https://go.dev/dl/) and put it on PATH",
    });
  });

  it("need a C compiler for runc, or runc itself", async () => {
    await symlink((await findOnPath("go"))!, join(folder, "go"));
    const { error } = await ask(folder, "runc");
    assert.deepEqual(error, {
      name: "UserError",
      message:
        "gcc: not found on PATH; runc is written partly in C. Install runc itself (apt-get install runc) " +
        "or a C compiler (apt-get install gcc libc6-dev)",
    });
  });

  it("give way to the machine's own when it is new enough", async () => {
    await fakeProgram(folder, "buildctl", 'echo "buildctl github.com/moby/buildkit v0.31.1 abc"');
    const answer = await runInNode(
      `const { goTool } = await import(${JSON.stringify(moduleFile)});
       return goTool("buildctl", ${JSON.stringify(options)});`,
      { PATH: `${folder}:/bin` },
    );
    assert.deepEqual(answer, { value: join(folder, "buildctl") });
  });

  it("replace the machine's own when it is too old, unversioned or lacks what is needed, and say so", async () => {
    await symlink((await findOnPath("go"))!, join(folder, "go"));
    const cases = [
      [
        "buildctl",
        "buildctl github.com/moby/buildkit v0.11.0",
        "is 0.11.0, at least 0.17 is needed",
      ],
      ["buildctl", "buildctl", "does not tell its version"],
      ["runc", "runc version 1.2.3", "is not linked with libseccomp"],
    ] as const;
    for (const [name, output, problem] of cases) {
      await fakeProgram(folder, name, `echo "${output}"`);
      const { value } = await runInNode(
        `const { goTool } = await import(${JSON.stringify(moduleFile)});
         const lines = [];
         await goTool("${name}", { ...${JSON.stringify(options)}, onProgress: (l) => lines.push(l) }).catch(() => {});
         return lines[0];`,
        { PATH: `${folder}:/bin` },
      );
      assert.equal(value, `${join(folder, name)} ${problem}: using our own`);
    }
  });
});
