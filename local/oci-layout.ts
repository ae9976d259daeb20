import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import tar from "tar-stream";

/** Something in a layer; its path is relative to the root. */
export type LayerEntry =
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly bytes: Buffer }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** An image of one layer, in the form of the OCI. */
export interface OciLayout {
  /** Of the manifest: `sha256:...`. */
  readonly digest: string;
  /** By path inside the layout's folder. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** All times in an image, so that it is the same wherever and whenever it is made. */
const TIME = new Date("2000-01-01T00:00:00Z");
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/**
 * Makes an image of one layer. The same entries give the same digest on every machine: nothing but them is in it, and the
 * layer is not compressed, as compressors differ.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function ociLayout(
  entries: readonly LayerEntry[],
  platform: { readonly os: string; readonly architecture: string },
): Promise<OciLayout> {
  const layer = await pack(entries);
  const created = TIME.toISOString();
  const config = json({
    created,
    ...platform,
    config: { Env: [PATH] },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    history: [{ created, created_by: "stand-in of a base image" }],
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
  });
  const index = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...descriptor(MANIFEST_TYPE, manifest), platform }],
  });
  return {
    digest: digestOf(manifest),
    files: new Map([
      ["oci-layout", json({ imageLayoutVersion: "1.0.0" })],
      ["index.json", index],
      ...[layer, config, manifest].map((blob) => [blobPath(blob), blob] as const),
    ]),
  };
}

async function pack(entries: readonly LayerEntry[]): Promise<Buffer> {
  const archive = tar.pack();
  const owner = { uid: 0, gid: 0, mtime: TIME };
  for (const entry of entries) {
    switch (entry.kind) {
      case "folder":
        archive.entry({ ...owner, name: `${entry.path}/`, type: "directory", mode: entry.mode });
        break;
      case "file":
        archive.entry({ ...owner, name: entry.path, mode: entry.mode }, entry.bytes);
        break;
      case "link":
        archive.entry({
          ...owner,
          name: entry.path,
          type: "symlink",
          linkname: entry.target,
          mode: 0o777,
        });
        break;
    }
  }
  archive.finalize();
  return buffer(archive);
}

function descriptor(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function blobPath(bytes: Buffer): string {
  return `blobs/${digestOf(bytes).replace(":", "/")}`;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
