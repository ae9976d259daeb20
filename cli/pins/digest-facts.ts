import { Registries } from "../../oci/registries.ts";
import type { Stack } from "../stack.ts";
import type { KnownImages } from "./known-images.ts";
import { RegistryLogins } from "./registry-logins.ts";

/** A digest and where it has to be. */
export interface DigestReference {
  readonly host: string;
  readonly path: string;
  /** `sha256:...` */
  readonly digest: string;
}

/** What is known of a digest at one place. */
export type DigestFacts =
  | {
      readonly state: "there";
      /** Of the images that it is or lists: `linux/amd64`, `linux/arm64/v8`. */
      readonly platforms: readonly string[];
      /** When it was built, the latest of its platforms: ISO 8601, UTC. Absent where the image does not tell. */
      readonly created?: string;
      /** Bytes of all its blobs as they are stored, each once; absent where a published list alone vouches for it. */
      readonly size?: number;
    }
  | { readonly state: "missing" | "incomplete"; readonly detail: string }
  | { readonly state: "unchecked"; readonly reason: string };

export interface DigestChecksOptions {
  /** Whose local cloud, if it is one of it, has logins of its own. */
  readonly stack?: Stack;
  /** What published lists vouch for where a registry wants a login that this machine has not. */
  readonly known?: KnownImages;
  /** Nothing is asked of any registry. */
  readonly offline?: boolean;
}

/** Looks digests up on their registries: every manifest and blob of all platforms, each digest once, a few at a time. */
export class DigestChecks {
  readonly #options: DigestChecksOptions;
  readonly #logins: RegistryLogins;
  readonly #registries: Registries;
  readonly #asked = new Map<string, Promise<DigestFacts>>();

  constructor(options: DigestChecksOptions = {}, registries = new Registries()) {
    this.#options = options;
    this.#logins = new RegistryLogins(options.stack);
    this.#registries = registries;
  }

  /** What a registry says of a digest; a registry that does not answer or refuses makes it `unchecked`. */
  facts(reference: DigestReference): Promise<DigestFacts> {
    const key = `${reference.host}/${reference.path}@${reference.digest}`;
    const facts = this.#asked.get(key) ?? this.#ask(reference);
    this.#asked.set(key, facts);
    return facts;
  }

  async #ask(_reference: DigestReference): Promise<DigestFacts> {
    if (this.#options.offline === true) return { state: "unchecked", reason: "--offline" };
    await this.#logins.of(_reference.host);
    void this.#registries;
    throw new Error("not yet");
  }
}
