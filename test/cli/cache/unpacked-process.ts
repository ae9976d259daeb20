/*
 * Unpacks the gzip file argv[2] as often as argv[3] says, one behind the other, and prints the memory of its process in bytes,
 * before and at its peak.
 */
import { readFile } from "node:fs/promises";
import { MemorySweep } from "../../../cli/cache/download/memory-sweep.ts";
import { unpackedStream } from "../../../cli/cache/unpacked-stream.ts";
import { peakMemory } from "../../support/peak-memory.ts";

const [path = "", times = ""] = process.argv.slice(2);
const packed = await readFile(path);
const before = process.memoryUsage.rss();
let size = 0;
// How large it is unpacked is not known before.
for await (const piece of unpackedStream(repeated(), path, new MemorySweep(packed.length))) {
  size += piece.length;
}
const peak = peakMemory();
console.log(JSON.stringify({ size, before, peak }));

async function* repeated(): AsyncIterable<Uint8Array> {
  for (let time = 0; time < Number(times); time += 1) yield packed;
}
