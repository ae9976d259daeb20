import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import { MemorySweep } from "../../../cli/cache/download/memory-sweep.ts";
import { DamagedBlob } from "../../../cli/cache/store/damaged-blob.ts";
import { unpackedStream } from "../../../cli/cache/unpacked-stream.ts";

const unpacked = createHash("shake256", { outputLength: 300_000 }).update("layer").digest();
const packed = gzipSync(Buffer.from(unpacked.toString("hex")));

/** Bytes of what is unpacked many times to one stream: 1 GiB in all. */
const MEMBER = 16 * 1024 * 1024;
const MEMBERS = 64;

async function* pieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 30_000) yield bytes.subarray(at, at + 30_000);
}

async function all(bytes: Buffer): Promise<string> {
  const found: Buffer[] = [];
  for await (const piece of unpackedStream(pieces(bytes), "it", new MemorySweep(bytes.length))) {
    found.push(Buffer.from(piece));
  }
  return Buffer.concat(found).toString();
}

describe("an unpacked layer", () => {
  it("is what was packed", async () => {
    assert.equal(await all(packed), unpacked.toString("hex"));
  });

  it("ends with a fault, and does not wait, wherever a byte is damaged", async () => {
    for (const part of [0, 0.1, 0.5, 0.9]) {
      const damaged = Buffer.from(packed);
      const at = Math.floor(packed.length * part);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await assert.rejects(all(damaged), DamagedBlob, `at byte ${at}`);
    }
  });

  it("ends with a fault when its end is missing", async () => {
    await assert.rejects(all(packed.subarray(0, -1000)), DamagedBlob);
  });

  it("takes little memory, however large it is", async function () {
    this.timeout(120_000);
    const folder = await mkdtemp(join(tmpdir(), "unpacked-memory-"));
    try {
      const file = join(folder, "layer");
      await writeFile(file, gzipSync(Buffer.alloc(MEMBER)));
      const { stdout } = await execa(process.execPath, [
        join(import.meta.dirname, "unpacked-process.ts"),
        ...[file, String(MEMBERS)],
      ]);
      const told = JSON.parse(stdout) as { size: number; before: number; peak: number };
      assert.equal(told.size, MEMBER * MEMBERS);
      assert.ok(told.peak - told.before < 58e6, `${told.peak} after ${told.before}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
