import assert from "node:assert/strict";
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Store } from "../../../../cli/cache/store/store.ts";
import { UserError } from "../../../../rules/problems.ts";
import { putSample, sampleImage } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";
import { leftovers, name, readWhole } from "./support/whole-store.ts";

async function withStore(work: (store: Store, folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, "store");
    await work(await Store.create(folder), folder);
  });
}

async function refused(work: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error: Error) => {
    assert.ok(error instanceof UserError, error.stack);
    assert.match(error.message, message);
    return true;
  });
}

describe("a store", () => {
  it("gives back the images that it was given, channel by channel", async () => {
    await withStore(async (store, folder) => {
      const images = [];
      for (const channel of ["release/2.10", "main", "release/2.9"]) {
        images.push(await putSample(store, sampleImage({ channel, layers: [channel, "shared"] })));
      }
      const reader = await Store.open(folder);
      assert.deepEqual(await reader.channels(), ["main", "release/2.9", "release/2.10"]);
      assert.deepEqual(await reader.images("release/2.10"), [images[0]]);
      assert.deepEqual(await reader.images("main"), [images[1]]);
      assert.deepEqual(await reader.images("release/2.8"), []);
      assert.deepEqual(await reader.images("../../etc"), []);
      assert.deepEqual(await reader.former(), []);
      assert.equal((await readWhole(reader)).length, 3);
      assert.deepEqual(await leftovers(folder), []);
    });
  });

  it("keeps of an index of platforms this machine's", async () => {
    await withStore(async (store) => {
      await putSample(store, sampleImage({ platforms: true }));
      assert.equal((await readWhole(store)).length, 1);
    });
  });

  it("has a blob once that several images share", async () => {
    await withStore(async (store, folder) => {
      await putSample(store, sampleImage({ layers: ["a", "b"] }));
      await putSample(store, sampleImage({ channel: "release/2.10", layers: ["a", "b"] }));
      await putSample(store, sampleImage({ label: "ci-image/other", layers: ["a", "c"] }));
      // Three layers, and a configuration and a manifest of two images.
      assert.equal((await readdir(join(folder, "blobs/sha256"))).length, 7);
    });
  });

  it("makes a replaced image a former one, and a former one that comes back its channel's", async () => {
    await withStore(async (store) => {
      const first = await putSample(store, sampleImage({ layers: ["first"] }));
      const second = await putSample(store, sampleImage({ layers: ["second"] }));
      assert.deepEqual(await store.images("main"), [second]);
      assert.deepEqual(await store.former(), [first]);
      await store.put(first);
      assert.deepEqual(await store.images("main"), [first]);
      assert.deepEqual(await store.former(), [second]);
    });
  });

  it("makes no former image of the one that is only refreshed", async () => {
    await withStore(async (store) => {
      const { image } = sampleImage();
      await putSample(store, sampleImage());
      await store.put({ ...image, refreshed: "2026-11-21T08:00:00.000Z" });
      assert.equal((await store.images("main"))[0]?.refreshed, "2026-11-21T08:00:00.000Z");
      assert.deepEqual(await store.former(), []);
    });
  });

  it("makes no former image of what another channel still has", async () => {
    await withStore(async (store) => {
      const image = await putSample(store, sampleImage());
      await putSample(store, sampleImage({ channel: "release/2.10" }));
      assert.deepEqual(await store.remove("main", undefined), [image]);
      assert.deepEqual(await store.former(), []);
      assert.deepEqual(await store.channels(), ["release/2.10"]);
    });
  });

  it("removes some of a channel's images, or the channel", async () => {
    await withStore(async (store, folder) => {
      const images = [];
      for (const label of ["ci-image/a", "ci-image/b", "ci-image/c"]) {
        images.push(await putSample(store, sampleImage({ label, layers: [label] })));
      }
      assert.deepEqual(await store.remove("main", ["ci-image/b", "ci-image/x"]), [images[1]]);
      assert.deepEqual(await store.images("main"), [images[0], images[2]]);
      assert.deepEqual(await store.remove("main", undefined), [images[0], images[2]]);
      assert.deepEqual(await store.channels(), []);
      assert.deepEqual(await readdir(join(folder, "channels")), []);
      assert.deepEqual(await store.former(), images);
      assert.deepEqual(await store.remove("main", undefined), []);
      await putSample(store, sampleImage());
      assert.deepEqual(await store.channels(), ["main"]);
    });
  });

  it("takes no image whose blobs are not all there", async () => {
    await withStore(async (store, folder) => {
      const image = await putSample(store, sampleImage());
      const { blobs } = sampleImage();
      const layer = blobs[1]?.descriptor.digest ?? "";
      await truncate(store.blobPath(layer), 10);
      await refused(store.put(image), /ci-image\/cuda12\.8: sha256:\w+ is not in the store/);
      await rm(store.blobPath(image.descriptor.digest));
      await refused(store.put(image), /is not there; refresh the store/);
      await writeFile(store.blobPath(image.descriptor.digest), "x".repeat(image.descriptor.size));
      await refused(store.put(image), /is damaged/);
      assert.deepEqual(await Store.open(folder).then((reader) => reader.images("main")), [image]);
    });
  });

  it("stores no bytes that are others than their digest's", async () => {
    await withStore(async (store) => {
      const { descriptor } = sampleImage().image;
      await refused(
        store.putBytes(descriptor, Buffer.from("{}")),
        /asked for sha256:\w+ of \d+ bytes/,
      );
      assert.equal(await store.has(descriptor), false);
    });
  });

  it("can be read by everybody and written by its user, whatever the umask", async () => {
    const umask = process.umask(0o077);
    try {
      await withStore(async (store, folder) => {
        await putSample(store, sampleImage({ channel: "release/2.10" }));
        await putSample(store, sampleImage({ channel: "release/2.10", layers: ["c"] }));
        const own = ["partial", "locks"];
        for (const path of ["", ...(await readdir(folder, { recursive: true }))]) {
          if (own.some((kept) => path.startsWith(kept))) continue;
          const { mode } = await stat(join(folder, path));
          const expected = path === "" || !/json$|layout$|[0-9a-f]{64}$/.test(path) ? 0o755 : 0o644;
          assert.equal((mode & 0o777).toString(8), expected.toString(8), path);
        }
        for (const path of own) {
          assert.equal((await stat(join(folder, path))).mode & 0o777, 0o700, path);
        }
      });
    } finally {
      process.umask(umask);
    }
  });

  it("can be moved to another place", async () => {
    await withStore(async (store, folder) => {
      await putSample(store, sampleImage());
      await rename(folder, `${folder}-moved`);
      const moved = await Store.open(`${folder}-moved`);
      assert.equal((await readWhole(moved)).length, 1);
      const blobs = await readdir(join(moved.folder, "channels/main/blobs/sha256"));
      assert.equal(blobs.length, 4);
    });
  });

  it("may be behind a link, which leads to it from outside", async () => {
    await withStore(async (store, folder) => {
      await putSample(store, sampleImage());
      await symlink(folder, `${folder}-link`);
      const linked = await Store.create(`${folder}-link`);
      assert.equal(linked.folder, store.folder);
    });
  });
});

describe("a folder that is no store", () => {
  it("is told to readers, with what makes one", async () => {
    await inTemporaryFolder(async (folder) => {
      await refused(
        Store.open(join(folder, "none")),
        /none is no image store; there is no such folder; slipway cache refresh/,
      );
      await refused(Store.open(folder), /is no image store \(it has no slipway-cache\.json\)/);
    });
  });

  it("is left alone by writers when it holds other things", async () => {
    await inTemporaryFolder(async (folder) => {
      for (const file of ["a", "b", "c", "d", "e", "f"]) await writeFile(join(folder, file), "");
      await refused(
        Store.create(folder),
        /holds other things \(a, b, c, d, e and 1 more\); name a folder/,
      );
      assert.equal((await readdir(folder)).length, 6);
    });
  });

  it("becomes one when it is empty, or a file system's root, or not there, or was begun by a killed run", async () => {
    await inTemporaryFolder(async (folder) => {
      await mkdir(join(folder, "lost+found"));
      await mkdir(join(folder, "locks"));
      await writeFile(join(folder, "slipway-cache.json.1-00000000.tmp"), "");
      await Store.create(folder);
      assert.deepEqual(await leftovers(folder), []);
      await Store.open(folder);
      await Store.create(join(folder, "below"));
      await Store.open(join(folder, "below"));
    });
  });

  it("is not made below a folder that is not there: its disk may not be mounted", async () => {
    await inTemporaryFolder(async (folder) => {
      await refused(
        Store.create(join(folder, "disk", "store")),
        /there is no folder .*disk for it; make that, or mount its disk/,
      );
      assert.deepEqual(await readdir(folder), []);
    });
  });

  it("is told to be a file, or below one", async () => {
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, "file");
      await writeFile(file, "");
      const below = join(file, "below");
      await refused(Store.open(file), /file is a file; name a folder/);
      await refused(Store.create(file), /file is a file; name a folder/);
      await refused(Store.open(below), /below is below a file; name a folder/);
      await refused(Store.create(below), /below is below a file; name a folder/);
    });
  });

  it("is left to the user who owns it, by root too, and with what to do", async () => {
    await withStore(async (store, folder) => {
      await putSample(store, sampleImage());
      const uid = process.geteuid!();
      const geteuid = process.geteuid!;
      process.geteuid = () => uid + 1;
      try {
        const message = new RegExp(`is user ${uid}'s, .*sudo -u '#${uid}'`);
        await refused(Store.create(folder), message);
        await refused(store.remove("main", undefined), message);
        await refused(
          store.collecting(async () => undefined),
          message,
        );
        const empty = join(folder, "..", "empty");
        await mkdir(empty);
        await refused(Store.create(empty), message);
        assert.deepEqual(await readdir(empty), []);
        assert.equal((await readWhole(await Store.open(folder))).length, 1);
      } finally {
        process.geteuid = geteuid;
      }
    });
  });

  it("gets folders that everybody may read back from a run that was killed before it could", async () => {
    await withStore(async (_store, folder) => {
      for (const name of ["blobs", join("blobs", "sha256"), "channels", "former"]) {
        await chmod(join(folder, name), 0o700);
      }
      await chmod(join(folder, "partial"), 0o770);
      await Store.create(folder);
      for (const name of ["blobs", join("blobs", "sha256"), "channels", "former"]) {
        assert.equal((await stat(join(folder, name))).mode & 0o777, 0o755, name);
      }
      // Wider than it has to be is somebody's wish.
      assert.equal((await stat(join(folder, "partial"))).mode & 0o777, 0o770);
    });
  });

  it("leaves what somebody else put into a channel that was never finished", async () => {
    await withStore(async (store, folder) => {
      const channel = join(folder, "channels", "release-2.9");
      await mkdir(channel);
      await writeFile(join(channel, "notes.txt"), "not ours");
      const next = await Store.create(folder);
      assert.deepEqual(await readdir(channel), ["notes.txt"]);
      assert.deepEqual(await next.channels(), []);
      const image = await putSample(next, sampleImage({ channel: "release/2.9" }));
      assert.deepEqual(await store.images("release/2.9"), [image]);
    });
  });

  it("is refused when it is a store of another version", async () => {
    await withStore(async (_store, folder) => {
      await writeFile(join(folder, "slipway-cache.json"), '{"version":2}\n');
      await refused(Store.open(folder), /knows stores of version 1 only/);
      await refused(Store.create(folder), /knows stores of version 1 only/);
    });
  });
});

describe("a store with links that lead out", () => {
  for (const place of ["blobs", "blobs/sha256", "channels", "former", "channels/main"]) {
    it(`is refused: ${place}`, async () => {
      await withStore(async (store, folder) => {
        await putSample(store, sampleImage());
        await rename(join(folder, place), join(folder, "..", "elsewhere"));
        await symlink(join(folder, "..", "elsewhere"), join(folder, place));
        const reading = Store.open(folder).then((reader) => reader.images("main"));
        await refused(reading, /is a symbolic link where a store has a folder/);
        await refused(Store.create(folder), /is a symbolic link where a store has a folder/);
      });
    });
  }

  for (const place of ["partial", "locks"]) {
    it(`is refused by writers: ${place}`, async () => {
      await withStore(async (_store, folder) => {
        await rename(join(folder, place), join(folder, "..", "elsewhere"));
        await symlink(join(folder, "..", "elsewhere"), join(folder, place));
        await refused(Store.create(folder), /is a symbolic link where a store has a folder/);
      });
    });
  }

  it("is refused: an index, the marker, a blob", async () => {
    await withStore(async (store, folder) => {
      const image = await putSample(store, sampleImage());
      const blob = store.blobPath(image.descriptor.digest);
      for (const path of [
        blob,
        join(folder, "channels/main/index.json"),
        join(folder, "slipway-cache.json"),
      ]) {
        const bytes = await readFile(path);
        await writeFile(join(folder, "..", "elsewhere"), bytes);
        await rm(path);
        await symlink(join(folder, "..", "elsewhere"), path);
        const reading = Store.open(folder).then(readWhole);
        await refused(reading, /is a symbolic link where a store has none/);
        await rm(path);
        await writeFile(path, bytes);
      }
      await store.images("main");
    });
  });

  it("does not write through a channel's link to other blobs", async () => {
    await withStore(async (store, folder) => {
      await putSample(store, sampleImage());
      await rm(join(folder, "channels/main/blobs"));
      await symlink("/tmp", join(folder, "channels/main/blobs"));
      await refused(
        putSample(store, sampleImage({ layers: ["c"] })),
        /is not the link to \.\.\/\.\.\/blobs/,
      );
    });
  });
});

describe("a lease", () => {
  it("keeps a former image from being forgotten until it is released", async () => {
    await withStore(async (store, folder) => {
      const image = await putSample(store, sampleImage({ layers: ["first"] }));
      const reader = await Store.open(folder);
      const lease = await reader.lease(image);
      assert.ok(lease !== undefined);
      await putSample(store, sampleImage({ layers: ["second"] }));
      assert.equal(await store.collecting(() => store.forget(image)), false);
      assert.deepEqual((await store.former()).map(name), [name(image)]);
      await lease.release();
      assert.equal(await store.collecting(() => store.forget(image)), true);
      assert.deepEqual(await store.former(), []);
      assert.equal(await reader.lease(image), undefined);
    });
  });

  it("may be held by many", async () => {
    await withStore(async (store, folder) => {
      const image = await putSample(store, sampleImage());
      const leases = [await store.lease(image), await (await Store.open(folder)).lease(image)];
      await store.remove("main", undefined);
      for (const lease of leases) {
        assert.equal(await store.forget(image), false);
        await lease?.release();
      }
      assert.equal(await store.forget(image), true);
    });
  });

  it("is not to be had of an image that the store does not have", async () => {
    await withStore(async (store) => {
      assert.equal(await store.lease(sampleImage().image), undefined);
    });
  });

  it("is to be had of an image that was listed in another channel by then", async () => {
    await withStore(async (store) => {
      const image = await putSample(store, sampleImage());
      await putSample(store, sampleImage({ channel: "release/2.10" }));
      await store.remove("main", undefined);
      const lease = await store.lease(image);
      assert.ok(lease !== undefined);
      await lease.release();
    });
  });
});

describe("writers of one store", () => {
  it("wait for one another when they write the same image, and say for whom", async () => {
    await withStore(async (store, folder) => {
      const waiting = Promise.withResolvers<string>();
      const other = await Store.create(folder, { onWait: waiting.resolve });
      const order: string[] = [];
      let second: Promise<void> | undefined;
      await store.writingImage("main", "ci-image/cuda12.8", async () => {
        second = other.writingImage("main", "ci-image/cuda12.8", async () => {
          order.push("second");
        });
        assert.match(
          await waiting.promise,
          /^waiting for process \d+ \(slipway .*\), which writes ci-image\/cuda12\.8$/,
        );
        order.push("first");
      });
      await second;
      assert.deepEqual(order, ["first", "second"]);
    });
  });

  it("do not wait for one another when they write other images, or the same of other channels", async () => {
    await withStore(async (store, folder) => {
      const other = await Store.create(folder, {
        onWait: (line) => {
          throw new Error(line);
        },
      });
      await store.writingImage("main", "ci-image/a", () =>
        other.writingImage("main", "ci-image/b", () =>
          store.writingImage("release/2.10", "ci-image/a", async () => undefined),
        ),
      );
    });
  });

  it("of four channels at once all come to their end", async () => {
    await withStore(async (_store, folder) => {
      const channels = ["main", "release/2.8", "release/2.9", "release/2.10"];
      await Promise.all(
        channels.map(async (channel) => {
          const writer = await Store.create(folder);
          await putSample(writer, sampleImage({ channel, layers: ["shared", `old ${channel}`] }));
          await putSample(writer, sampleImage({ channel, layers: ["shared", `new ${channel}`] }));
        }),
      );
      const reader = await Store.open(folder);
      assert.deepEqual(await reader.channels(), channels);
      assert.equal((await reader.former()).length, 4);
      assert.equal((await readWhole(reader)).length, 8);
      assert.deepEqual(await leftovers(folder), []);
    });
  });

  it("hold a collection off, which holds them off", async () => {
    await withStore(async (store, folder) => {
      const waits: string[] = [];
      const order: string[] = [];
      const began = Promise.withResolvers<undefined>();
      const other = await Store.create(folder, {
        onWait: (line) => {
          waits.push(line);
          began.resolve(undefined);
        },
      });
      let collection: Promise<void> | undefined;
      await store.writing(async () => {
        collection = other.collecting(async () => {
          order.push("collection");
        });
        await began.promise;
        await store.writing(async () => undefined);
        order.push("writer");
      });
      await collection;
      assert.deepEqual(order, ["writer", "collection"]);
      assert.match(waits[0] ?? "", /^waiting for process \d+ .* to leave the store$/);
      await assert.rejects(
        store.writing(() => store.collecting(async () => undefined)),
        /a collection while this process writes/,
      );
    });
  });

  it("that follow each other without a gap let a collection in", async () => {
    await withStore(async (store, folder) => {
      const most = 40;
      const told = Promise.withResolvers<undefined>();
      const onWait = () => told.resolve(undefined);
      const writers = [
        await Store.create(folder, { onWait }),
        await Store.create(folder, { onWait }),
      ];
      const rounds: Promise<void>[] = [];
      let inside = 0;
      let collectedAfter = most;
      // Each leaves when the next is inside, or has to wait.
      const write = async (round: number, entered: () => void): Promise<void> => {
        await writers[round % 2]?.writing(async () => {
          inside = round;
          entered();
          await delay(20);
          if (round + 1 >= most || collectedAfter < most) return;
          const next = Promise.withResolvers<undefined>();
          rounds.push(write(round + 1, () => next.resolve(undefined)));
          await Promise.race([next.promise, told.promise]);
        });
      };
      const first = Promise.withResolvers<undefined>();
      rounds.push(write(0, () => first.resolve(undefined)));
      await first.promise;
      await store.collecting(async () => {
        collectedAfter = inside + 1;
      });
      for (const round of rounds) await round;
      assert.ok(collectedAfter < most, "the collection came in when all writers were done");
    });
  });
});
