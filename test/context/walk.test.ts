// Does not prove that BuildKit sends the same files: .dockerignore is matched by a port of Docker's own code.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { contextFiles, contextHolds } from "../../context/walk.ts";

const sha256 = (text: string | Buffer) => createHash("sha256").update(text).digest("hex");

describe("the files of a build context", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-context-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  }
  const paths = async (dockerfile?: string) =>
    (await contextFiles(folder, dockerfile)).map((file) => file.path);

  it("are sorted, with their bytes' digests and executable bits", async () => {
    await write({ "b/c.txt": "c", "a.sh": "a", "b.txt": "b" });
    await chmod(join(folder, "a.sh"), 0o755);
    assert.deepEqual(await contextFiles(folder), [
      { path: "a.sh", kind: "file", executable: true, digest: sha256("a") },
      { path: "b.txt", kind: "file", executable: false, digest: sha256("b") },
      { path: "b/c.txt", kind: "file", executable: false, digest: sha256("c") },
    ]);
  });

  it("do not change with umask, times and empty folders", async () => {
    await write({ a: "1", "b/c": "2" });
    const before = await contextFiles(folder);
    await chmod(join(folder, "a"), 0o600);
    await chmod(join(folder, "b"), 0o700);
    await utimes(join(folder, "a"), 0, 0);
    await mkdir(join(folder, "empty"));
    assert.deepEqual(await contextFiles(folder), before);
  });

  it("hold large files by their bytes", async () => {
    const bytes = Buffer.alloc(3_000_001, "slipway");
    await writeFile(join(folder, "large"), bytes);
    assert.equal((await contextFiles(folder))[0]?.digest, sha256(bytes));
  });

  it("hold symlinks as they are written, wherever they point", async () => {
    await symlink("../outside", join(folder, "out"));
    await symlink(".", join(folder, "loop"));
    assert.deepEqual(await contextFiles(folder), [
      { path: "loop", kind: "symlink", executable: false, digest: sha256(".") },
      { path: "out", kind: "symlink", executable: false, digest: sha256("../outside") },
    ]);
  });

  it("leave out what .dockerignore names, exceptions included", async () => {
    await write({
      ".dockerignore": "# all but two\n*\n!keep.txt\n!dir/in\n",
      "keep.txt": "",
      "drop.txt": "",
      "dir/in": "",
      "dir/out": "",
    });
    assert.deepEqual(await paths(), ["dir/in", "keep.txt"]);
  });

  it("leave out whole folders", async () => {
    await write({ ".dockerignore": "dir\n**/*.log\n", "dir/a": "", "b/c.log": "", "b/d": "" });
    assert.deepEqual(await paths(), [".dockerignore", "b/d"]);
  });

  it("follow the Dockerfile's own ignore file before .dockerignore", async () => {
    await write({ ".dockerignore": "a\n", "Dockerfile.dockerignore": "b\n", a: "", b: "" });
    assert.deepEqual(await paths("Dockerfile"), [".dockerignore", "Dockerfile.dockerignore", "a"]);
    assert.deepEqual(await paths(), [".dockerignore", "Dockerfile.dockerignore", "b"]);
    assert.equal(await contextHolds(folder, "Dockerfile", "b"), false);
    assert.equal(await contextHolds(folder, "Dockerfile", "a"), true);
  });

  it("have names in UTF-8", async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([0xff])]);
    await writeFile(name, "");
    await assert.rejects(contextFiles(folder), { name: "UserError", message: /is not in UTF-8/ });
  });

  it("are no pipes", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await assert.rejects(contextFiles(folder), {
      name: "UserError",
      message: `${folder}/pipe is no file, folder or symlink, and an image cannot hold it; delete it or name it in ${folder}/.dockerignore`,
    });
    await write({ ".dockerignore": "pipe\n.dockerignore" });
    assert.deepEqual(await paths(), []);
  });
});
