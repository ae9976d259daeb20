/* What a power cut could take back: the order in which a store's disk is told to keep things, seen at the real calls. */
import assert from "node:assert/strict";
import { readlink } from "node:fs/promises";
import files, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join } from "node:path";
import { Store } from "../../../../cli/cache/store/store.ts";
import { skipBecause } from "../../../support/skip.ts";
import { putSample, sampleImage } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";

/** One call: `sync`, `datasync`, `write` or `rename`, of which file, and of a rename to where. */
interface Call {
  readonly name: string;
  readonly path: string;
  readonly to?: string;
}

type Syncs = Pick<FileHandle, "sync" | "datasync" | "write">;

/** Does work, and gives the calls that it made. */
async function recorded(work: () => Promise<void>): Promise<readonly Call[]> {
  const calls: Call[] = [];
  const handle = await files.open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as Syncs;
  await handle.close();
  const real = { sync: prototype.sync, datasync: prototype.datasync, write: prototype.write };
  const { rename } = files;
  for (const name of ["sync", "datasync", "write"] as const) {
    const call = real[name] as (...args: unknown[]) => Promise<never>;
    prototype[name] = async function (this: FileHandle, ...args: unknown[]) {
      const path = await readlink(`/proc/self/fd/${this.fd}`);
      const result = await call.apply(this, args);
      calls.push({ name, path });
      return result;
    };
  }
  files.rename = async (from, to) => {
    await rename(from, to);
    calls.push({ name: "rename", path: String(from), to: String(to) });
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(prototype, real);
    files.rename = rename;
    syncBuiltinESMExports();
  }
  return calls;
}

describe("a store, should the power fail", () => {
  it("has content on the disk before its name, and the name before it goes on", async function () {
    if (process.platform !== "linux") skipBecause(this, "open files are named by /proc, on Linux");
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const { image } = sampleImage({ layers: ["old"] });
      await putSample(store, sampleImage({ layers: ["old"] }));
      const calls = await recorded(async () => {
        await putSample(store, sampleImage({ layers: ["new"] }));
      });
      const renames = calls.flatMap((call, at) =>
        call.name === "rename" ? [{ ...call, at }] : [],
      );
      const moved = renames.map(({ to = "" }) => to.slice(store.folder.length + 1));
      const blobs = moved.filter((path) => path.startsWith(join("blobs", "sha256")));
      assert.equal(blobs.length, 3, "a layer, a configuration and a manifest");
      assert.deepEqual(moved.slice(blobs.length), [
        join("former", "index.json"),
        join("channels", "main", "index.json"),
      ]);
      assert.equal((await store.former())[0]?.descriptor.digest, image.descriptor.digest);
      for (const [index, { path, to = "", at }] of renames.entries()) {
        const before = calls.slice(0, at);
        const isSynced = before.some((call) => call.name === "sync" && call.path === path);
        assert.ok(isSynced, `${basename(path)} was renamed and not synced before`);
        const lastWrite = before.findLastIndex(
          (call) => call.name === "write" && call.path === path,
        );
        const lastSync = before.findLastIndex((call) => call.name === "sync" && call.path === path);
        assert.ok(lastWrite < lastSync, `${basename(path)} was written after its sync`);
        const after = calls.slice(at + 1, renames[index + 1]?.at);
        const isKept = after.some((call) => call.name === "sync" && call.path === dirname(to));
        assert.ok(isKept, `the folder of ${to} was not synced before the next rename`);
      }
    });
  });

  it("has a segment on the disk before the record that says so", async function () {
    if (process.platform !== "linux") skipBecause(this, "open files are named by /proc, on Linux");
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const calls = await recorded(async () => {
        await putSample(store, sampleImage({ layers: ["layer"] }));
      });
      const records = calls.flatMap(({ name, path }, at) =>
        name === "write" && path.endsWith(".segments") ? [{ path, at }] : [],
      );
      assert.ok(records.length >= 3);
      for (const { path, at } of records) {
        const content = path.slice(0, -".segments".length);
        const before = calls.slice(0, at).findLast((call) => call.path === content);
        assert.equal(before?.name, "datasync", `${basename(path)} is ahead of its content`);
      }
    });
  });
});
