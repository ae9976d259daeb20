import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withTemporaryFolder } from "../../../local/temporary-folder.ts";
import type { PublishedImages } from "../../../rules/pins/managed-images.ts";
import { UserError } from "../../../rules/problems.ts";
import { runOnData } from "../../pull-request/data-process.ts";
import type { Stack } from "../../stack.ts";
import type { KnownImages } from "../known-images.ts";
import { imagesByDigest, publishedImages } from "../published-images.ts";
import type { ProposedFile } from "./changed-tree.ts";
import type { VerifiedCandidate } from "./verified-candidates.ts";

/** What the process that moves pins is given. */
export interface MovedPinsRequest {
  readonly published: PublishedImages;
  readonly targets: readonly VerifiedCandidate[];
  /** The images that lists know by a digest. */
  readonly digests: readonly (readonly [string, readonly string[]])[];
  /** In UTC: `2026-11-21`. */
  readonly today: string;
}

/** What the process that moves pins prints; bytes in base64. */
export type MovedPinsText =
  | {
      readonly files: readonly {
        readonly path: string;
        readonly before: string;
        readonly after: string;
      }[];
      readonly moved: readonly string[];
      readonly left: readonly string[];
    }
  | { readonly failure: string };

/** What becomes of a tree's pins. */
export interface MovedPins {
  readonly files: readonly (ProposedFile & { readonly before: Buffer })[];
  /** Images that have other pins now. */
  readonly moved: readonly string[];
  /** Places that stay, and why, a line each. */
  readonly left: readonly string[];
}

const PROCESS = join(import.meta.dirname, "moved-pins-process.ts");

/**
 * The edits that let a tree pin candidates. The tree may hold anything: it is read by a process that has no credential.
 * @param root absolute path of the tree
 * @throws UserError when the tree cannot be searched, or its pins.yaml has faults
 */
export async function movedPins(
  root: string,
  stack: Stack,
  known: KnownImages,
  targets: readonly VerifiedCandidate[],
): Promise<MovedPins> {
  return withTemporaryFolder("slipway-propose-request", async (folder) => {
    const path = join(folder, "request.json");
    const request: MovedPinsRequest = {
      ...{ published: publishedImages(stack), targets, digests: [...imagesByDigest(known)] },
      today: new Date().toISOString().slice(0, "2026-11-21".length),
    };
    await writeFile(path, JSON.stringify(request));
    const { stdout, problem } = await runOnData(PROCESS, root, path);
    if (problem !== undefined) throw new UserError(`the search for pins ${problem}`);
    const read = JSON.parse(stdout) as MovedPinsText;
    if ("failure" in read) throw new UserError(read.failure);
    const files = read.files.map(({ path: of, before, after }) => ({
      ...{ path: of, before: Buffer.from(before, "base64"), after: Buffer.from(after, "base64") },
    }));
    return { ...read, files };
  });
}
