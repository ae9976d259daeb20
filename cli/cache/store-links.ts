import { dirname, join, relative } from "node:path";
import { StorePaths } from "./store/paths.ts";

/** Whether a link is one that a store has: from the layout of a channel, or of former images, to the blobs. */
export function isOwnLink(folder: string, path: string, target: string): boolean {
  const { channels, former } = new StorePaths(folder);
  const layout = dirname(path);
  const isInLayout = layout === former || dirname(layout) === channels;
  return (
    isInLayout &&
    path === join(layout, "blobs") &&
    target === relative(layout, join(folder, "blobs"))
  );
}
