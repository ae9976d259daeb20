import { createPublicKey, randomBytes } from "node:crypto";
import { z } from "zod";
import { tokenHash } from "./callers.ts";
import { unprocessable } from "./github-error.ts";
import { idOf } from "./identifiers.ts";
import { App, Permissions, Token } from "./store-accounts.ts";
import { timestamp } from "./store-times.ts";
import type { Store } from "./store.ts";

const RecordedApp = z.strictObject({
  clientId: App.shape.clientId,
  slug: App.shape.slug,
  publicKey: z.string().refine(isPublicKey, "not a public key in PEM"),
  /** The organization, if absent. */
  account: z.string().optional(),
  permissions: Permissions,
});

/** What {@link recordApp} takes. */
export type RecordedApp = z.input<typeof RecordedApp>;

/**
 * Registers a GitHub App, or changes the one with this client id, and installs it on all repositories of its account.
 * @returns the app's id and its installation's
 * @throws GithubError 422 when the body does not fit
 */
export function recordApp(
  store: Store,
  organization: string,
  body: unknown,
): Pick<App, "id" | "installationId"> {
  const parsed = RecordedApp.safeParse(body);
  if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
  const { clientId, account = organization, ...given } = parsed.data;
  return store.change((draft) => {
    const before = draft.apps.find((app) => app.clientId === clientId);
    const now = timestamp();
    const app: App = {
      id: before?.id ?? idOf("app", clientId),
      installationId: before?.installationId ?? draft.nextId++,
      clientId,
      account,
      ...given,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
    draft.apps = [...draft.apps.filter((one) => one.clientId !== clientId), app];
    return { id: app.id, installationId: app.installationId };
  });
}

function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

const RecordedToken = z.strictObject({
  /** Made up, if absent; one that is registered is changed. */
  token: z.string().regex(/^\S+$/).optional(),
  /** Of a workflow's job, if nothing else is said. */
  login: z.string().min(1).default("github-actions[bot]"),
  permissions: Permissions.optional(),
  /** In a day, if absent, which is the most that a job has. */
  expiresAt: Token.shape.expiresAt.optional(),
});

/** What {@link recordToken} takes. */
export type RecordedToken = z.input<typeof RecordedToken>;

/** Milliseconds. */
const DAY = 86_400_000;

/**
 * Registers a token that somebody acts with: `GITHUB_TOKEN` of a job, a person's, one that is to expire now.
 * @throws GithubError 422 when the body does not fit
 */
export function recordToken(store: Store, body: unknown): { token: string } {
  const parsed = RecordedToken.safeParse(body);
  if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
  const { token = `ghs_${randomBytes(18).toString("hex")}`, ...given } = parsed.data;
  const { login, permissions, expiresAt = new Date(Date.now() + DAY).toISOString() } = given;
  const hash = tokenHash(token);
  store.change((draft) => {
    const others = draft.tokens.filter((one) => one.hash !== hash);
    draft.tokens = [...others, { hash, login, permissions, expiresAt }];
  });
  return { token };
}
