import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmod,
  cp,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitOf } from "../../../cli/pull-request/plan-commits.ts";
import { planFailures } from "../../../cli/pull-request/plan-failures.ts";
import { takeData } from "../../../cli/pull-request/take-data.ts";
import { UNKNOWN, SECRET } from "../../../rules/snapshot-value.ts";
import {
  type PlannedStack,
  plannedText,
  readPlanned,
} from "../../../cli/pull-request/planned-stack.ts";
import { isPrintable } from "../../../rules/printable.ts";

describe("data of a pull request's checkout", () => {
  let root: string;
  let checkout: string;
  let into: string;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "slipway-take-data-")));
    checkout = join(root, "checkout");
    into = join(root, "into");
    await mkdir(join(checkout, "images/family/scripts"), { recursive: true });
    await mkdir(into);
    await writeFile(join(checkout, "images/family/Dockerfile"), "FROM base\n");
    await writeFile(join(checkout, "images/family/scripts/install.sh"), "x");
    await writeFile(join(checkout, "Pulumi.main.yaml"), "config: {}\n");
    // What tells that something was followed.
    await mkdir(join(root, "outside"));
    await writeFile(join(root, "outside/secret"), "secret");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function filesIn(folder: string): Promise<readonly string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  }

  /** The faults as lines, after a look at what was written: nothing. */
  async function faults(): Promise<readonly string[]> {
    const found = takeData(checkout, into);
    assert.ok(found.length > 0, "everything was taken");
    assert.deepEqual(await filesIn(into), []);
    for (const { where, message } of found) {
      assert.ok(isPrintable(where) && isPrintable(message), JSON.stringify({ where, message }));
    }
    return found.map(({ where, message }) => `${where}: ${message}`);
  }

  it("is images/ and the stacks' files, with executable bits and nothing else", async () => {
    await writeFile(join(checkout, "images/family/scripts/run.sh"), "x");
    await chmod(join(checkout, "images/family/scripts/run.sh"), 0o755);
    await mkdir(join(checkout, "rules"));
    for (const other of ["Pulumi.yaml", "index.ts", "rules/x.ts", "package.json", "Pulumi.local"]) {
      await writeFile(join(checkout, other), "throw new Error()");
    }
    await writeFile(join(checkout, "Pulumi.new-line.yaml"), "config: {}\n");
    await writeFile(join(checkout, "Pins.main.yaml"), "version: 1\npins: []\n");
    assert.deepEqual(takeData(checkout, into), []);
    assert.deepEqual(await filesIn(into), [
      "Pins.main.yaml",
      "Pulumi.main.yaml",
      "Pulumi.new-line.yaml",
      "images/family/Dockerfile",
      "images/family/scripts/install.sh",
      "images/family/scripts/run.sh",
    ]);
    assert.equal((await lstat(join(into, "images/family/scripts/run.sh"))).mode & 0o111, 0o111);
    assert.equal((await lstat(join(into, "images/family/Dockerfile"))).mode & 0o111, 0);
    assert.equal(await readFile(join(into, "images/family/Dockerfile"), "utf8"), "FROM base\n");
  });

  it("has no link, of a file, a folder, images/, a stack or its pins", async () => {
    await symlink(join(root, "outside/secret"), join(checkout, "images/family/file"));
    await symlink(join(root, "outside"), join(checkout, "images/family/folder"));
    await symlink("/nowhere", join(checkout, "images/dangling"));
    await symlink(".", join(checkout, "images/loop"));
    await symlink(join(root, "outside/secret"), join(checkout, "Pulumi.evil.yaml"));
    await symlink(join(root, "outside/secret"), join(checkout, "Pins.main.yaml"));
    const found = await faults();
    for (const where of [
      "images/family/file",
      "images/family/folder",
      "images/dangling",
      "images/loop",
      "Pulumi.evil.yaml",
      "Pins.main.yaml",
    ]) {
      assert.ok(
        found.includes(`${where}: is a symbolic link, which is not followed; put the ${LINKED}`),
      );
    }
    assert.equal(found.length, 6);
    await rm(join(checkout, "images"), { recursive: true });
    await symlink(join(root, "outside"), join(checkout, "images"));
    assert.match((await faults()).join("\n"), /^images: is a symbolic link/m);
  });
  const LINKED = "file itself there";

  it("has no empty folder, which is what a checkout leaves of a submodule", async () => {
    await mkdir(join(checkout, "images/module"));
    await mkdir(join(checkout, "images/family/scripts/module"));
    assert.deepEqual((await faults()).toSorted(), [
      `images/family/scripts/module: ${EMPTY}`,
      `images/module: ${EMPTY}`,
    ]);
  });
  const EMPTY =
    "is an empty folder, of which git keeps none but for a submodule; put the files there, or remove it";

  it("has no device, pipe or socket", async () => {
    execFileSync("mkfifo", [join(checkout, "images/family/pipe"), join(checkout, "Pulumi.p.yaml")]);
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(checkout, "images/s"), done));
    try {
      const found = await faults();
      assert.deepEqual(found.map((line) => line.split(":")[0]).sort(), [
        "Pulumi.p.yaml",
        "images/family/pipe",
        "images/s",
      ]);
    } finally {
      await new Promise((done) => server.close(done));
    }
  });

  it("has names that show as what they are", async () => {
    for (const name of ["a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\\b", " a", "a\u{a0}b"]) {
      await writeFile(join(checkout, "images/family", name), "");
    }
    await writeFile(
      Buffer.concat([Buffer.from(join(checkout, "images/family/")), Buffer.from([0x66, 0xff])]),
      "",
    );
    await mkdir(join(checkout, "images/.GIT"));
    await writeFile(join(checkout, "Pulumi.$(x).yaml"), "");
    await writeFile(join(checkout, "Pulumi.a\nb.yaml"), "");
    assert.equal((await faults()).length, 10);
  });

  it("has no names that some file systems take for one", async () => {
    await writeFile(join(checkout, "images/family/dockerfile"), "FROM evil\n");
    await writeFile(join(checkout, "images/family/\u{e9}"), "");
    await writeFile(join(checkout, "images/family/e\u{301}"), "");
    await writeFile(join(checkout, "Pulumi.Main.yaml"), "");
    await writeFile(join(checkout, "Pins.main.yaml"), "");
    await writeFile(join(checkout, "Pins.MAIN.yaml"), "");
    assert.equal((await faults()).filter((line) => line.endsWith("rename one")).length, 4);
  });

  it("is copied where it is linked hard, and the other name is left alone", async () => {
    await link(join(root, "outside/secret"), join(checkout, "images/family/hard"));
    assert.deepEqual(takeData(checkout, into), []);
    await writeFile(join(into, "images/family/hard"), "changed");
    assert.equal(await readFile(join(root, "outside/secret"), "utf8"), "secret");
  });

  it("has bounds, whatever it is made of", async () => {
    await truncate(join(checkout, "images/family/Dockerfile"), 2 ** 30);
    await writeFile(join(checkout, "images/family/image.yaml"), "");
    await truncate(join(checkout, "images/family/image.yaml"), 2 ** 20);
    const large = await faults();
    assert.equal(large.filter((line) => line.includes(" bytes; at most")).length, 3);
    await rm(join(checkout, "images/family"), { recursive: true });
    let deep = join(checkout, "images");
    for (let depth = 0; depth < 40; depth++) deep = join(deep, "d");
    await mkdir(deep, { recursive: true });
    assert.match((await faults()).join(), /folders deep/);
    await rm(join(checkout, "images"), { recursive: true });
    assert.match((await faults()).join(), /^images: missing/);
  });

  it("ends its list of faults, and its search, at some number", async () => {
    const many = join(checkout, "images/many");
    await mkdir(many);
    await Promise.all(
      Array.from({ length: 6000 }, (_, index) => writeFile(join(many, `f${index}`), "")),
    );
    assert.match((await faults()).join("\n"), /more than 5000 files and folders/);
    await rm(many, { recursive: true });
    await mkdir(many);
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => symlink("/", join(many, `l${index}`))),
    );
    assert.equal((await faults()).length, 101);
  });

  it("does not meet what lies in the folder already", async () => {
    await cp(join(checkout, "Pulumi.main.yaml"), join(into, "Pulumi.main.yaml"));
    assert.throws(() => takeData(checkout, into), /EEXIST/);
  });

  it("tells its commit where it is at none of its branches, and runs no git for it", async () => {
    const commit = "c".repeat(40);
    assert.equal(commitOf(checkout), undefined);
    await mkdir(join(checkout, ".git"));
    await writeFile(join(checkout, ".git/HEAD"), `${commit}\n`);
    assert.equal(commitOf(checkout), commit);
    await writeFile(join(checkout, ".git/HEAD"), "ref: refs/heads/main\n");
    assert.equal(commitOf(checkout), undefined);
    await rm(join(checkout, ".git/HEAD"));
    await symlink(join(root, "outside/secret"), join(checkout, ".git/HEAD"));
    assert.equal(commitOf(checkout), undefined);
  });
});

describe("a plan on its way between processes", () => {
  it("keeps its marks of secrets and unknowns", () => {
    const planned: PlannedStack = {
      declared: [
        { type: "t", name: "n", inputs: { a: UNKNOWN, b: [SECRET, { c: UNKNOWN }], d: "x" } },
      ],
      images: [],
      failures: [],
    };
    assert.deepEqual(readPlanned(plannedText(planned)), planned);
  });

  it("tells its faults one by one, without the temporary folder", () => {
    const message = [
      "/tmp/x/images/a/image.yaml: 2 problems",
      "  one: is wrong",
      "  two: /tmp/x/images is wrong",
      "Pulumi.main.yaml: 1 problem",
      "  three: is wrong",
    ].join("\n");
    assert.deepEqual(planFailures([{ message }, { name: "role", message: "failed" }], "/tmp/x"), [
      { where: "images/a/image.yaml", message: "one: is wrong" },
      { where: "images/a/image.yaml", message: "two: images is wrong" },
      { where: "Pulumi.main.yaml", message: "three: is wrong" },
      { where: "role", message: "failed" },
    ]);
  });
});
