import { join } from "node:path";
import { parseJson } from "../../oci/bodies.ts";
import { sha256 } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifests.ts";
import { ManifestDocument, OCI_MANIFEST } from "../../oci/media-types.ts";
import {
  CANDIDATE_FILE,
  type CandidateFile,
  readCandidateFile,
} from "../../rules/candidate-file.ts";
import {
  candidateConfigProblems,
  LARGEST_DOCUMENT,
  layoutProblems,
  type ListedBlob,
  readCandidateManifest,
  readLayoutIndex,
} from "../../rules/candidate-layout.ts";
import { layerProblem } from "../../rules/layer-limits.ts";
import { type Problem, ProblemsError } from "../../rules/problems.ts";
import { blobPath, readSmallText, walkLayout } from "./layout-walk.ts";

/** Bytes of the small files of a layout. */
const LARGEST_SMALL_FILE = 64 * 1024;

/** What a candidate must be. */
export interface ExpectedCandidate extends Pick<CandidateFile, "image" | "contentName"> {
  /** `linux/amd64` */
  readonly platform: string;
  /** Registries that it goes to. */
  readonly hosts: readonly string[];
}

/** An image in a folder whose every file is accounted for. */
export interface CandidateLayout {
  readonly folder: string;
  readonly file: CandidateFile;
  readonly manifest: Manifest;
  /** Its configuration and layers, each once. */
  readonly blobs: readonly ListedBlob[];
}

/**
 * Reads what a job without credentials wrote and anybody may have changed: nothing but one image of the platform, whose files are
 * all listed and have the sizes that are listed. What layers hold is not looked at yet: {@link verifyBlobs}.
 * @param folder absolute path
 * @throws ProblemsError that lists every fault
 */
export async function readLayout(
  folder: string,
  expected: ExpectedCandidate,
): Promise<CandidateLayout> {
  const reading = new Reading(folder, expected);
  const layout = await reading.read();
  if (layout === undefined || reading.problems.length > 0) {
    throw new ProblemsError("the candidate", reading.problems);
  }
  return layout;
}

class Reading {
  readonly problems: Problem[] = [];
  readonly #folder: string;
  readonly #expected: ExpectedCandidate;

  constructor(folder: string, expected: ExpectedCandidate) {
    this.#folder = folder;
    this.#expected = expected;
  }

  async read(): Promise<CandidateLayout | undefined> {
    const { problems, blobs } = walkLayout(this.#folder);
    this.problems.push(...problems);
    if (problems.length > 0) return undefined;
    const text = await this.#text("oci-layout", LARGEST_SMALL_FILE);
    if (text !== undefined) this.#add("oci-layout", layoutProblems(text));
    const [file, image] = [await this.#file(), await this.#index()];
    if (file !== undefined && image !== undefined && file.digest !== image.digest) {
      this.#fault(CANDIDATE_FILE, `digest: ${file.digest}, and index.json lists ${image.digest}`);
    }
    if (image === undefined) return undefined;
    const manifest = await this.#document(image, blobs);
    if (manifest === undefined) return undefined;
    const listed = readCandidateManifest(manifest);
    if ("problems" in listed) {
      this.#add(blobPath(image), listed.problems);
      return undefined;
    }
    const { config, layers } = listed.found;
    const own = [config, ...layers];
    this.#compare([image, ...own], blobs);
    this.#limit(layers);
    const configText = await this.#document(config, blobs);
    if (configText !== undefined) {
      const { platform } = this.#expected;
      const faults = candidateConfigProblems(configText, { platform, layers: layers.length });
      this.#add(blobPath(config), faults);
    }
    if (file === undefined) return undefined;
    const bytes = Buffer.from(manifest);
    return {
      folder: this.#folder,
      file,
      manifest: {
        ...{ mediaType: OCI_MANIFEST, digest: image.digest, bytes },
        document: ManifestDocument.parse(parseJson(bytes)),
      },
      blobs: [...new Map(own.map((blob) => [blob.digest, blob])).values()],
    };
  }

  async #file(): Promise<CandidateFile | undefined> {
    const text = await this.#text(CANDIDATE_FILE, LARGEST_SMALL_FILE);
    if (text === undefined) return undefined;
    const read = readCandidateFile(text);
    if ("problems" in read) {
      this.#add(CANDIDATE_FILE, read.problems);
      return undefined;
    }
    const { image, contentName, platform } = this.#expected;
    const { found } = read;
    const wrong = (key: string, is: string, wanted: string): void => {
      if (is !== wanted) {
        this.#fault(CANDIDATE_FILE, `${key}: ${JSON.stringify(is)}, and it is to be ${wanted}`);
      }
    };
    wrong("image", found.image, image);
    if (found.image === image && found.contentName !== contentName) {
      const message = `contentName: ${JSON.stringify(found.contentName)} does not follow from the checkout, whose files make ${contentName}`;
      this.#fault(CANDIDATE_FILE, message);
    }
    wrong("platforms", found.platforms.join(), platform);
    return found;
  }

  async #index(): Promise<ListedBlob | undefined> {
    const text = await this.#text("index.json", LARGEST_SMALL_FILE);
    if (text === undefined) return undefined;
    const read = readLayoutIndex(text);
    if ("found" in read) return read.found;
    this.#add("index.json", read.problems);
    return undefined;
  }

  /** A document of the image, if its bytes are those of its digest. */
  async #document(
    blob: ListedBlob,
    blobs: ReadonlyMap<string, number>,
  ): Promise<string | undefined> {
    // Told with all other blobs that are missing, but for the manifest, which lists these.
    if (!blobs.has(blob.digest)) {
      if (blob.mediaType === OCI_MANIFEST) this.#fault(blobPath(blob), "missing");
      return undefined;
    }
    const text = await this.#text(blobPath(blob), LARGEST_DOCUMENT);
    if (text === undefined) return undefined;
    const digest = sha256(Buffer.from(text));
    if (digest === blob.digest) return text;
    this.#fault(blobPath(blob), `holds content with digest ${digest}`);
    return undefined;
  }

  /** Every listed blob is there in its size, and no other. */
  #compare(listed: readonly ListedBlob[], blobs: ReadonlyMap<string, number>): void {
    for (const { digest, size } of listed) {
      const found = blobs.get(digest);
      if (found === undefined) this.#fault(blobPath({ digest }), "missing");
      else if (found !== size) {
        this.#fault(blobPath({ digest }), `${found} bytes, and ${size} are listed`);
      }
    }
    const known = new Set(listed.map(({ digest }) => digest));
    for (const digest of blobs.keys()) {
      if (!known.has(digest)) this.#fault(blobPath({ digest }), "belongs to no part of the image");
    }
  }

  /** Registries refuse a layer that is too large at the end of its upload. */
  #limit(layers: readonly ListedBlob[]): void {
    for (const host of this.#expected.hosts) {
      for (const layer of layers) {
        const problem = layerProblem(host, layer);
        if (problem !== undefined) this.#fault("layers", problem);
      }
    }
  }

  async #text(path: string, limit: number): Promise<string | undefined> {
    const read = await readSmallText(join(this.#folder, path), limit);
    if ("text" in read) return read.text;
    this.#fault(path, read.problem);
    return undefined;
  }

  #add(file: string, problems: readonly Problem[]): void {
    for (const { path, message } of problems) this.#fault(file, `${path}: ${message}`);
  }

  #fault(path: string, message: string): void {
    this.problems.push({ path, message });
  }
}
