/*
 * Downloads one blob and prints the memory of its process in bytes, before and at its peak: argv is the store's folder, and a
 * registry's host, a digest and a size as JSON.
 */
import { downloadBlobs } from "../../../../cli/cache/download/download-blobs.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { Registries } from "../../../../oci/registries.ts";
import { peakMemory } from "../../../support/peak-memory.ts";

const [folder = "", blob = ""] = process.argv.slice(2);
const { host, digest, size } = JSON.parse(blob) as { host: string; digest: string; size: number };
const store = await Store.create(folder);
const repository = new Registries().repository(`${host}/a`);
const before = process.memoryUsage.rss();
const { bytesFetched } = await store.writing(() =>
  downloadBlobs(store, [{ mediaType: "x", digest, size }], [{ name: host, repository }]),
);
const peak = peakMemory();
console.log(JSON.stringify({ bytesFetched, before, peak }));
