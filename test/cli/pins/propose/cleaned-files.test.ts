import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanedFiles } from "../../../../cli/pins/propose/cleaned-files.ts";
import { withTemporaryFolder } from "../../../../local/temporary-folder.ts";

const ATTRIBUTES = [
  "crlf.yml text eol=crlf",
  "ident.yml ident",
  "wide.ps1 text working-tree-encoding=UTF-16LE",
];
const PATHS = ["crlf.yml", "ident.yml", "wide.ps1", "latin.txt"];
const IN_COMMIT: Readonly<Record<string, Buffer>> = {
  "crlf.yml": Buffer.from("image: old\n"),
  "ident.yml": Buffer.from("# $Id$\nimage: old\n"),
  "wide.ps1": Buffer.from('$image = "old"\n'),
  "latin.txt": Buffer.from("\xe9t\xe9 old\r\n", "latin1"),
};

describe("files of a work tree as its commits have them", () => {
  it("has the bytes of the blob, whatever a work tree makes of them, and the change alone", async () => {
    await withTemporaryFolder("slipway-test-cleaned", async (root) => {
      const git = (...words: string[]) =>
        execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], { cwd: root });
      git("init", "-q");
      for (const path of PATHS) await writeFile(join(root, path), IN_COMMIT[path] ?? "");
      git("add", ".");
      git("commit", "-q", "-m", "Begin");
      for (const path of PATHS) await rm(join(root, path));
      await writeFile(join(root, ".gitattributes"), `${ATTRIBUTES.join("\n")}\n`);
      git("checkout", "-q", "--", ".");
      const files = await Promise.all(
        PATHS.map(async (path) => {
          const before = await readFile(join(root, path));
          const text = before.toString("latin1").replace(/o(\0?)l(\0?)d/, "n$1e$2w");
          return { path, before, after: Buffer.from(text, "latin1") };
        }),
      );
      for (const { path, before } of files) {
        assert.equal(before.equals(IN_COMMIT[path] ?? before), path === "latin.txt", path);
      }
      const cleaned = await cleanedFiles(root, files);
      for (const { path, before, after } of cleaned) {
        const wanted = (IN_COMMIT[path] ?? Buffer.of()).toString("latin1");
        assert.equal(before.toString("latin1"), wanted, path);
        assert.equal(after.toString("latin1"), wanted.replace("old", "new"), path);
      }
    });
  });
});
