import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs, {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaNode } from "execa";
import {
  finishWriting,
  isUnfinished,
  STAGING_FOLDER,
  writeFiles,
} from "../../../../cli/pins/bump/write.ts";
import { UserError } from "../../../../rules/problems.ts";

const WRITE = join(import.meta.dirname, "../../../../cli/pins/bump/write.ts");

describe("writing a bump's files", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "bump-"));
    await mkdir(join(root, "sub"));
    await writeFile(join(root, "a"), "old a");
    await writeFile(join(root, "sub/b"), "old b");
    await chmod(join(root, "sub/b"), 0o750);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const change = (path: string, before: string, after: string) => {
    return { path, before: Buffer.from(before), after: Buffer.from(after) };
  };
  const both = [change("a", "old a", "new a"), change("sub/b", "old b", "new b")];
  const content = async () => [
    await readFile(join(root, "a"), "utf8"),
    await readFile(join(root, "sub/b"), "utf8"),
  ];

  /** What a run leaves that was killed before the first of its files had its new content. */
  const killed = async (paths: readonly ("a" | "sub/b")[]) => {
    const folder = join(root, STAGING_FOLDER);
    await mkdir(folder);
    const sha = (text: string) => createHash("sha256").update(text).digest("hex");
    const entries = paths.map((path, index) => {
      const [name, staged] = [path.slice(-1), String(index)];
      return { path, staged, before: sha(`old ${name}`), after: sha(`new ${name}`) };
    });
    for (const { path, staged } of entries) {
      await writeFile(join(folder, staged), `new ${path.slice(-1)}`);
    }
    await writeFile(join(folder, "journal.json"), JSON.stringify(entries));
  };

  it("writes all, keeps their modes, and leaves nothing beside them", async () => {
    await writeFiles(root, both);
    assert.deepEqual(await content(), ["new a", "new b"]);
    assert.equal((await lstat(join(root, "sub/b"))).mode & 0o777, 0o750);
    assert.deepEqual((await readdir(root)).sort(), ["a", "sub"]);
  });

  it("writes none where one is another than was read", async () => {
    await writeFile(join(root, "sub/b"), "somebody's");
    await assert.rejects(writeFiles(root, both), /^UserError: sub\/b changed while/);
    assert.deepEqual(await content(), ["old a", "somebody's"]);
    assert.deepEqual((await readdir(root)).sort(), ["a", "sub"]);
  });

  it("writes none where one cannot be written, and follows no link", async () => {
    await rm(join(root, "sub/b"));
    await writeFile(join(root, "outside"), "old b");
    await symlink("../outside", join(root, "sub/b"));
    await assert.rejects(writeFiles(root, both));
    assert.equal(await readFile(join(root, "a"), "utf8"), "old a");
    assert.equal(await readFile(join(root, "outside"), "utf8"), "old b");
  });

  /** Calls what a test does around renames: before one, with its target, and after it. */
  const aroundRenames = async (
    around: { before?: (to: string) => void; after?: (to: string) => Promise<void> },
    work: () => Promise<void>,
  ) => {
    const { rename } = fs;
    fs.rename = async (from, to) => {
      around.before?.(String(to));
      await rename(from, to);
      await around.after?.(String(to));
    };
    syncBuiltinESMExports();
    try {
      await work();
    } finally {
      fs.rename = rename;
      syncBuiltinESMExports();
    }
  };
  const fault = (code: string) => Object.assign(new Error(code), { code });

  it("puts back what it wrote when a later file cannot take its place", async () => {
    const seen: string[] = [];
    const after = async (to: string) => {
      if (to !== join(root, "a") || seen.length > 0) return;
      seen.push(await readFile(to, "utf8"));
      await rm(join(root, "sub"), { recursive: true });
    };
    await aroundRenames({ after }, () => assert.rejects(writeFiles(root, both), UserError));
    assert.deepEqual(seen, ["new a"]);
    assert.equal(await readFile(join(root, "a"), "utf8"), "old a");
    assert.deepEqual(await readdir(root), ["a"]);
  });

  it("leaves what somebody saved after it was written, and names it", async () => {
    const changes = [change("c", "old c", "new c"), ...both];
    await writeFile(join(root, "c"), "old c");
    const after = async (to: string) => {
      if (to === join(root, "a")) await writeFile(to, "somebody's");
    };
    const before = (to: string) => {
      if (to === join(root, "sub/b")) throw fault("EIO");
    };
    await aroundRenames({ before, after }, () =>
      assert.rejects(
        writeFiles(root, changes),
        /^UserError: sub\/b cannot be written \(EIO\); a was changed by somebody after .* run it again$/,
      ),
    );
    assert.deepEqual(await content(), ["somebody's", "old b"]);
    assert.equal(await readFile(join(root, "c"), "utf8"), "old c");
    assert.deepEqual((await readdir(root)).sort(), ["a", "c", "sub"]);
  });

  it("keeps what the next run needs when it cannot put back, and names what stays changed", async () => {
    const changes = [change("c", "old c", "new c"), ...both];
    await writeFile(join(root, "c"), "old c");
    let written = 0;
    const before = (to: string) => {
      if (to === join(root, "sub/b")) throw fault("EIO");
      if (to === join(root, "a") && written++ > 0) throw fault("EROFS");
    };
    await aroundRenames({ before }, () =>
      assert.rejects(writeFiles(root, changes), ({ message }: Error) => {
        assert.match(
          message,
          /^sub\/b cannot be written \(EIO\)\. .* stays changed: a \(EROFS\); /,
        );
        assert.match(message, /run slipway pins bump again/);
        assert.doesNotMatch(message, /no file was|\bc\b/);
        return true;
      }),
    );
    assert.deepEqual(await content(), ["new a", "old b"]);
    assert.equal(await readFile(join(root, "c"), "utf8"), "old c");
    assert.equal(await isUnfinished(root), true);
    assert.deepEqual(await finishWriting(root), { written: ["c", "sub/b"], left: [] });
    assert.deepEqual(await content(), ["new a", "new b"]);
    assert.equal(await readFile(join(root, "c"), "utf8"), "new c");
    assert.deepEqual((await readdir(root)).sort(), ["a", "c", "sub"]);
  });

  it("does not say that nothing was changed where the end of a killed run fails", async () => {
    await killed(["a", "sub/b"]);
    const before = (to: string) => {
      if (to === join(root, "sub/b")) throw fault("EROFS");
    };
    await aroundRenames({ before }, () =>
      assert.rejects(
        finishWriting(root),
        /\(EROFS\), and .*slipway-bump keeps what is to be written/,
      ),
    );
    assert.deepEqual(await finishWriting(root), { written: ["sub/b"], left: [] });
    assert.deepEqual(await content(), ["new a", "new b"]);
  });

  it("is ended by the next run when it was killed at any file", async () => {
    for (const kill of [0, 1, 2]) {
      await writeFile(join(root, "a"), "old a");
      await writeFile(join(root, "sub/b"), "old b");
      const script = `
        import fs from "node:fs/promises";
        import { syncBuiltinESMExports } from "node:module";
        const rename = fs.rename;
        let files = 0;
        fs.rename = async (from, to) => {
          if (!to.endsWith("journal.json") && files++ === ${kill}) process.kill(process.pid, "SIGKILL");
          await rename(from, to);
          if (files === 2 && ${kill} === 2) process.kill(process.pid, "SIGKILL");
        };
        syncBuiltinESMExports();
        const { writeFiles } = await import(${JSON.stringify(WRITE)});
        const change = (path, before, after) => ({ path, before: Buffer.from(before), after: Buffer.from(after) });
        await writeFiles(${JSON.stringify(root)}, [change("a", "old a", "new a"), change("sub/b", "old b", "new b")]);
      `;
      const file = join(root, "..", `${root.split("/").at(-1)}-${kill}.mjs`);
      await writeFile(file, script);
      const { signal } = await execaNode(file, { reject: false });
      await rm(file);
      assert.equal(signal, "SIGKILL");
      const finished = await finishWriting(root);
      assert.deepEqual(finished, { written: ["a", "sub/b"].slice(kill), left: [] });
      assert.deepEqual(await content(), ["new a", "new b"]);
      assert.deepEqual((await readdir(root)).sort(), ["a", "sub"]);
    }
  });

  it("forgets what a run left that was killed before it changed anything", async () => {
    await mkdir(join(root, STAGING_FOLDER));
    await writeFile(join(root, STAGING_FOLDER, "0"), "half");
    assert.deepEqual(await finishWriting(root), { written: [], left: [] });
    assert.deepEqual((await readdir(root)).sort(), ["a", "sub"]);
  });

  it("is ended beside what somebody changed, took away or replaced since, which is told", async () => {
    for (const [change, kept] of [
      [() => writeFile(join(root, "a"), "mine"), "mine"],
      [() => rm(join(root, "a")), undefined],
      [() => rm(join(root, "a")).then(() => mkdir(join(root, "a"))), undefined],
      [() => rm(join(root, "a")).then(() => symlink("sub/b", join(root, "a"))), "new b"],
    ] as const) {
      await writeFile(join(root, "a"), "old a");
      await writeFile(join(root, "sub/b"), "old b");
      await killed(["a", "sub/b"]);
      await change();
      assert.deepEqual(await finishWriting(root), { written: ["sub/b"], left: ["a"] });
      const now = await readFile(join(root, "a"), "utf8").catch(() => undefined);
      assert.deepEqual([now, await readFile(join(root, "sub/b"), "utf8")], [kept, "new b"]);
      assert.equal(await isUnfinished(root), false);
      await rm(join(root, "a"), { recursive: true, force: true });
    }
  });

  it("is ended where somebody took back a file that had its new content", async () => {
    await killed(["a", "sub/b"]);
    await rm(join(root, STAGING_FOLDER, "0"));
    assert.deepEqual(await finishWriting(root), { written: ["sub/b"], left: [] });
    assert.deepEqual(await content(), ["old a", "new b"]);
    assert.equal(await isUnfinished(root), false);
  });

  it("leaves what somebody saved over the new content of a run that was killed", async () => {
    const folder = join(root, STAGING_FOLDER);
    await mkdir(folder);
    const entry = { path: "a", staged: "0", before: "0".repeat(64), after: "1".repeat(64) };
    await writeFile(join(folder, "journal.json"), JSON.stringify([entry]));
    assert.deepEqual(await finishWriting(root), { written: [], left: [] });
    assert.deepEqual(await content(), ["old a", "old b"]);
    assert.equal(await isUnfinished(root), false);
  });

  it("writes nothing outside of the tree, whatever journal a tree brought with it", async () => {
    const folder = join(root, STAGING_FOLDER);
    const outside = join(root, "../", `${root.split("/").at(-1)}-victim`);
    await writeFile(outside, "old a");
    const before = createHash("sha256").update("old a").digest("hex");
    try {
      const entry = { path: "a", staged: "0", before, after: "1".repeat(64) };
      const name = outside.split("/").at(-1)!;
      await symlink(join(root, ".."), join(root, "link"));
      for (const hostile of [
        { ...entry, path: `../${name}` },
        { ...entry, path: `sub/../../${name}` },
        { ...entry, path: outside },
        { ...entry, path: "./a" },
        { ...entry, path: ".git/config" },
        { ...entry, path: "sub/.GIT/config" },
        { ...entry, staged: "../a" },
        { ...entry, staged: "/etc/hostname" },
        { ...entry, more: 1 },
      ]) {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, "0"), "evil");
        await writeFile(join(folder, "journal.json"), JSON.stringify([hostile]));
        await assert.rejects(finishWriting(root), UserError, JSON.stringify(hostile));
        assert.equal(await readFile(outside, "utf8"), "old a");
        assert.equal(await readFile(join(root, "a"), "utf8"), "old a");
        await rm(folder, { recursive: true });
      }
      await mkdir(folder);
      await writeFile(join(folder, "0"), "evil");
      const linked = { ...entry, path: `link/${name}` };
      await writeFile(join(folder, "journal.json"), JSON.stringify([linked]));
      assert.deepEqual(await finishWriting(root), { written: [], left: [linked.path] });
      assert.equal(await readFile(outside, "utf8"), "old a");
    } finally {
      await rm(outside);
    }
  });

  it("says what to do about a journal that is damaged", async () => {
    const folder = join(root, STAGING_FOLDER);
    await mkdir(folder);
    await writeFile(join(folder, "journal.json"), '{"a"');
    await assert.rejects(
      finishWriting(root),
      /is not what a bump writes that was stopped; .*remove/,
    );
    assert.equal(await isUnfinished(root), true);
  });

  it("loses nothing that is saved while it writes", async () => {
    const many = Array.from({ length: 40 }, (_, index) => `sub/${index}`);
    for (const path of many) await writeFile(join(root, path), "old");
    const last = join(root, many.at(-1)!);
    const saved = new Promise<void>((resolve, reject) => {
      const watch = setInterval(() => {
        void readdir(join(root, STAGING_FOLDER)).then(
          (names) => {
            if (!names.includes("5")) return;
            clearInterval(watch);
            writeFile(last, "somebody's").then(resolve, reject);
          },
          () => undefined,
        );
      }, 0);
    });
    const after = "x".repeat(2_000_000);
    await assert.rejects(
      writeFiles(
        root,
        many.map((path) => change(path, "old", after)),
      ),
      /changed while the pins were looked for/,
    );
    await saved;
    assert.equal(await readFile(last, "utf8"), "somebody's");
    for (const path of many.slice(0, -1)) {
      assert.equal(await readFile(join(root, path), "utf8"), "old", path);
    }
  });

  it("lets a second run wait for the first", async () => {
    const again = [change("a", "new a", "newer a")];
    await writeFiles(root, both);
    await Promise.allSettled([writeFiles(root, again), writeFiles(root, again)]);
    assert.deepEqual(await content(), ["newer a", "new b"]);
  });
});
