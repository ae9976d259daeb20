/* Reads an archive of an image as an engine does, every byte. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { extract } from "tar-stream";

interface Listed {
  readonly manifests: readonly { readonly digest: string }[];
}

/**
 * Digest of the image in an archive that is whole in both of its forms.
 * @throws Error saying what is not whole
 */
export async function archiveImage(file: string): Promise<string> {
  const hashes = new Map<string, string>();
  const texts = new Map<string, string>();
  const entries = createReadStream(file).pipe(extract());
  for await (const entry of entries) {
    const hash = createHash("sha256");
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of entry) {
      const bytes = chunk as Buffer;
      hash.update(bytes);
      size += bytes.length;
      if (size < 1024 * 1024) chunks.push(bytes);
    }
    const { name } = entry.header;
    hashes.set(name, hash.digest("hex"));
    if (size < 1024 * 1024) texts.set(name, Buffer.concat(chunks).toString());
  }
  const blob = (digest: string): string => {
    const path = `blobs/${digest.replace(":", "/")}`;
    if (`sha256:${hashes.get(path)}` !== digest) throw new Error(`${file}: ${path} is not whole`);
    return texts.get(path) ?? "";
  };
  const { manifests } = JSON.parse(texts.get("index.json") ?? "") as Listed;
  const [{ digest } = { digest: "" }] = manifests;
  const { config, layers } = JSON.parse(blob(digest)) as {
    readonly config: { readonly digest: string };
    readonly layers: readonly { readonly digest: string }[];
  };
  for (const one of [config, ...layers]) blob(one.digest);
  const [docker] = JSON.parse(texts.get("manifest.json") ?? "") as {
    readonly Config: string;
    readonly Layers: readonly string[];
  }[];
  for (const path of [docker?.Config ?? "", ...(docker?.Layers ?? [])]) {
    if (!hashes.has(path)) throw new Error(`${file}: manifest.json names ${path}`);
  }
  return digest;
}
