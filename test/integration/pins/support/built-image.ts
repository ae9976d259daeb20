import { sha256 } from "../../../../oci/digest.ts";
import { manifestOf, type SampleImage, sampleImageFor } from "../../oci/sample-image.ts";

/**
 * An image that says when it was built.
 * @param created as in its configuration, where it may be anything
 */
export function imageBuilt(created: unknown, platform = "linux/amd64"): SampleImage {
  const { manifest, blobs } = sampleImageFor(platform);
  const [os, architecture] = platform.split("/");
  const text = Buffer.from(JSON.stringify({ os, architecture, created }));
  const document = JSON.parse(Buffer.from(manifest.bytes).toString()) as { config: object };
  const config = { ...document.config, digest: sha256(text), size: text.length };
  return {
    manifest: manifestOf(manifest.mediaType, { ...document, config }),
    blobs: new Map([...blobs, [sha256(text), text]]),
  };
}
