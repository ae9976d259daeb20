/** What is known of a digest at one place of a registry. */
export type DigestFacts =
  | {
      readonly state: "there";
      /** Of the images that it is or lists: `linux/amd64`, `linux/arm64/v8`. */
      readonly platforms: readonly string[];
      /** When it was built, the latest of its platforms: ISO 8601, UTC. Absent where the image does not tell. */
      readonly created?: string;
      /** Bytes of all its blobs as they are stored, each once; absent where a published list alone vouches for it. */
      readonly size?: number;
    }
  | { readonly state: "missing" | "incomplete"; readonly detail: string }
  | { readonly state: "unchecked"; readonly reason: string };
