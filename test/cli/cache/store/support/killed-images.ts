import { DamagedBlob } from "../../../../../cli/cache/store/damaged-blob.ts";
import type { Store } from "../../../../../cli/cache/store/store.ts";
import { bytesOf, content, OCI_LAYER, putContent, putSample, sampleImage } from "./sample-image.ts";

/** What main has at first. */
export const before = sampleImage({ layers: ["shared", "before"] });
/** What main has in the end. */
export const after = sampleImage({ layers: ["shared", "after"], platforms: true });
/** A former image at first, which is forgotten. */
const gone = sampleImage({ layers: ["shared", "gone"] });
/** A release line's, which comes and goes. */
export const line = sampleImage({ channel: "release/2.10", layers: ["shared", "line"] });
/** Bytes that are not those of their descriptor, as a registry may send them. */
const foreign = {
  descriptor: content(OCI_LAYER, bytesOf("asked", 1000)).descriptor,
  bytes: bytesOf("sent", 1000),
};

/** What {@link changeEverything} begins with. */
export async function begin(store: Store): Promise<void> {
  await putSample(store, gone);
  await putSample(store, before);
}

/** Changes a store in every way that there is. */
export async function changeEverything(store: Store): Promise<void> {
  await putContent(store, foreign, 400).catch((error: unknown) => {
    if (!(error instanceof DamagedBlob)) throw error;
  });
  await putSample(store, line);
  await putSample(store, after);
  await store.remove(line.image.channel, undefined);
  await store.collecting(() => store.forget(gone.image));
  await store.put(before.image);
  await store.put(after.image);
}
