import { z } from "zod";
import { timestamps } from "./store-times.ts";

/** `{ administration: "write", contents: "read" }` */
export const Permissions = z.record(z.string(), z.enum(["read", "write", "admin"]));

/** A GitHub App and its one installation, on an account. */
export const App = z.strictObject({
  id: z.int(),
  clientId: z.string().min(1),
  /** `slipway-deploy`; its comments are by `slipway-deploy[bot]`. */
  slug: z.string().regex(/^[a-z0-9-]+$/),
  /** PEM; the private key stays with whoever registered the app. */
  publicKey: z.string(),
  installationId: z.int(),
  /** Login of the account that it is installed on, with all repositories. */
  account: z.string(),
  permissions: Permissions,
  ...timestamps,
});

/** A token besides the emulator's own: of a workflow's job, of a user, of an app's installation. */
export const Token = z.strictObject({
  /** SHA-256 in hex: the token itself is not kept. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Login of who acts with it. */
  login: z.string().min(1),
  /** What it was given; absent: everything. */
  permissions: Permissions.optional(),
  expiresAt: z.iso.datetime(),
});

export type App = z.infer<typeof App>;
export type Token = z.infer<typeof Token>;
export type Permissions = z.infer<typeof Permissions>;
