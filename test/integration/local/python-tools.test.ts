import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { pythonTool } from "../../../local/python-tools.ts";
import { fakeProgram } from "../../support/fake-program.ts";
import { runInNode } from "../../support/node-child.ts";

const moduleFile = join(import.meta.dirname, "../../../local/python-tools.ts");
const ownRequirements = join(import.meta.dirname, "../../../local/python/requirements.txt");

describe("the project's Python environment", function () {
  this.timeout(120_000);
  let folder: string;
  let options: { requirements: string; toolsFolder: string };
  const ask = async (path: string) =>
    runInNode(
      `const { pythonTool } = await import(${JSON.stringify(moduleFile)});
       const lines = [];
       await pythonTool("python", { ...${JSON.stringify(options)}, onProgress: (l) => lines.push(l) });
       return lines;`,
      { PATH: path },
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-python-"));
    options = {
      requirements: join(folder, "requirements.txt"),
      toolsFolder: join(folder, "tools"),
    };
    await writeFile(options.requirements, "# nothing\n");
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  it("is made by one of two processes that ask at once, used by later ones, and made anew if that was interrupted", async () => {
    const path = process.env["PATH"] ?? "";
    const answers = await Promise.all([ask(path), ask(path)]);
    const lines = answers.flatMap(({ value }) => value as string[]);
    assert.equal(lines.filter((line) => line.startsWith("installed")).length, 1, lines.join("\n"));
    assert.deepEqual(await ask(path), { value: [] });
    const python = await pythonTool("python", options);
    const { stdout } = await execa(python, ["-c", "import sys; print(sys.prefix)"]);
    assert.equal(stdout, join(python, "../.."));

    // Without the file that is written last, its making was interrupted.
    await rm(join(python, "../../slipway-complete"));
    assert.equal(((await ask(path)).value as string[]).length, 2);
  });

  it("says what pip said when the packages cannot be installed", async () => {
    await writeFile(options.requirements, "not a requirement!\n");
    await assert.rejects(pythonTool("python", options), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.match(error.message, /^installing .*requirements.txt failed/);
      assert.match(error.message, /Invalid requirement/);
      return true;
    });
  });

  it("needs Python, and names the packages that bring it", async () => {
    const { error } = await ask(folder);
    assert.deepEqual(error, {
      name: "UserError",
      message:
        "Python: python3 is not on PATH; install Python 3.10 or newer with venv " +
        "(Debian, Ubuntu: apt-get install python3 python3-venv)",
    });
  });

  it("needs a Python that is new enough and has venv", async () => {
    await fakeProgram(folder, "python3", 'echo "Python 3.9.2"');
    await fakeProgram(folder, "python3.12", 'case "$1" in -c) exit 1;; esac; echo "Python 3.12.1"');
    const { error } = await ask(`${folder}:/nowhere`);
    assert.deepEqual(error, {
      name: "UserError",
      message:
        `Python: ${folder}/python3 is 3.9.2, 3.10 is needed; ${folder}/python3.12 has no venv or no ensurepip; ` +
        "install Python 3.10 or newer with venv (Debian, Ubuntu: apt-get install python3 python3-venv)",
    });
  });

  it("is locked: every package has one version and a hash, and no index is named", async () => {
    const text = await readFile(ownRequirements, "utf8");
    const entries = text
      .replaceAll("\\\n", "")
      .split("\n")
      .filter((line) => line !== "" && !line.trim().startsWith("#"));
    assert.ok(entries.length > 20);
    for (const entry of entries) assert.match(entry, /^[\w.-]+==\S+.* --hash=sha256:[0-9a-f]{64}/);
    assert.doesNotMatch(text, /https?:|--(extra-)?index-url|--find-links/);
  });
});
