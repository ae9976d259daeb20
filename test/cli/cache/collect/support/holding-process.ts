/* A process that holds something of a store: argv is what, and the store's folder. It says so, and lets go when its input ends. */
import { once } from "node:events";
import { contentOf } from "../../../../../cli/cache/image-content.ts";
import { Store } from "../../../../../cli/cache/store/store.ts";
import { readFile } from "node:fs/promises";
import { sha256 } from "../../../../../oci/digest.ts";

const [what, folder = ""] = process.argv.slice(2);
const store = await Store.open(folder);
const untilTold = async (): Promise<void> => {
  console.log("holding");
  process.stdin.resume();
  await once(process.stdin, "end");
};

if (what === "writing") await store.writing(untilTold);
else {
  const [image] = await store.former();
  const lease = image === undefined ? undefined : await store.lease(image);
  if (lease === undefined) throw new Error("nothing to lease");
  await untilTold();
  for (const { digest } of (await contentOf(store, lease.image)).all) {
    if (sha256(await readFile(store.blobPath(digest))) !== digest) throw new Error(digest);
  }
  await lease.release();
  console.log("read it whole");
}
