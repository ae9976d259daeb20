import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryLock } from "fs-native-extensions";
import { type ExportedImage, exportImages } from "../../../../cli/cache/export/export-images.ts";
import { runExport } from "../../../../cli/cache/export/run-export.ts";
import { staleFiles } from "../../../../cli/cache/export/stale-files.ts";
import { targetFault } from "../../../../cli/cache/export/target-faults.ts";
import { imageJson } from "../../../../cli/cache/images/image-json.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { TransferProgress } from "../../../../cli/print/transfer-progress.ts";
import { printedBy } from "../support/printed.ts";
import { OCI_LAYER, putSample, sampleImage } from "../store/support/sample-image.ts";

describe("exporting images as files", () => {
  const older = sampleImage({ layers: ["a", "older"] });
  const newer = sampleImage({ layers: ["a", "newer"] });
  const other = sampleImage({ label: "ci-image/rocm7.0", layers: ["rocm"] });
  let root: string;
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "export-"));
    folder = join(root, "docker");
    await mkdir(folder);
    store = await Store.create(join(root, "store"));
    await putSample(store, older);
    await putSample(store, other);
  });
  afterEach(() => rm(root, { recursive: true }));

  function run(
    channel = "main",
    images: readonly string[] = [],
  ): Promise<readonly ExportedImage[]> {
    const progress = new TransferProgress(undefined);
    return exportImages(store, { channel, folder, images, progress });
  }
  const outcomes = (images: readonly ExportedImage[]) => images.map(({ outcome }) => outcome);
  const cuda = () => join(folder, "cuda12.8_main.tar");

  it("writes a file for each, which everybody may read, and leaves nothing else", async () => {
    deepEqual(outcomes(await run()), ["written", "written"]);
    deepEqual((await readdir(folder)).sort(), ["cuda12.8_main.tar", "rocm7.0_main.tar"]);
    equal((await stat(cuda())).mode & 0o777, 0o644);
  });

  it("leaves a file of the same digest, and puts another in the place of an older one", async () => {
    await run();
    const { ino } = await stat(cuda());
    deepEqual(outcomes(await run()), ["unchanged", "unchanged"]);
    equal((await stat(cuda())).ino, ino);
    await putSample(store, newer);
    deepEqual(outcomes(await run()), ["written", "unchanged"]);
    notEqual((await stat(cuda())).ino, ino);
  });

  it("writes a file anew that is cut short", async () => {
    await run();
    const whole = await readFile(cuda());
    await writeFile(cuda(), whole.subarray(0, -512));
    deepEqual(outcomes(await run("main", ["cuda12.8"])), ["written"]);
    deepEqual(await readFile(cuda()), whole);
  });

  it("leaves the old file when a blob of the store is damaged, and writes the others", async () => {
    await run("main", ["cuda12.8"]);
    const before = await readFile(cuda());
    await putSample(store, newer);
    const layer = newer.blobs.filter(({ descriptor }) => descriptor.mediaType === OCI_LAYER)[1]!;
    await writeFile(store.blobPath(layer.descriptor.digest), Buffer.alloc(layer.bytes.length));
    const [failed, written] = await run();
    match(
      failed?.outcome === "failed" ? failed.reason : "",
      /is damaged.*slipway cache verify --discard-damaged --store \/.*store, then slipway cache refresh/,
    );
    equal(written?.outcome, "written");
    deepEqual(await readFile(cuda()), before);
    deepEqual((await readdir(folder)).sort(), ["cuda12.8_main.tar", "rocm7.0_main.tar"]);
  });

  it("removes what killed runs left, and waits for a living one", async () => {
    await writeFile(join(folder, ".gone_main.tar.partial"), "left over");
    await writeFile(join(folder, ".cuda12.8_main.tar.partial"), "left over");
    await writeFile(join(folder, "notes.partial"), "not ours");
    const living = await open(join(folder, ".rocm7.0_main.tar.partial"), "w+");
    equal(tryLock(living.fd), true);
    const running = run();
    while (!(await readdir(folder)).includes("cuda12.8_main.tar")) await new Promise(setImmediate);
    equal((await readdir(folder)).includes("rocm7.0_main.tar"), false);
    await living.close();
    deepEqual(outcomes(await running), ["written", "written"]);
    deepEqual((await readdir(folder)).sort(), [
      "cuda12.8_main.tar",
      "notes.partial",
      "rocm7.0_main.tar",
    ]);
  });

  it("lets several run at once: one writes, the others find the file", async () => {
    const all = await Promise.all([run(), run(), run(), run()]);
    deepEqual(
      all
        .map((images) => images.find(({ image }) => image.label === older.image.label)!.outcome)
        .sort(),
      ["unchanged", "unchanged", "unchanged", "written"],
    );
  });

  it("writes the newest release line alone", async () => {
    await putSample(store, sampleImage({ channel: "release/2.9", layers: ["2.9"] }));
    await putSample(store, sampleImage({ channel: "release/2.10", layers: ["2.10"] }));
    await rejects(run("release/2.9"), /that is release\/2\.10/);
    deepEqual(outcomes(await run("release/2.10")), ["written"]);
    deepEqual(await readdir(folder), ["cuda12.8_release.tar"]);
  });

  it("names files of images that the store has no more, and leaves them and those of others", async () => {
    await putSample(store, sampleImage({ channel: "release/2.9", layers: ["2.9"] }));
    await putSample(store, sampleImage({ channel: "release/2.10", label: "tools/cpu" }));
    await run("main");
    await run("release/2.10");
    for (const name of ["cuda12.8_release.tar", "notes.tar"]) {
      await writeFile(join(folder, name), "another's");
    }
    await store.remove("main", [other.image.label]);
    deepEqual(await staleFiles(store, folder), [
      join(folder, "cuda12.8_release.tar"),
      join(folder, "rocm7.0_main.tar"),
    ]);
    const told = await printedBy(() =>
      runExport({ store: store.folder, channel: "main", directory: folder, json: true }),
    );
    const { images, stale } = JSON.parse(told) as { images: unknown[]; stale: unknown[] };
    deepEqual(images, [{ ...imageJson(older.image, false), file: cuda(), outcome: "unchanged" }]);
    equal(stale.length, 2);
    equal((await readdir(folder)).includes("rocm7.0_main.tar"), true);
  });

  it("refuses a name that no image has, with the one that may be meant, and offers no pull", async () => {
    await rejects(run("main", ["rocm7.1"]), ({ message }: Error) => {
      match(message, /^"rocm7\.1" is no image of channel main .*did you mean "rocm7\.0"\?\)$/);
      return true;
    });
  });

  it("says of a folder where this user may not write what to do with that one, not the store", () => {
    const refused = Object.assign(new Error("EACCES"), { code: "EACCES" });
    const { message } = targetFault(refused, folder) as Error;
    match(message, /may not write there; .* the folder of --directory/);
    const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    match((targetFault(full, folder) as Error).message, /no space left/);
  });
});
