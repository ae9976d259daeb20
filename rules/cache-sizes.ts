/** A piece of content in a store. */
export interface SizedBlob {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** What an image of a store consists of. */
export interface BlobUser {
  readonly blobs: readonly SizedBlob[];
}

/** What an image takes of a disk. */
export interface ImageSize {
  /** Bytes of all its blobs. */
  readonly size: number;
  /** Bytes of those that another image of the store has too: they stay when this one goes. */
  readonly shared: number;
}

/** The bytes that images take together: a blob counts once, however often it is listed. */
export function bytesTogether(images: readonly BlobUser[]): number {
  return sum(distinctBlobs(images.flatMap(({ blobs }) => blobs)));
}

/** What each image takes, in the order given. An image that is there twice shares all of it with itself. */
export function imageSizes(images: readonly BlobUser[]): readonly ImageSize[] {
  const users = new Map<string, number>();
  const own = images.map(({ blobs }) => distinctBlobs(blobs));
  for (const { digest } of own.flat()) users.set(digest, (users.get(digest) ?? 0) + 1);
  return own.map((blobs) => ({
    size: sum(blobs),
    shared: sum(blobs.filter(({ digest }) => (users.get(digest) ?? 0) > 1)),
  }));
}

/** Each digest once. */
export function distinctBlobs<Blob extends Pick<SizedBlob, "digest">>(
  blobs: readonly Blob[],
): readonly Blob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

function sum(blobs: readonly SizedBlob[]): number {
  return blobs.reduce((bytes, { size }) => bytes + size, 0);
}
