import { z } from "zod";

/** The inputs of `github.Provider` that are implemented; `legacyClient` is accepted and means nothing here. */
export const GithubConfig = z.strictObject({
  /** User or organisation that owns the repositories. */
  owner: z.string(),
  token: z.string(),
  /** `https://api.github.com/`, or the root of a GitHub Enterprise server or an emulator, without `/api/v3`. */
  baseUrl: z.url().default("https://api.github.com/"),
  legacyClient: z.boolean().optional(),
});
export type GithubConfig = z.output<typeof GithubConfig>;
