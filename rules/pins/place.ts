import type { ManagedRepository } from "./managed-images.ts";
import type { Span } from "./text-file.ts";

export type { Span };

/** What the comment `slipway: hold until 2027-03-01 because ...` beside a pin says, or what is wrong with it. */
export type Hold =
  { readonly until: string; readonly because: string } | { readonly fault: string };

/** A part of a reference: its text without joints, and where its pieces stand. */
export interface Part {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** Where a tree names a managed image with a tag or a digest, or has a digest alone. */
export interface Place {
  /** Path of the file in the tree, parts separated by "/". */
  readonly file: string;
  /** From 1, of the first character. */
  readonly line: number;
  /** From 1, in characters as an editor counts them. */
  readonly column: number;
  /** `digest`: one that no name stands before. */
  readonly kind: "reference" | "digest";
  /**
   * The managed repository that is named. Where the host is an interpolation it is the first one of that path; a digest
   * alone has it where the name that it belongs to is known.
   */
  readonly repository?: ManagedRepository;
  /** As it is written, without joints: `ghcr.io/ROCm/x@sha256:...`. Begins with what the repository's spans hold. */
  readonly written: string;
  /** Label of an image, or `host/path` of a listed one; absent where nobody knows which of a family's images it is. */
  readonly image?: string;
  /** From the host's first character to the name's last, in pieces where the string is split; none of a digest alone. */
  readonly repositorySpans: readonly Span[];
  /** Absent, too, where it is an interpolation. */
  readonly tag?: Part;
  /** `sha256:` and 64 hex digits; the spans are of the 64 digits only. */
  readonly digest?: Part;
  /** What stands where the digest belongs and is none, `sha256:` and 63 digits; such a place has no digest and is never edited. */
  readonly malformed?: string;
  /** The date that a comment gives the digest, with the time of day where there is one: `2026-08-18`. */
  readonly date?: { readonly text: string; readonly span: Span };
  readonly hold?: Hold;
  /** Of a digest alone: the images whose names stand as near as to belong to it, two or more. */
  readonly possible?: readonly string[];
  /** Only a name nearby tells of which image the digest is: it may be of anything, until its repository is seen to have it. */
  readonly nearby?: true;
  /** Why nobody knows which image the digest is of. Such a place is never edited. */
  readonly unattributed?: string;
}
