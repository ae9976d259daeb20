import { createHash } from "node:crypto";

/** A file that an image can see. Directories, owners, times and the other mode bits are no part of it. */
export interface ContextFile {
  /** Relative to the context's root, parts separated by `/`. */
  readonly path: string;
  readonly kind: "file" | "symlink";
  /** The owner may execute it: the one mode bit that a clone keeps whatever the umask. Always false for a symlink. */
  readonly executable: boolean;
  /** SHA-256 of the bytes, for a symlink of the text it points to; 64 hex digits. */
  readonly digest: string;
}

/** What an image stands on: content known by its digest, or a tag nobody has looked up. */
export type BaseContent =
  | { readonly kind: "digest"; readonly digest: string }
  | { readonly kind: "unresolved"; readonly image: string };

/** Everything an image's content follows from. */
export interface ContentKeyInput {
  /** SHA-256 of the Dockerfile's bytes, 64 hex digits. */
  readonly dockerfile: string;
  /** Files of the build context that the image can see. */
  readonly context: readonly ContextFile[];
  /** Files of the named context `scripts` that the image can see. */
  readonly scripts: readonly ContextFile[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platforms: readonly string[];
  readonly base: BaseContent;
  /**
   * What the content must keep to before it gets a name, as rules/image-contract.ts tells its check: content that got its
   * name under a laxer contract must not pass for content of a stricter one.
   */
  readonly contract?: Readonly<Record<string, string>>;
  /** Raised by a person to get fixes without a source change. */
  readonly epoch: number;
}

/** Part of what is hashed: another encoding must give other keys. */
const ENCODING = "slipway content key 2";

/**
 * The content key of an image: 40 hex digits that change when, and only when, something its content follows from changes.
 * The order of files, build args and platforms means nothing.
 *
 * It is the first 160 bits of a SHA-256: as long as a git object name, short enough to leave 86 characters of a tag to the
 * accelerator, and far from a collision by chance. Nobody gains from one made on purpose: who can write a build context
 * can also write what it builds.
 */
export function contentKey(input: ContentKeyInput): string {
  // JSON of nested arrays has one reading, so that no two inputs share an encoding.
  const encoded = JSON.stringify([
    ENCODING,
    input.dockerfile,
    files(input.context),
    files(input.scripts),
    Object.entries(input.buildArgs).sort(byFirst),
    input.contract === undefined ? null : Object.entries(input.contract).sort(byFirst),
    input.target ?? null,
    [...input.platforms].sort(),
    base(input.base),
    input.epoch,
  ]);
  return createHash("sha256").update(encoded).digest("hex").slice(0, 40);
}

/** A digest names the same content in every repository, so the image's name is left out where there is one. */
function base(content: BaseContent): readonly unknown[] {
  switch (content.kind) {
    case "digest":
      return [content.kind, content.digest];
    case "unresolved":
      return [content.kind, content.image];
  }
}

function files(list: readonly ContextFile[]): readonly (readonly unknown[])[] {
  return list
    .map(({ path, kind, executable, digest }) => [path, kind, executable, digest] as const)
    .sort(byFirst);
}

function byFirst(a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
