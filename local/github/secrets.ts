import { actionsName } from "./actions-name.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { unprocessable } from "./github-error.ts";
import { openSealedBox } from "./key-pairs.ts";
import { findByName, parameter, removeByName, scopeIn } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { ActionsScope, Store } from "./store.ts";

type Secret = ActionsScope["secrets"][number];

/** The body of a write, as the description has it. */
interface SecretRequest {
  /** base64 */
  readonly encrypted_value: string;
  readonly key_id: string;
}

/**
 * Secrets of repositories and of environments.
 * A value must be a sealed box for the scope's current key pair; the emulator opens it to prove that, and keeps
 * the sealed form only.
 * @see https://docs.github.com/rest/actions/secrets
 */
export function secretHandlers(store: Store): Handlers {
  const list = (call: Call): Answer => {
    const { secrets } = scopeIn(store.state, call);
    const { items, headers } = pageOf(call, secrets, PAGES_OF_30);
    const body = { total_count: secrets.length, secrets: items.map(secretAnswer) };
    return { status: 200, headers, body };
  };
  const publicKey = (call: Call): Answer => {
    const { keyPair } = scopeIn(store.state, call);
    return { status: 200, body: { key_id: keyPair.keyId, key: keyPair.publicKey } };
  };
  const get = (call: Call): Answer => {
    const { secrets } = scopeIn(store.state, call);
    const secret = findByName(secrets, parameter(call, "secret_name"));
    return { status: 200, body: secretAnswer(secret) };
  };
  const put = (call: Call): Answer => {
    const created = store.change((draft) => putSecret(scopeIn(draft, call), call));
    return created ? { status: 201, body: {} } : { status: 204 };
  };
  const remove = (call: Call): Answer => {
    store.change((draft) => {
      removeByName(scopeIn(draft, call).secrets, parameter(call, "secret_name"));
    });
    return { status: 204 };
  };
  return {
    "actions/list-repo-secrets": list,
    "actions/get-repo-public-key": publicKey,
    "actions/get-repo-secret": get,
    "actions/create-or-update-repo-secret": put,
    "actions/delete-repo-secret": remove,
    "actions/list-environment-secrets": list,
    "actions/get-environment-public-key": publicKey,
    "actions/get-environment-secret": get,
    "actions/create-or-update-environment-secret": put,
    "actions/delete-environment-secret": remove,
  };
}

/** @returns whether the secret is new. */
function putSecret({ keyPair, secrets }: ActionsScope, call: Call): boolean {
  const name = actionsName("Secret", parameter(call, "secret_name"));
  const { encrypted_value: encryptedValue, key_id: keyId } = call.body as SecretRequest;
  if (keyId !== keyPair.keyId || openSealedBox(keyPair, encryptedValue) === undefined) {
    throw unprocessable("Bad request - validation failed due to an improperly encrypted secret");
  }
  const existing = secrets.find((secret) => secret.name === name);
  if (existing !== undefined) {
    Object.assign(existing, { encryptedValue, updatedAt: timestampAfter(existing.updatedAt) });
    return false;
  }
  const now = timestamp();
  secrets.push({ name, encryptedValue, createdAt: now, updatedAt: now });
  secrets.sort((one, other) => (one.name < other.name ? -1 : 1));
  return true;
}

function secretAnswer({ name, createdAt, updatedAt }: Secret): object {
  return { name, created_at: createdAt, updated_at: updatedAt };
}
