/* What an engine's containers see of an image, file by file. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extract } from "tar-stream";
import type { DockerEngine } from "./docker-engine.ts";

/** A line for each path of a new container of the image: what it is, whose, how large, and the hash of its bytes. */
export async function imageFiles(
  engine: DockerEngine,
  reference: string,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-export-"));
  const file = join(folder, "files.tar");
  const container = await engine.docker("create", "--network", "none", reference, "true");
  try {
    await engine.docker("export", "--output", file, container);
    return await listing(file);
  } finally {
    await engine.docker("rm", container);
    await rm(folder, { recursive: true });
  }
}

async function listing(file: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const entry of createReadStream(file).pipe(extract())) {
    const hash = createHash("sha256");
    for await (const chunk of entry) hash.update(chunk as Buffer);
    const { name, type, mode, uid, gid, size, linkname } = entry.header;
    const about = [type, mode, uid, gid, size, linkname, hash.digest("hex")];
    lines.push(`${name} ${about.join(" ")}`);
  }
  return lines.sort();
}
