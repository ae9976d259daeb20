import { Readable } from "node:stream";
import { z } from "zod";
import { formatRepository } from "../rules/image-reference.ts";
import { UserError } from "../rules/problems.ts";
import { parseJson } from "./bodies.ts";
import { sha256 } from "./digest.ts";
import { Descriptor, EMPTY, ManifestDocument, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";
import type { RepositoryClient } from "./registries.ts";

/** A document that is attached to an image: a signature, a provenance. */
export interface AttachedDocument {
  /** What it is, which readers ask for. */
  readonly artifactType: string;
  /** Of the document. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Attached documents of one type that are looked at, in the registry's order: whoever may attach could attach without end. */
export const MOST_REFERRERS = 50;

/** How often others may get in the way of a list under a tag. */
const ATTEMPTS = 5;

const Referrer = Descriptor.extend({ artifactType: z.string().optional() });
type Referrer = z.infer<typeof Referrer>;

const Index = z.object({ mediaType: z.string().optional(), manifests: z.array(z.unknown()) });

const ReferrerManifest = ManifestDocument.extend({ subject: Descriptor.optional() });

/**
 * Attaches a document to an image that is in the repository. A registry without the referrers API keeps the list of what is
 * attached under a tag, as the specification says, which nothing guards against two that write it in the same moment.
 * @param client with access `push`
 * @returns digest of its manifest
 * @throws UserError
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject
 */
export async function attach(
  client: RepositoryClient,
  digest: string,
  { artifactType, mediaType, bytes, annotations }: AttachedDocument,
): Promise<string> {
  const subject = await client.manifests.get(digest);
  const layer = { mediaType, digest: sha256(bytes), size: bytes.length };
  await client.blobs.ensure(EMPTY, { open: async () => Readable.from([Buffer.from("{}")]) });
  await client.blobs.ensure(layer, { open: async () => Readable.from([bytes]) });
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: EMPTY,
    layers: [layer],
    subject: { mediaType: subject.mediaType, digest, size: subject.bytes.length },
    ...(annotations !== undefined && { annotations }),
  };
  const referrer = {
    mediaType: OCI_MANIFEST,
    artifactType,
    ...(await putDocument(client, undefined, OCI_MANIFEST, document)),
    ...(annotations !== undefined && { annotations }),
  };
  if ((await client.manifests.referrers(digest)) === undefined) {
    await listUnderTag(client, digest, referrer);
  }
  return referrer.digest;
}

/** Somebody may overwrite the list with one that lacks the entry: it is looked at after each write, and written again. */
async function listUnderTag(
  client: RepositoryClient,
  digest: string,
  referrer: Referrer,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const listed = await underTag(client, digest);
    if (listed.some((one) => Descriptor.safeParse(one).data?.digest === referrer.digest)) return;
    await putDocument(client, referrersTag(digest), OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [...listed, referrer],
    });
  }
  const listed = await underTag(client, digest);
  if (listed.some((one) => Descriptor.safeParse(one).data?.digest === referrer.digest)) return;
  throw new UserError(
    `${formatRepository(client)}:${referrersTag(digest)}: others write this list at the same time; run the command again`,
  );
}

/**
 * The documents of a type that are attached to an image, at most {@link MOST_REFERRERS}; those that are broken, larger than the
 * limit, attached to something else or cannot be had are told with the reason, and so is a list of them that is broken.
 * @param limit bytes of a document
 */
export async function attached(
  client: RepositoryClient,
  digest: string,
  artifactType: string,
  limit: number,
): Promise<readonly (Buffer | { readonly fault: string })[]> {
  let listed: readonly unknown[];
  try {
    listed =
      (await client.manifests.referrers(digest, MOST_REFERRERS)) ??
      (await underTag(client, digest));
  } catch (error) {
    if (error instanceof UserError) return [{ fault: error.message }];
    throw error;
  }
  const referrers = new Map<string, Referrer>();
  for (const one of listed) {
    const { data } = Referrer.safeParse(one);
    // What a list says of a type is a hint only, and some registries leave it out.
    if (data !== undefined && (data.artifactType ?? artifactType) === artifactType) {
      referrers.set(data.digest, data);
    }
    if (referrers.size >= MOST_REFERRERS) break;
  }
  const documents: (Buffer | { readonly fault: string })[] = [];
  for (const referrer of referrers.keys()) {
    const document = await read(client, referrer, digest, artifactType, limit);
    if (document !== undefined) documents.push(document);
  }
  return documents;
}

/** Undefined when it is of another type. */
async function read(
  client: RepositoryClient,
  referrer: string,
  subject: string,
  artifactType: string,
  limit: number,
): Promise<Buffer | { readonly fault: string } | undefined> {
  try {
    if ((await client.manifests.digest(referrer)) === undefined) {
      return { fault: `${referrer} is listed and not there` };
    }
    const { bytes } = await client.manifests.get(referrer);
    const { data } = ReferrerManifest.safeParse(parseJson(bytes));
    if ((data?.artifactType ?? data?.config?.mediaType) !== artifactType) return undefined;
    if (data?.subject?.digest !== subject) {
      return { fault: `${referrer} is attached to another image` };
    }
    const [layer, ...others] = data.layers ?? [];
    if (layer === undefined || others.length > 0) {
      return { fault: `${referrer} is not one document` };
    }
    if (layer.size > limit) {
      return { fault: `${referrer} is ${layer.size} bytes large, more than ${limit}` };
    }
    return await client.blobs.bytes(layer, limit);
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** What a registry without the API lists of an image: entries that nobody checked. */
async function underTag(client: RepositoryClient, digest: string): Promise<readonly unknown[]> {
  const tag = referrersTag(digest);
  const list = await client.manifests.digest(tag);
  if (list === undefined) return [];
  const { bytes } = await client.manifests.get(list);
  const { data } = Index.safeParse(parseJson(bytes));
  return data?.manifests ?? [];
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema */
function referrersTag(digest: string): string {
  return digest.replace(":", "-");
}

async function putDocument(
  client: RepositoryClient,
  tag: string | undefined,
  mediaType: string,
  document: object,
): Promise<{ readonly digest: string; readonly size: number }> {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = sha256(bytes);
  await client.manifests.put(tag ?? digest, {
    mediaType,
    digest,
    bytes,
    document: ManifestDocument.parse(document),
  });
  return { digest, size: bytes.length };
}
