import { z } from "zod";
import { parseLayoutContext } from "./layout-context.ts";

const registry = z.strictObject({
  /** Host and port as written in image references: `localhost:34101`. */
  host: z.string(),
  username: z.string(),
  /** Generated for this instance, never used elsewhere. */
  password: z.string(),
});

/**
 * What a local cloud tells of itself in `<its folder>/cloud.json`: where its services listen and how to log in.
 * Written by `slipway local start` with mode 0600, read by the settings of a stack with `slipway:local: true`.
 */
export const LocalCloud = z.strictObject({
  version: z.literal(1),
  /** Absolute path of the instance's folder. */
  folder: z.string(),
  /** moto: `http://127.0.0.1:PORT`. */
  aws: z.strictObject({ endpoint: z.url() }),
  /** The GitHub emulator: `http://127.0.0.1:PORT`, with the token it accepts. */
  github: z.strictObject({ endpoint: z.url(), token: z.string() }),
  /** Stand-ins of the three registries an image.yaml can name. */
  registries: z.strictObject({ ecr: registry, "ghcr.io": registry, "docker.io": registry }),
  /** A buildctl address: `unix:///...`, `tcp://...` or `docker-container://...`. */
  buildkit: z.strictObject({ address: z.string() }),
  /** What stands in for every base image, as the named build context `base`: `oci-layout://FOLDER@sha256:...`. */
  standIns: z.strictObject({
    base: z.string().refine((location) => parseLayoutContext(location) !== undefined),
  }),
});
export type LocalCloud = z.infer<typeof LocalCloud>;
