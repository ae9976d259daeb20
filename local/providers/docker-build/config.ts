import { z } from "zod";

/** Where BuildKit is and how it is reached; the real provider's own settings are not implemented. */
export const DockerBuildConfig = z.strictObject({
  buildkitHost: z.string().optional(),
  buildctl: z.string().optional(),
  /** Addresses of BuildKit by the names that images ask for in `builder`. */
  builders: z.record(z.string(), z.string()).default({}),
});
export type DockerBuildConfig = z.output<typeof DockerBuildConfig>;
