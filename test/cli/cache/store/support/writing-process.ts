/* A process that finishes a part of a blob, writes more of it, says so, and waits to be killed. */
import { setTimeout as delay } from "node:timers/promises";
import { Store } from "../../../../../cli/cache/store/store.ts";
import { bytesOf, content, OCI_LAYER } from "./sample-image.ts";

const { descriptor, bytes } = content(OCI_LAYER, bytesOf("layer", 3000));
const store = await Store.create(process.argv[2] ?? "");
const partial = await store.partial(descriptor);
await partial?.write(0, bytes.subarray(0, 1000));
await partial?.finished({ start: 0, end: 1000 });
await partial?.write(1000, bytes.subarray(1000, 1500));
console.log("begun");
await delay(600_000);
