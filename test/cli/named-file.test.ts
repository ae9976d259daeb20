import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namedFile, outputFile } from "../../cli/named-file.ts";

describe("a file that a user names", () => {
  let folder: string;
  const before = process.env["INIT_CWD"];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-named-file-"));
    process.env["INIT_CWD"] = folder;
  });
  afterEach(async () => {
    if (before === undefined) Reflect.deleteProperty(process.env, "INIT_CWD");
    else process.env["INIT_CWD"] = before;
    await rm(folder, { recursive: true, force: true });
  });

  it("is one of the caller's folder, there or not", async () => {
    const file = join(folder, "file.json");
    assert.equal(namedFile("--snapshot", "file.json"), file);
    await writeFile(file, "");
    assert.equal(outputFile("--output", "file.json"), file);
    assert.equal(namedFile("--snapshot", "none/file.json"), join(folder, "none/file.json"));
  });

  it("is no folder and not empty", () => {
    for (const ask of [namedFile, outputFile]) {
      assert.throws(() => ask("--output", ""), {
        ...{ name: "UserError", message: "--output is empty; name a file" },
      });
      for (const path of [".", folder, "none/.."]) {
        assert.throws(() => ask("--output", path), {
          ...{ name: "UserError", message: `--output ${folder} is a folder; name a file` },
        });
      }
    }
  });

  it("is written where its folder is", () => {
    assert.throws(() => outputFile("--output", "none/file.json"), {
      name: "UserError",
      message: `--output ${folder}/none/file.json: there is no folder ${folder}/none; make it first`,
    });
  });
});
