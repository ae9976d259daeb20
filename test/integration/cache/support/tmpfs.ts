/* A small file system in memory, to be filled up; only root may mount one. */
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

const PAGE = 4096;

/** Why there can be none here; undefined where there can. */
export async function whyNoTmpfs(): Promise<string | undefined> {
  if (process.platform !== "linux") return "tmpfs is Linux's";
  if (process.getuid?.() !== 0) return "only root may mount a tmpfs";
  const { failed, stderr } = await execa(
    "unshare",
    ["--mount", "mount", "-t", "tmpfs", "x", "/mnt"],
    {
      reject: false,
    },
  );
  return failed ? `a tmpfs cannot be mounted: ${stderr.split("\n")[0] ?? ""}` : undefined;
}

export class Tmpfs {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param folder not there yet */
  static async mount(folder: string, megabytes: number): Promise<Tmpfs> {
    await mkdir(folder);
    await execa("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "slipway-test", folder]);
    return new Tmpfs(folder);
  }

  /** Takes all room but this many bytes, also while others write. */
  async fill(left = 0): Promise<void> {
    const filler = await open(join(this.folder, "filler"), "w");
    try {
      // By pages: a last one that is not whole would leave room for its rest.
      for (const piece of [256 * PAGE, PAGE]) {
        while (await wasWritten(filler, Buffer.alloc(piece)));
      }
      // What was written of a piece that did not fit is part of it.
      const { size } = await filler.stat();
      await filler.truncate(Math.max(size - Math.ceil(left / PAGE) * PAGE, 0));
    } finally {
      await filler.close();
    }
  }

  async clear(): Promise<void> {
    await rm(join(this.folder, "filler"), { force: true });
  }

  async unmount(): Promise<void> {
    await execa("umount", ["--lazy", this.folder]);
    await rm(this.folder, { recursive: true });
  }
}

async function wasWritten(file: FileHandle, bytes: Buffer): Promise<boolean> {
  try {
    return (await file.write(bytes)).bytesWritten === bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
