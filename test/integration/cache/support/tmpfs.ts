/* A small file system in memory, to be filled up; only root may mount one. */
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

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

  /** Takes all room but this many bytes. */
  async fill(left = 0): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder);
    const bytes = Math.max(bavail * bsize - left, 0);
    await writeFile(join(this.folder, "filler"), Buffer.alloc(bytes));
  }

  async clear(): Promise<void> {
    await rm(join(this.folder, "filler"), { force: true });
  }

  async unmount(): Promise<void> {
    await execa("umount", ["--lazy", this.folder]);
    await rm(this.folder, { recursive: true });
  }
}
