import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitTree } from "../../context/git-tree.ts";

describe("the git tree of a folder", () => {
  let root: string;
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@example.org", "-C", root, ...args],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    ).trim();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-tree-"));
    git("init", "--quiet");
    await mkdir(join(root, ".ci/docker"), { recursive: true });
    await mkdir(join(root, "sub"));
    await writeFile(join(root, ".ci/docker/Dockerfile"), "FROM base\n");
    await writeFile(join(root, "sub/other"), "");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is what git rev-parse says, wherever in the work tree the project lies", async () => {
    const tree = git("rev-parse", "HEAD:.ci/docker");
    assert.match(tree, /^[0-9a-f]{40}$/);
    assert.equal(await gitTree(root, ".ci/docker"), tree);
    assert.equal(await gitTree(join(root, "sub"), ".ci/docker"), tree);
  });

  it("stays when other folders change, committed or not", async () => {
    const tree = await gitTree(root, ".ci/docker");
    await writeFile(join(root, "sub/other"), "changed");
    assert.equal(await gitTree(root, ".ci/docker"), tree);
    git("commit", "--quiet", "--all", "-m", "second");
    assert.equal(await gitTree(root, ".ci/docker"), tree);
  });

  for (const [what, path] of [
    ["an edited file", ".ci/docker/Dockerfile"],
    ["a new file", ".ci/docker/new"],
  ] as const) {
    it(`is not told with ${what} in the folder`, async () => {
      await writeFile(join(root, path), "changed\n");
      assert.equal(await gitTree(root, ".ci/docker"), undefined);
    });
  }

  it("is not told where there is no repository or no commit", async () => {
    await rm(join(root, ".git"), { recursive: true });
    assert.equal(await gitTree(root, ".ci/docker"), undefined);
    git("init", "--quiet");
    assert.equal(await gitTree(root, ".ci/docker"), undefined);
  });

  it("is refused for what is no folder of the commit", async () => {
    for (const folder of ["nowhere", ".ci/docker/Dockerfile", ".ci/*"]) {
      await assert.rejects(gitTree(root, folder), {
        name: "UserError",
        message: /^treeName: ".*" is no folder of the commit [0-9a-f]{12}; write it from the root/,
      });
    }
  });
});
