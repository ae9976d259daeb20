import { Readable } from "node:stream";
import { formatRepository } from "../rules/image-reference.ts";
import { UserError } from "../rules/problems.ts";
import { sha256 } from "./digest.ts";
import type { Manifest } from "./manifests.ts";
import { EMPTY, ManifestDocument, OCI_MANIFEST, type Descriptor } from "./media-types.ts";
import type { RepositoryClient } from "./registries.ts";

/** One small document that a registry keeps under a name, as it keeps images. */
export interface Artifact {
  /** What it is: `application/vnd.example.images.v1`. */
  readonly artifactType: string;
  /** Of the document: `application/json`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What is put may say more of itself, which readers need not look at. */
export interface AnnotatedArtifact extends Artifact {
  /** Of the manifest, as {@link sourceAnnotation} makes them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Largest document, in bytes, that is put or read. */
export const ARTIFACT_LIMIT = 4 * 1024 * 1024;

/**
 * Stores a document as an OCI artifact and moves a tag to it; the same document with the same annotations always has the same
 * digest.
 * @returns digest of its manifest
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
 */
export async function putArtifact(
  client: RepositoryClient,
  tag: string,
  { artifactType, mediaType, bytes, annotations }: AnnotatedArtifact,
): Promise<string> {
  if (bytes.length > ARTIFACT_LIMIT) {
    throw new UserError(
      `${formatRepository(client)}:${tag}: ${bytes.length} bytes are more than an artifact may have here (${ARTIFACT_LIMIT})`,
    );
  }
  const layer = { mediaType, digest: sha256(bytes), size: bytes.length };
  await upload(client, EMPTY, Buffer.from("{}"));
  await upload(client, layer, bytes);
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: EMPTY,
    layers: [layer],
    ...(annotations !== undefined && { annotations }),
  };
  const manifest = Buffer.from(JSON.stringify(document));
  const digest = sha256(manifest);
  await client.manifests.put(tag, {
    mediaType: OCI_MANIFEST,
    digest,
    bytes: manifest,
    document: ManifestDocument.parse(document),
  });
  return digest;
}

/**
 * Of which repository on GitHub a document is. ghcr.io links a package that is new to it, so that the repository's workflows may
 * write what a person was the first to push.
 * @param repository `owner/name`
 * @see https://docs.github.com/en/packages/learn-github-packages/connecting-a-repository-to-a-package
 */
export function sourceAnnotation(repository: string): Readonly<Record<string, string>> {
  return { "org.opencontainers.image.source": `https://github.com/${repository}` };
}

/**
 * Reads the document behind a tag or digest; undefined when there is none.
 * @throws UserError when something else is there: another type, several layers, or more than {@link ARTIFACT_LIMIT}
 */
export async function getArtifact(
  client: RepositoryClient,
  reference: string,
  artifactType: string,
): Promise<(Artifact & { readonly digest: string }) | undefined> {
  const digest = await client.manifests.digest(reference);
  if (digest === undefined) return undefined;
  // By the digest: the tag may move meanwhile.
  const manifest = await client.manifests.get(digest);
  const refuse = (found: string): never => {
    throw new UserError(
      `${formatRepository(client)}@${digest} (${reference}) is ${found}, not one document of type ${artifactType}`,
    );
  };
  if (typeOf(manifest) !== artifactType) refuse(`of type ${typeOf(manifest)}`);
  const [layer, ...others] = manifest.document.layers ?? [];
  if (layer === undefined || others.length > 0) return refuse(`not of one layer`);
  if (layer.size > ARTIFACT_LIMIT) return refuse(`${layer.size} bytes large`);
  const bytes = await client.blobs.bytes(layer, ARTIFACT_LIMIT);
  return { artifactType, mediaType: layer.mediaType, bytes, digest };
}

function typeOf({ mediaType, document }: Manifest): string {
  return document.artifactType ?? document.config?.mediaType ?? mediaType;
}

async function upload(
  client: RepositoryClient,
  blob: Descriptor,
  bytes: Uint8Array,
): Promise<void> {
  await client.blobs.ensure(blob, { open: async () => Readable.from([bytes]) });
}
