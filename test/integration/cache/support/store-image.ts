/* Reads a store by the form that other programs know, an OCI image layout for each channel, with no code of Slipway's. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

interface Index {
  readonly manifests: readonly {
    readonly digest: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

interface Manifest {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly architecture: string };
  }[];
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

const NAME = "org.opencontainers.image.ref.name";

/** The digests of a channel's images, by label; none where there is no such channel. */
export async function indexed(
  store: string,
  channel: string,
): Promise<ReadonlyMap<string, string>> {
  const path = join(store, "channels", channel.replace("/", "-"), "index.json");
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return '{ "manifests": [] }';
    throw error;
  });
  const { manifests } = JSON.parse(text) as Index;
  const digests = new Map<string, string>();
  for (const { digest, annotations } of manifests) {
    const label = annotations?.[NAME] ?? "";
    if (digests.has(label)) throw new Error(`${path}: ${label} is there twice`);
    digests.set(label, digest);
  }
  return digests;
}

/** Reads every byte of an image, of an index this machine's part. @throws Error when a blob is absent or is not what its name says */
export async function readImage(store: string, digest: string): Promise<void> {
  await readBlob(store, digest);
  const text = await readFile(blobFile(store, digest), "utf8");
  const { manifests, config, layers } = JSON.parse(text) as Manifest;
  if (manifests !== undefined) {
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    const own = manifests.find(({ platform }) => platform?.architecture === architecture);
    return readImage(store, own?.digest ?? "none");
  }
  for (const blob of [config, ...layers]) await readBlob(store, blob.digest);
}

export function blobFile(store: string, digest: string): string {
  return join(store, "blobs", digest.replace(":", "/"));
}

async function readBlob(store: string, digest: string): Promise<void> {
  const path = blobFile(store, digest);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) throw new Error(`${path} holds ${found}`);
}
