import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { execa } from "execa";

const BLOCK = 1024 * 1024;
const SIZE = 320 * BLOCK;
const block = Buffer.from(Array.from({ length: BLOCK }, (_, index) => (index * 37) % 251));

/** Bytes from `start` up to `end` that were never in memory together: the number of each block, and the same rest. */
function* madeUp(start: number, end: number): Iterable<Buffer> {
  for (let at = start; at < end;) {
    const here = Buffer.from(block);
    here.writeUInt32LE(Math.floor(at / BLOCK));
    const offset = at % BLOCK;
    const length = Math.min(BLOCK - offset, end - at);
    yield here.subarray(offset, offset + length);
    at += length;
  }
}

describe("a download of a blob that is larger than memory may be", function () {
  this.timeout(120_000);

  it("takes little more memory than the program itself", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-download-memory-"));
    const hash = createHash("sha256");
    for (const bytes of madeUp(0, SIZE)) hash.update(bytes);
    const server = createServer(({ headers }, outgoing: ServerResponse) => {
      const [, first = "0", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
      const [start, end] = [Number(first), Number(last) + 1];
      outgoing.writeHead(206, {
        "content-length": end - start,
        "content-range": `bytes ${start}-${end - 1}/${SIZE}`,
      });
      Readable.from(madeUp(start, end)).pipe(outgoing);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const host = `localhost:${(server.address() as AddressInfo).port}`;
      const digest = `sha256:${hash.digest("hex")}`;
      const { stdout } = await execa(process.execPath, [
        join(import.meta.dirname, "download-process.ts"),
        join(folder, "store"),
        JSON.stringify({ host, digest, size: SIZE }),
      ]);
      const told = JSON.parse(stdout) as { bytesFetched: number; before: number; peak: number };
      assert.equal(told.bytesFetched, SIZE);
      assert.ok(told.peak - told.before < 50e6, `${told.peak} after ${told.before}`);
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
