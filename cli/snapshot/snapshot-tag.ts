import { z } from "zod";
import { getArtifact, putArtifact, sourceAnnotation } from "../../oci/artifact.ts";
import { isLoginFault } from "../../oci/faults.ts";
import { type CredentialsByHost, Registries } from "../../oci/registries.ts";
import { COMMIT } from "../../rules/image-list.ts";
import { channelTag } from "../../rules/names.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { readSnapshot, type Snapshot, snapshotText } from "../../rules/snapshot.ts";
import { listRegistry } from "../publishing/image-list-tag.ts";
import { registryLogins, repositoryName, type Stack } from "../stack.ts";
import { isSameOwner, ownerText, snapshotOwner, type SnapshotOwner } from "./snapshot-owner.ts";

/** The repository beside those of the families that has a tag for each channel's snapshot. */
const REPOSITORY = "slipway-snapshot";
const ARTIFACT_TYPE = "application/vnd.slipway.snapshot.v1";
const MEDIA_TYPE = "application/json";

/** What a snapshot of any version says of itself. */
const Header = z.looseObject({
  repository: z.string(),
  stack: z.string(),
  channel: z.string(),
  commit: z.string().regex(COMMIT),
});
export type SnapshotHeader = z.output<typeof Header>;

/** Where the snapshot of a channel is kept: one tag of an OCI artifact, which always holds one whole snapshot. */
export class SnapshotTag {
  /** `ghcr.io/pytorch/slipway-snapshot:main` */
  readonly name: string;
  readonly #repository: string;
  readonly #tag: string;
  readonly #registries: Registries;
  readonly #credentials: CredentialsByHost;
  readonly #owner: SnapshotOwner;

  constructor(
    repository: string,
    tag: string,
    owner: SnapshotOwner,
    registries: Registries,
    credentials: CredentialsByHost,
  ) {
    this.name = `${repository}:${tag}`;
    this.#repository = repository;
    this.#tag = tag;
    this.#owner = owner;
    this.#registries = registries;
    this.#credentials = credentials;
  }

  /**
   * The snapshot that was written last; undefined before the first.
   * @throws ProblemsError when what is there is no snapshot; UserError when it is that of another stack
   */
  async read(): Promise<Snapshot | undefined> {
    const text = await this.#text();
    if (text === undefined) return undefined;
    const read = readSnapshot(text);
    if ("problems" in read) throw new ProblemsError(this.name, read.problems);
    this.#refuseStranger(read.snapshot);
    return read.snapshot;
  }

  /**
   * What the snapshot that was written last says of itself, which may be one of an earlier version; undefined before the
   * first.
   * @throws UserError when what is there says nothing, or is that of another stack
   */
  async readHeader(): Promise<SnapshotHeader | undefined> {
    const text = await this.#text();
    if (text === undefined) return undefined;
    const header = Header.safeParse(parsed(text));
    if (!header.success) {
      throw new UserError(
        `${this.name} is no snapshot; delete that tag on the registry, and slipway snapshot publish writes it anew`,
      );
    }
    this.#refuseStranger(header.data);
    return header.data;
  }

  /** Puts a snapshot in the place of the last one, by one request. */
  async write(snapshot: Snapshot): Promise<void> {
    const client = this.#registries.repository(this.#repository, this.#credentials, "push");
    await putArtifact(client, this.#tag, {
      artifactType: ARTIFACT_TYPE,
      mediaType: MEDIA_TYPE,
      bytes: Buffer.from(snapshotText(snapshot)),
      annotations: sourceAnnotation(snapshot.repository),
    });
  }

  /** Whether the registry shows it to who has no login. */
  async isPublic(): Promise<boolean> {
    const client = this.#registries.repository(this.#repository);
    try {
      return (await client.manifests.digest(this.#tag)) !== undefined;
    } catch (error) {
      if (isLoginFault(error)) return false;
      throw error;
    }
  }

  async #text(): Promise<string | undefined> {
    const client = this.#registries.repository(this.#repository, this.#credentials);
    const artifact = await getArtifact(client, this.#tag, ARTIFACT_TYPE);
    return artifact && Buffer.from(artifact.bytes).toString("utf8");
  }

  /** Two that write one snapshot would each show the other's resources as gone. */
  #refuseStranger(found: SnapshotOwner): void {
    const owner = this.#owner;
    if (isSameOwner(found, owner)) return;
    throw new UserError(
      `${this.name} is the snapshot of ${ownerText(found)}, and not that of ${ownerText(owner)}: ` +
        "two that write one would each show the other's resources as gone. Publish from one repository of an owner alone, or give this one another slipway:owner; " +
        `when stack ${found.stack} of ${found.repository} is applied no longer, delete that tag on the registry, and slipway snapshot publish writes it anew`,
    );
  }
}

/**
 * The tag of a stack's snapshot; undefined where all of its images are on ECR, which shows nothing without a login.
 * @param as a reader takes no login, but on the local cloud, whose registries admit nobody without
 */
export async function openSnapshotTag(
  stack: Stack,
  as: "reader" | "writer",
): Promise<SnapshotTag | undefined> {
  const registry = listRegistry(stack);
  if (registry === undefined) return undefined;
  const isAnonymous = as === "reader" && stack.cloud === undefined;
  const credentials = isAnonymous ? {} : await registryLogins(stack, [registry]);
  const owner = snapshotOwner(stack);
  const repository = repositoryName(stack, { name: REPOSITORY }, registry);
  return new SnapshotTag(
    repository,
    channelTag(owner.channel),
    owner,
    new Registries(),
    credentials,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
