/* The image of a job's container: pulled whole by its digest. Its steps run beside it, with the variables that it sets. */
import { z } from "zod";
import { Registries } from "../../../../oci/registries.ts";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";

const Config = z.object({ config: z.object({ Env: z.array(z.string()).default([]) }) });
/** Bytes of what an image says of itself, and of a layer of a stand-in. */
const LIMIT = 256 * 1024 * 1024;

/**
 * @param image `host/path@sha256:...`, of the cloud's registries
 * @returns the variables that the image sets
 * @throws Error where it cannot be pulled
 */
export async function pulledImage(
  { registries }: LocalCloud,
  image: string,
): Promise<Readonly<Record<string, string>>> {
  const [, name = "", digest = ""] = /^([^@]+)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  const logins = Object.values(registries).map(({ host, username, password }) => {
    return [host, { username, password }] as const;
  });
  const repository = new Registries().repository(name, Object.fromEntries(logins));
  const { document } = await repository.manifests.get(digest);
  const [child] = document.manifests ?? [];
  const manifest =
    child === undefined ? document : (await repository.manifests.get(child.digest)).document;
  const { config, layers = [] } = manifest;
  if (config === undefined) throw new Error(`${image} is no image`);
  for (const layer of layers) await repository.blobs.bytes(layer, LIMIT);
  const read = Config.parse(JSON.parse((await repository.blobs.bytes(config, LIMIT)).toString()));
  return Object.fromEntries(
    read.config.Env.map((one) => {
      const end = one.indexOf("=");
      return [one.slice(0, end), one.slice(end + 1)] as const;
    }),
  );
}
