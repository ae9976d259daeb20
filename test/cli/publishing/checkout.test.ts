import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Checkout } from "../../../cli/publishing/checkout.ts";
import { UserError } from "../../../rules/problems.ts";

describe("a checkout", function () {
  this.timeout(60_000);
  let folder: string;
  /** Commits in a row, and one that goes its own way from the first. */
  let first: string, second: string, third: string, aside: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-checkout-"));
    await mkdir(join(folder, "origin"));
    await git("origin", "init", "-q", "-b", "main");
    first = await commit("1");
    second = await commit("2");
    third = await commit("3");
    await git("origin", "checkout", "-q", "-b", "aside", first);
    aside = await commit("4");
    await git("origin", "checkout", "-q", "main");
    await git("origin", "config", "uploadpack.allowAnySHA1InWant", "true");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function git(where: string, ...args: readonly string[]): Promise<string> {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
    const { stdout } = await execa(
      "git",
      ["-C", join(folder, where), ...identity, "-c", "commit.gpgsign=false", ...args],
      { env: { GIT_CONFIG_GLOBAL: "/dev/null" } },
    );
    return stdout;
  }

  async function commit(text: string): Promise<string> {
    await writeFile(join(folder, "origin/Pulumi.yaml"), `name: ${text}\n`);
    await git("origin", "add", "-A");
    await git("origin", "commit", "-q", "-m", text);
    return git("origin", "rev-parse", "HEAD");
  }

  /** A clone of the origin with only the latest commits of main. */
  async function shallow(name: string, depth: number): Promise<Checkout> {
    const url = `file://${join(folder, "origin")}`;
    await git(".", "clone", "-q", "--depth", String(depth), "--branch", "main", url, name);
    return opened(name);
  }

  async function opened(where: string): Promise<Checkout> {
    const checkout = await Checkout.open(join(folder, where));
    assert.ok(checkout);
    return checkout;
  }

  it("knows which commit a tag stands for, and of no tag that is not there", async () => {
    await git("origin", "tag", "-a", "v1.0.0-rc1", "-m", "x", second);
    const checkout = await opened("origin");
    assert.equal(await checkout.commitOfTag("refs/tags/v1.0.0-rc1"), second);
    assert.equal(await checkout.commitOfTag("refs/tags/v1.0.0-rc2"), undefined);
  });

  it("knows the commit that is checked out", async () => {
    assert.equal((await opened("origin")).head, third);
  });

  it("is none where there is no work tree, no commit, or a work tree of something else", async () => {
    await mkdir(join(folder, "plain"));
    assert.equal(await Checkout.open(join(folder, "plain")), undefined);
    await mkdir(join(folder, "empty"));
    await git("empty", "init", "-q");
    assert.equal(await Checkout.open(join(folder, "empty")), undefined);
    await mkdir(join(folder, "origin/inner"));
    await writeFile(join(folder, "origin/inner/Pulumi.yaml"), "name: other\n");
    assert.equal(await Checkout.open(join(folder, "origin/inner")), undefined);
    await rm(join(folder, "origin/inner"), { recursive: true });
  });

  it("is none on a machine without git", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = join(folder, "nothing");
    try {
      assert.equal(await Checkout.open(join(folder, "origin")), undefined);
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("is that of the project's folder, wherever a hook's variables lead git", async () => {
    process.env["GIT_DIR"] = join(folder, "elsewhere");
    try {
      assert.equal((await opened("origin")).head, third);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });

  it("finds an ancestor older, and nothing else", async () => {
    const checkout = await opened("origin");
    assert.equal(await checkout.isOlder(first, third), true);
    assert.equal(await checkout.isOlder(second, third), true);
    assert.equal(await checkout.isOlder(third, third), false, "the same");
    assert.equal(await checkout.isOlder(third, first), false, "a newer one");
    assert.equal(await checkout.isOlder(aside, third), false, "history that went apart");
    assert.equal(await checkout.isOlder(third, aside), false, "history that went apart");
  });

  it("refuses to tell of a commit that is not in this clone, and says how to fetch it", async () => {
    const checkout = await opened("origin");
    const strange = "a".repeat(40);
    await assert.rejects(
      checkout.isOlder(third, strange),
      new UserError(
        `the commit that was published last, ${strange}, is not in this clone, so nothing tells which is older; fetch it: git fetch origin ${strange}`,
      ),
    );
    await assert.rejects(checkout.isOlder("main", third), /"main" is not a whole commit/);
    await assert.rejects(checkout.isOlder("--help", third), /"--help" is not a whole commit/);
  });

  it("tells in a shallow clone what it can, and refuses where the cut hides it", async () => {
    const two = await shallow("two", 2);
    assert.equal(await two.isOlder(second, third), true);
    assert.equal(await two.isOlder(third, second), false);
    const one = await shallow("one", 1);
    await assert.rejects(
      one.isOlder(third, second),
      /is not in this clone.*git fetch --unshallow origin && git fetch origin/,
    );
    await git("one", "fetch", "-q", "--depth", "1", "origin", first);
    await assert.rejects(
      one.isOlder(first, third),
      /this clone is shallow and does not tell.*git fetch --unshallow origin$/,
    );
    await git("one", "fetch", "-q", "--unshallow", "origin");
    assert.equal(await (await opened("one")).isOlder(first, third), true);
  });

  it("lists what is not as committed below a folder, new files and odd names included", async () => {
    const checkout = await opened("origin");
    assert.deepEqual(await checkout.changes("images"), []);
    await mkdir(join(folder, "origin/images/new"), { recursive: true });
    await writeFile(join(folder, 'origin/images/new/a \n"b'), "");
    await writeFile(join(folder, "origin/beside"), "");
    assert.deepEqual(await checkout.changes("images"), ['images/new/a \n"b']);
    await git("origin", "clean", "-qfd");
  });
});
