import assert from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { goTool } from "../../../local/go-tools.ts";
import { pythonTool } from "../../../local/python-tools.ts";

const ROOT = join(import.meta.dirname, "../../..");

describe("workflows under the linters", function () {
  this.timeout("10m");

  it("have nothing that actionlint finds, with shellcheck over every step", async () => {
    const [actionlint, shellcheck] = await Promise.all([
      goTool("actionlint"),
      pythonTool("shellcheck"),
    ]);
    const env = { PATH: [dirname(shellcheck), process.env["PATH"]].join(delimiter) };
    const args = ["-no-color", "-shellcheck", shellcheck, "-pyflakes", ""];
    const { exitCode, all } = await execa(actionlint, args, {
      cwd: ROOT,
      env,
      all: true,
      reject: false,
    });
    assert.equal(exitCode, 0, all);
  });

  it("have nothing that zizmor finds, its pedantic advice included", async () => {
    const zizmor = await pythonTool("zizmor");
    const args = ["--offline", "--no-progress", "--persona", "pedantic", "--color", "never"];
    const { exitCode, all } = await execa(zizmor, [...args, ".github"], {
      cwd: ROOT,
      all: true,
      reject: false,
    });
    assert.equal(exitCode, 0, all);
  });
});
