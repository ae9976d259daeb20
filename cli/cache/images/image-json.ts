import { askedReference, type CachedImage } from "../cached-image.ts";

/** A kept image, as every command tells it with `--json`. */
export interface ImageJson {
  readonly label: string;
  readonly channel: string;
  readonly digest: string;
  /** What jobs ask for: `host/path:<content name>`. */
  readonly reference: string;
  readonly contentName: string;
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly added: string;
  /** ISO 8601, UTC. */
  readonly refreshed: string;
  /** Whether the channel has another one by now, or none. */
  readonly isFormer: boolean;
}

/** What programs are told of an image, and nothing of how a store writes it down. */
export function imageJson(image: CachedImage, isFormer: boolean): ImageJson {
  const { label, channel, descriptor, contentName, commit, added, refreshed } = image;
  const { digest } = descriptor;
  const reference = askedReference(image);
  return { label, channel, digest, reference, contentName, commit, added, refreshed, isFormer };
}
