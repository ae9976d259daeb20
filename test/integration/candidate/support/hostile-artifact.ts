import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CandidateFile } from "../../../../rules/candidate-file.ts";

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
  urls?: string[];
}
interface Manifest {
  config: Blob;
  layers: Blob[];
}

/** A copy of what a build wrote, which a case changes. */
export class HostileArtifact {
  readonly folder: string;
  readonly file: CandidateFile;

  constructor(folder: string, file: CandidateFile) {
    this.folder = folder;
    this.file = file;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  blob(digest: string): string {
    return this.path(`blobs/${digest.replace(":", "/")}`);
  }

  async manifest(): Promise<Manifest> {
    return JSON.parse(await readFile(this.blob(this.file.digest), "utf8")) as Manifest;
  }

  /** The layer that steps of the Dockerfile made. */
  async layer(): Promise<Blob> {
    const { layers } = await this.manifest();
    const layer = layers.at(-1);
    if (layer === undefined) throw new Error("an image without layers");
    return layer;
  }

  /** Adds a blob. Returns what lists it. */
  async put(content: string | Buffer, mediaType = MANIFEST): Promise<Blob> {
    const bytes = Buffer.from(content);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    await writeFile(this.blob(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Makes another document the image, with everything that names it. */
  async become(text: string, mediaType = MANIFEST): Promise<void> {
    const image = await this.put(text, mediaType);
    await rm(this.blob(this.file.digest));
    await this.index([image]);
    await this.say({ ...this.file, digest: image.digest });
  }

  async index(manifests: readonly object[]): Promise<void> {
    const index = { schemaVersion: 2, mediaType: INDEX, manifests };
    await writeFile(this.path("index.json"), JSON.stringify(index));
  }

  async say(file: object): Promise<void> {
    await writeFile(this.path("candidate.json"), JSON.stringify(file));
  }

  /** Changes the manifest and all that follows. */
  async change(how: (manifest: Manifest) => void | Promise<void>): Promise<void> {
    const manifest = await this.manifest();
    await how(manifest);
    await this.become(JSON.stringify(manifest));
  }
}
