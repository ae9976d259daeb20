/* What an image on a registry consists of. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { z } from "zod";
import type { Descriptor } from "../../../../oci/media-types.ts";
import type { RepositoryClient } from "../../../../oci/registries.ts";

const Configuration = z.object({
  architecture: z.string(),
  config: z.object({
    Env: z.array(z.string()).optional(),
    User: z.string().optional(),
    WorkingDir: z.string().optional(),
    Labels: z.record(z.string(), z.string()).optional(),
  }),
});

export interface ImageContent {
  /** Text of each file below `opt`, by path; a later layer's wins. */
  readonly files: ReadonlyMap<string, string>;
  readonly configuration: z.infer<typeof Configuration>;
}

/** Pulls an image of one platform; every blob is checked against its digest on the way. */
export async function pull(repository: RepositoryClient, digest: string): Promise<ImageContent> {
  const { document } = await repository.manifests.get(digest);
  const { config, layers } = document;
  if (config === undefined || layers === undefined) throw new Error(`${digest} is an index`);
  const files = new Map<string, string>();
  for (const layer of layers) await readLayer(repository, layer, files);
  const bytes = await text(await repository.blobs.get(config));
  return { files, configuration: Configuration.parse(JSON.parse(bytes)) };
}

async function readLayer(
  repository: RepositoryClient,
  layer: Descriptor,
  files: Map<string, string>,
): Promise<void> {
  const archive = extract();
  archive.on("entry", (header, stream, next) => {
    const isOurs = header.type === "file" && header.name.startsWith("opt/");
    if (!isOurs) stream.resume();
    void (isOurs ? text(stream) : once(stream, "end")).then((content) => {
      if (typeof content === "string") files.set(header.name, content);
      next();
    }, next);
  });
  const blob = await repository.blobs.get(layer);
  // The base stand-in's layer is not compressed.
  if (layer.mediaType.endsWith("gzip")) await pipeline(blob, createGunzip(), archive);
  else await pipeline(blob, archive);
}
