import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { candidateFiles } from "../../../../cli/pins/tree/candidate-files.ts";
import { UserError } from "../../../../rules/problems.ts";

describe("the files of a tree that may have pins", function () {
  this.timeout(20_000);
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-candidates-"));
  });

  afterEach(async () => {
    // Node's own does not take away what has too long a path.
    execFileSync("rm", ["-rf", root]);
  });

  it("are those that match, in whatever letters, of those that are tracked or could be", async () => {
    git("init", "--quiet");
    await write("tracked.yml", "gone.yml", "dir/Größe 1.md", ".github/w.yml");
    await write([".gitignore", "out/\n"], ["nothing.txt", "other\n"], ["upper.txt", "NEEDLE\n"]);
    git("add", "--all");
    await rm(join(root, "gone.yml"));
    await write("new.yml", "out/ignored.yml");
    assert.deepEqual(await found(), [
      ".github/w.yml",
      "dir/Größe 1.md",
      "new.yml",
      "tracked.yml",
      "upper.txt",
    ]);
  });

  it("are those that are new to git even where they do not match, unless they are many", async () => {
    git("init", "--quiet");
    await write("a.yml", ["b.yml", "nothing\n"]);
    assert.deepEqual(await found(), ["a.yml", "b.yml"]);
    const many = Array.from({ length: 200 }, (_, index) => [`${index}.txt`, "nothing\n"] as const);
    await write(...many, "c.yml");
    assert.deepEqual(await found(), ["a.yml", "c.yml"]);
  });

  it("are none of a repository inside, whether git knows of it or not", async () => {
    git("init", "--quiet");
    await write("inner/a.yml", "b.yml");
    execFileSync("git", ["init", "--quiet"], { cwd: join(root, "inner") });
    assert.deepEqual(await found(), ["b.yml"]);
  });

  it("are no lock files, vendored folders or data of tests, nor what is excluded", async () => {
    await write("package-lock.json", "uv.lock", "go.sum", "a/node_modules/b/c.js");
    await write("Third_Party/x.c", "src/vendor/y.go", "pkg/testdata/z", "tests/a/fixtures/w.yml");
    await write("src/fixtures/v.yml", "lock.yml", "data/a.yml", "data/.b/c.yml", "more/a.tmp");
    assert.deepEqual(await found(root, ["data/**", "**/*.tmp"]), [
      "lock.yml",
      "src/fixtures/v.yml",
    ]);
  });

  it("are the same whatever the checkout's settings and attributes are", async () => {
    git("init", "--quiet");
    for (const [key, value] of Object.entries({
      "grep.fullName": "true",
      "grep.patternType": "fixed",
      "grep.lineNumber": "true",
      "color.ui": "always",
      "submodule.recurse": "true",
      "core.quotePath": "true",
    })) {
      git("config", key, value);
    }
    await write([".gitattributes", "*.yml -diff\n*.md binary\n"], "sub/a.yml", "sub/ä.md");
    git("add", "--all");
    assert.deepEqual(await found(), ["sub/a.yml", "sub/ä.md"]);
    assert.deepEqual(await found(join(root, "sub")), ["a.yml", "ä.md"]);
  });

  it("are those of a folder that the repository around it ignores", async () => {
    git("init", "--quiet");
    await write([".gitignore", "/checkout/\n"], "checkout/a.yml", "checkout/out/b.yml");
    await write(["checkout/.gitignore", "out\n"]);
    assert.deepEqual(await found(join(root, "checkout")), ["a.yml"]);
  });

  it("must have names that can be told", async () => {
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe4])]), "needle\n");
    await assert.rejects(found(), UserError);
    assert.deepEqual(await found(root, ["?"]), []);
  });

  it("may be excluded by the glob that is told where their names are none", async () => {
    const name = Buffer.concat([Buffer.from(`${root}/a[1]`), Buffer.from([0xe4, 0xf6])]);
    await writeFile(Buffer.concat([name, Buffer.from(".yml")]), "needle\n");
    await write("a1.yml");
    const { message } = await rejection();
    const glob = /or list ("[^"]+") under exclude: in pins\.yaml$/.exec(message)?.[1] ?? "";
    assert.equal(JSON.parse(glob), String.raw`a\[1\]*.yml`);
    assert.deepEqual(await found(root, [JSON.parse(glob) as string]), ["a1.yml"]);
  });

  for (const kind of ["a repository", "no repository"]) {
    it(`are told of with a fault where a folder cannot be read that is not excluded, in ${kind}`, async () => {
      if (kind === "a repository") git("init", "--quiet");
      await write("a.yml");
      await closed("closed");
      const { message } = await rejection();
      assert.match(message, /^git cannot search all of .*: warning: could not open directory '/);
      assert.match(message, /; make it readable, or list it under exclude: in pins\.yaml/);
      assert.deepEqual(await found(root, ["closed/**"]), ["a.yml"]);
      if (kind === "no repository") return;
      await write([".gitignore", "/closed/\n"]);
      assert.deepEqual(await found(), [".gitignore", "a.yml"]);
    });
  }

  it("are told of with what git advises where the repository is another user's", async () => {
    git("init", "--quiet");
    await write("a.yml");
    // By this git's own tests make the user of a repository another one.
    process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1";
    try {
      const { message } = await rejection();
      const path = await realpath(root);
      assert.ok(
        message.endsWith(
          `; if you trust whoever owns it: git config --global --add safe.directory ${path}`,
        ),
        message,
      );
    } finally {
      delete process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"];
    }
  });

  it("are none to look at in a bare repository, which is told", async () => {
    git("init", "--quiet", "--bare", "bare");
    git("init", "--quiet", "tree");
    for (const folder of ["bare", "bare/objects", "tree/.git"]) {
      const { message } = await rejection(join(root, folder));
      assert.match(message, /it has no files to look at; name a checkout$/);
    }
  });

  it("are told of no sooner than the search can be done", async () => {
    await write([".git/HEAD", "nonsense\n"], "a.yml");
    await assert.rejects(found(), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /git cannot search /);
      return true;
    });
  });

  async function rejection(folder = root): Promise<UserError> {
    try {
      await found(folder);
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error;
    }
    assert.fail("it was searched");
  }

  /** A folder that no user can open, not even root: the path of one below it is longer than the system takes. */
  async function closed(name: string): Promise<void> {
    const deep = Array.from({ length: 10 }, () => "x".repeat(250)).join("/");
    await mkdir(join(root, name, deep), { recursive: true });
    await mkdir(join(root, "moved", deep), { recursive: true });
    await rename(join(root, "moved"), join(root, name, deep, "moved"));
  }

  async function found(folder = root, exclude: readonly string[] = []): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const path of candidateFiles(folder, ["needle"], exclude)) paths.push(path);
    return paths.sort();
  }

  /** Files with the needle in them, or with a text of their own. */
  async function write(...files: readonly (string | readonly [string, string])[]): Promise<void> {
    for (const file of files) {
      const [path, text] = typeof file === "string" ? [file, "a\nthe needle\n"] : file;
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }

  function git(...args: readonly string[]): void {
    execFileSync("git", args, { cwd: root });
  }
});
