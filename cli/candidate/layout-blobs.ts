import { createHash } from "node:crypto";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ListedBlob } from "../../rules/candidate-layout.ts";
import { type Problem, ProblemsError, UserError } from "../../rules/problems.ts";
import type { CandidateLayout } from "./layout.ts";
import { blobPath, openPlain } from "./layout-walk.ts";

/** Bytes that are read at once. */
const PIECE = 1 << 20;

/**
 * Reads every blob and compares it with its digest, in little memory.
 * @param onBytes told of bytes that were read
 * @throws ProblemsError that lists every blob that is something else
 */
export async function verifyBlobs(
  layout: CandidateLayout,
  onBytes: (count: number) => void,
): Promise<void> {
  const problems: Problem[] = [];
  for (const blob of layout.blobs) {
    try {
      for await (const piece of contentOf(layout, blob)) onBytes(piece.length);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push({ path: blobPath(blob), message: error.message });
    }
  }
  if (problems.length > 0) throw new ProblemsError("the candidate", problems);
}

/** Streams a blob, which breaks off before its end when its bytes are not those of its digest. */
export function openBlob(
  layout: CandidateLayout,
  blob: ListedBlob,
  onBytes: (count: number) => void,
): Readable {
  async function* told() {
    for await (const piece of contentOf(layout, blob)) {
      onBytes(piece.length);
      yield piece;
    }
  }
  return Readable.from(told(), { objectMode: false });
}

/** The last piece is held back until all of them are known to be right. */
async function* contentOf(
  { folder }: CandidateLayout,
  blob: ListedBlob,
): AsyncGenerator<Buffer, void> {
  const file = await openPlain(join(folder, blobPath(blob)));
  if (file === undefined) throw new UserError("is no file any more");
  try {
    const hash = createHash("sha256");
    let [length, held] = [0, Buffer.alloc(0)];
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE);
      if (bytesRead === 0) break;
      length += bytesRead;
      if (length > blob.size) throw new UserError(`more than the ${blob.size} bytes listed`);
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      if (held.length > 0) yield held;
      held = piece;
    }
    const digest = `sha256:${hash.digest("hex")}`;
    if (length !== blob.size) throw new UserError(`${length} bytes, and ${blob.size} are listed`);
    if (digest !== blob.digest) throw new UserError(`holds content with digest ${digest}`);
    if (held.length > 0) yield held;
  } finally {
    await file.close();
  }
}
