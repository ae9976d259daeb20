import { z } from "zod";
import { UserError } from "../rules/problems.ts";
import { DIGEST } from "../rules/image-reference.ts";
import { parseJson } from "./bodies.ts";
import { sha256 } from "./digest.ts";
import { DamagedContentFault } from "./faults.ts";
import { ACCEPTED_MANIFESTS, ManifestDocument } from "./media-types.ts";
import { scope, type Access } from "./scopes.ts";
import type { RegistryResponse, Transport } from "./transport.ts";

/** A manifest as it is stored: its digest is the digest of these bytes. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly document: ManifestDocument;
}

/** Registries need not take larger ones. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
const LIMIT = 4 * 1024 * 1024;

/** Those that registries without the list answer with: most say 404, others that the request is bad or not supported. */
const REFERRERS = [200, 400, 404, 405, 406, 501];

const ReferrersDocument = z.object({ manifests: z.array(z.unknown()) });

/** The manifests of one repository: image manifests and indexes, in OCI's and in Docker's form. */
export class Manifests {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #access: Access;
  /** By digest, of which content never changes: one is copied, looked into and named several times. */
  readonly #known = new Map<string, Manifest>();

  constructor(transport: Transport, path: string, access: Access) {
    this.#transport = transport;
    this.#path = path;
    this.#access = access;
  }

  /**
   * Digest that a tag or digest stands for; undefined when it, or the repository, is not there.
   * @throws UserError when the registry cannot be reached or refuses
   */
  async digest(reference: string): Promise<string | undefined> {
    const answer = await this.#transport.send({
      ...this.#request("HEAD", reference, `look up ${reference}`),
      expected: [200, 404],
    });
    await answer.body.dump();
    if (answer.status === 404) return undefined;
    const digest = answer.header("docker-content-digest");
    // The header is optional: the bytes always tell.
    if (digest === undefined) return (await this.get(reference)).digest;
    return this.#verified(reference, digest, answer);
  }

  /** @throws UserError when it is not there, or its bytes are not what was asked for */
  async get(reference: string): Promise<Manifest> {
    const known = this.#known.get(reference);
    if (known !== undefined) return known;
    const { answer, bytes } = await this.#transport.read(
      { ...this.#request("GET", reference, `get manifest ${reference}`), expected: [200] },
      LIMIT,
    );
    const digest = this.#verified(reference, sha256(bytes), answer);
    const parsed = ManifestDocument.safeParse(parseJson(bytes));
    if (!parsed.success) {
      throw new DamagedContentFault(
        `${this.#where(reference)} is not a manifest that images are made of`,
      );
    }
    const type = answer.header("content-type")?.split(";")[0]?.trim() ?? "";
    const mediaType = parsed.data.mediaType ?? type;
    const manifest = { mediaType, digest, bytes, document: parsed.data };
    this.#known.set(digest, manifest);
    return manifest;
  }

  /**
   * Stores a manifest under a tag, or under its digest alone; what it lists must be there already. A tag points to the old
   * content or to the new, never to something in between.
   * @throws ImmutableNameFault when the tag exists with other content and may not move
   */
  async put(reference: string, manifest: Manifest): Promise<void> {
    const request = this.#request("PUT", reference, `put manifest ${reference}`);
    const answer = await this.#transport.send({
      ...request,
      scopes: [scope(this.#path, "push")],
      headers: { "content-type": manifest.mediaType },
      body: manifest.bytes,
      expected: [201],
    });
    await answer.body.dump();
    const stored = answer.header("docker-content-digest");
    if (stored !== undefined && stored !== manifest.digest) {
      throw new UserError(
        `${this.#where(reference)}: the registry stored ${stored} in the place of ${manifest.digest}: it changes what it is given`,
      );
    }
    this.#known.set(manifest.digest, manifest);
  }

  /**
   * What the registry lists as attached to a digest, unchecked; undefined when it has no such list, as the tag then is to be
   * looked at.
   * @param most after so many entries no further page is asked for
   * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
   */
  async referrers(digest: string, most = 1): Promise<readonly unknown[] | undefined> {
    const action = `list what is attached to ${digest}`;
    const listed: unknown[] = [];
    let next: string | undefined = `/v2/${this.#path}/referrers/${digest}`;
    while (next !== undefined && (listed.length === 0 || listed.length < most)) {
      const request = { ...this.#request("GET", digest, action), url: next, expected: REFERRERS };
      const { answer, bytes } = await this.#transport.read(request, LIMIT);
      const page = ReferrersDocument.safeParse(parseJson(bytes));
      // Registries that do not know the address answer in many ways: only an index is a list.
      if (answer.status !== 200 || !page.success) return undefined;
      listed.push(...page.data.manifests);
      const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.header("link") ?? "")?.[1];
      const isEmpty = page.data.manifests.length === 0;
      next = isEmpty ? undefined : link && this.#transport.ownUrl(link, this.#path, action).href;
    }
    return listed;
  }

  #request(
    method: "GET" | "HEAD" | "PUT",
    reference: string,
    action: string,
  ): Omit<Parameters<Transport["send"]>[0], "expected"> {
    return {
      method,
      url: `/v2/${this.#path}/manifests/${reference}`,
      repository: this.#path,
      action,
      scopes: [scope(this.#path, this.#access)],
      headers: { accept: ACCEPTED_MANIFESTS },
    };
  }

  /** Holds what was received against what was asked for and what the registry says of it. */
  #verified(reference: string, digest: string, answer: RegistryResponse): string {
    const claims = [
      answer.header("docker-content-digest"),
      DIGEST.test(reference) ? reference : digest,
    ];
    for (const claim of claims) {
      if (claim !== undefined && claim !== digest) {
        throw new DamagedContentFault(
          `${this.#where(reference)}: expected ${claim}, was sent ${digest}; nothing of it was used. ` +
            `The registry, or a proxy before it, holds damaged content: push it there again`,
        );
      }
    }
    if (!DIGEST.test(digest)) {
      throw new UserError(
        `${this.#where(reference)}: ${JSON.stringify(digest.slice(0, 100))} is not a sha256 digest`,
      );
    }
    return digest;
  }

  #where(reference: string): string {
    const mark = DIGEST.test(reference) ? "@" : ":";
    return `${this.#transport.host}/${this.#path}${mark}${reference}`;
  }
}
