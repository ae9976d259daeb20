import { formatBytes } from "../../../rules/byte-size.ts";
import type { Channel } from "../../../rules/names.ts";
import { table } from "../../print/table.ts";
import { imageJson } from "../images/image-json.ts";
import type { ListedImages } from "./listed-images.ts";
import type { RefreshedImage } from "./refresh-images.ts";

/** What a refresh did. */
export interface RefreshReport {
  /** Absolute path. */
  readonly store: string;
  readonly channel: Channel;
  readonly list: Pick<ListedImages, "source" | "commit" | "notes">;
  readonly images: readonly RefreshedImage[];
  /** What was told while it went on. */
  readonly notes: readonly string[];
}

/** Hex digits that tell images apart for people. */
const SHORT = 12;

/** For people: a line for each image, then what of the list was left out, and the reasons of those that failed. */
export function refreshText({ store, channel, list, images }: RefreshReport): string {
  const rows = images.map(({ label, digest, registries, fetched, reused, outcome }) => [
    label,
    digest === undefined ? "-" : digest.slice("sha256:".length, "sha256:".length + SHORT),
    registries.length === 0 ? "-" : registries.join(", "),
    formatBytes(fetched),
    formatBytes(reused),
    outcome,
  ]);
  const failed = images.flatMap(({ label, reason }) =>
    reason === undefined ? [] : [`${label}: ${reason}`],
  );
  return [
    `channel ${channel} at ${list.commit} (${list.source}), in ${store}`,
    "",
    table([["image", "digest", "from", "fetched", "reused", "result"], ...rows]),
    ...(list.notes.length === 0 ? [] : ["", ...list.notes]),
    ...(failed.length === 0 ? [] : ["", ...failed]),
  ].join("\n");
}

/** For programs: bytes are whole numbers. */
export function refreshJson({ store, channel, list, images, notes }: RefreshReport): string {
  const listed = images.map(({ fetched, reused, image, ...rest }) => ({
    ...rest,
    ...(image !== undefined && imageJson(image, rest.outcome === "removed")),
    bytesFetched: fetched,
    bytesReused: reused,
  }));
  const { source, commit } = list;
  return JSON.stringify(
    { store, channel, commit, list: source, images: listed, notes },
    undefined,
    2,
  );
}
