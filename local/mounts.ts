import { readFile } from "node:fs/promises";
import { execa } from "execa";

/** Undoes mounts that a killed BuildKit left in a folder: deleting would otherwise stop at them, or go through. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const points = mounts
    .split("\n")
    .map((line) => unescape(line.split(" ")[4] ?? ""))
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) {
    await execa("umount", ["--lazy", point], { reject: false });
  }
}

/** Mount points are written with octal escapes for blanks and backslashes. */
function unescape(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 8)),
  );
}
