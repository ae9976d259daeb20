import type { Descriptor, ManifestDocument } from "../../oci/media-types.ts";
import type { CachedImage } from "./cached-image.ts";
import type { Store } from "./store/store.ts";

/** What an image consists of, on one platform. */
export interface ImageContent {
  /** Of the platform: where the image is an index, the manifest that it lists. */
  readonly manifest: Descriptor & { readonly bytes: Uint8Array };
  readonly document: ManifestDocument;
  readonly config: Descriptor;
  /** In the image's order; equal ones are there as often as the manifest lists them. */
  readonly layers: readonly Descriptor[];
  /** Every blob of it that the store keeps, each once: index, manifest, configuration, layers. */
  readonly all: readonly Descriptor[];
}

/** This machine's, as image indexes write it: `linux/amd64`. */
export function hostPlatform(): string {
  throw new Error("not written yet");
}

/** The manifest of a platform in the bytes of an index. */
export function platformManifest(
  index: Descriptor,
  bytes: Uint8Array,
  platform = hostPlatform(),
): Descriptor {
  throw new Error(`not written yet: ${index.digest} ${bytes.length} ${platform}`);
}

/** The configuration and layers in the bytes of an image's manifest. */
export function manifestContent(
  manifest: Descriptor,
  bytes: Uint8Array,
): Pick<ImageContent, "document" | "config" | "layers"> {
  throw new Error(`not written yet: ${manifest.digest} ${bytes.length}`);
}

/** Reads what an image in a store consists of. */
export async function contentOf(
  store: Store,
  image: Pick<CachedImage, "label" | "descriptor">,
  platform = hostPlatform(),
): Promise<ImageContent> {
  throw new Error(`not written yet: ${store.folder} ${image.label} ${platform}`);
}
