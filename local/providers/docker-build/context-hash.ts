import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { contextFiles } from "../../../context/walk.ts";
import { dockerfileOf, isFolder, type ImageInputs } from "./inputs.ts";

/**
 * Hashes what local builds see: the Dockerfile, the build context after its ignore file and the named contexts that are
 * folders. Of a file's mode only the executable bit counts, so the hash is the same in every checkout.
 *
 * A folder is read once in the life of this object, which is one run of an engine: many images share one. A file that
 * changes in between is noticed by the next run.
 */
export class ContextHasher {
  readonly #folder: string;
  readonly #hashes = new Map<string, Promise<string>>();

  /** @param folder what relative locations are relative to */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** SHA-256, 64 hex digits. */
  async hash(inputs: Pick<ImageInputs, "context" | "dockerfile">): Promise<string> {
    const { location, named } = inputs.context;
    const dockerfile = resolve(this.#folder, dockerfileOf(inputs));
    const inContext = relative(resolve(this.#folder, location), dockerfile);
    const folders = Object.entries(named)
      .filter(([, context]) => isFolder(context.location))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const parts = await Promise.all([
      sha256File(dockerfile),
      this.#folderHash(location, inContext.startsWith("..") ? undefined : inContext),
      ...folders.map(
        async ([name, context]) => `${name} ${await this.#folderHash(context.location)}`,
      ),
    ]);
    return sha256(JSON.stringify(parts));
  }

  #folderHash(location: string, dockerfile?: string): Promise<string> {
    const key = JSON.stringify([location, dockerfile]);
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const hash = contextFiles(resolve(this.#folder, location), dockerfile).then((files) =>
      sha256(JSON.stringify(files)),
    );
    this.#hashes.set(key, hash);
    return hash;
  }
}

async function sha256File(path: string): Promise<string> {
  return sha256(await readFile(path));
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
