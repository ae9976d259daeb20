import { z } from "zod";
import { DIGEST } from "../../rules/image-reference.ts";
import { UserError } from "../../rules/problems.ts";
import type { ImageContent } from "./image-content.ts";
import type { Store } from "./store/store.ts";

/** @see https://github.com/opencontainers/image-spec/blob/main/config.md#properties */
const Config = z.object({ rootfs: z.object({ diff_ids: z.array(z.string().regex(DIGEST)) }) });

/**
 * Digests of an image's layers unpacked, in order, as its configuration has them.
 * @throws UserError when that is no configuration of such an image
 */
export async function readDiffIds(
  store: Store,
  { config, layers }: Pick<ImageContent, "config" | "layers">,
): Promise<readonly string[]> {
  let raw: unknown;
  try {
    raw = JSON.parse((await store.bytes(config)).toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const diffIds = Config.safeParse(raw).data?.rootfs.diff_ids;
  if (diffIds?.length === layers.length) return diffIds;
  throw new UserError(
    `${config.digest} is no configuration of an image of ${layers.length} layers`,
  );
}
