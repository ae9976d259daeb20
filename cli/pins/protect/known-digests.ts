import { parseImageReference } from "../../../rules/image-reference.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import type { PlacedDigest } from "../../../rules/pins/pins-of-places.ts";
import type { KnownImages } from "../known-images.ts";

/** Digests of which it is known what they are, from lists of today and from what the file said before. */
export interface KnownDigests {
  readonly images: KnownImages;
  readonly placed: readonly PlacedDigest[];
}

/** A list knows a digest while a channel hands it out; code has it for longer, and by then the file knows it. */
export function knownDigests(known: KnownImages, before: readonly PinnedDigest[]): KnownDigests {
  const listed = known.all.flatMap(({ image, digest, references }) =>
    references.map((text) => ({ image, digest, repository: parseImageReference(text).path })),
  );
  const filed = before.map(({ image, digest }) => ({ image, digest, references: [] }));
  return {
    images: { all: [...known.all, ...filed], latest: (image) => known.latest(image) },
    placed: [...before, ...listed],
  };
}
