import { parseDocument } from "yaml";
import { z } from "zod";
import { documentProblems, mapOf } from "../document-problems.ts";
import { parseDuration } from "../duration.ts";
import { parseRepository } from "../image-reference.ts";
import type { Problem } from "../problems.ts";

/** What a tree says about its own pins. */
export interface PinsFile {
  /** Images that are managed besides the families of the stack: `docker.io/library/ubuntu`. */
  readonly images: readonly string[];
  /** Globs, as git has them, of what is not looked at besides what never is. */
  readonly exclude: readonly string[];
  /** Milliseconds after which a pin is old; absent where none is. */
  readonly oldest?: number;
}

const IMAGE = "an image without tag and digest, e.g. docker.io/library/ubuntu";
const EXCLUDE = 'a glob of paths below this folder, e.g. "test/data/**"';
const OLDEST = "an age, e.g. 180d or 26w";

const image = z.string(IMAGE).check((ctx) => {
  try {
    parseRepository(ctx.value);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    ctx.issues.push({
      code: "custom",
      input: ctx.value,
      message: `${IMAGE} (${error.message})`,
    });
  }
});
const glob = z
  .string(EXCLUDE)
  .refine(
    (text) =>
      text !== "" &&
      !text.startsWith("/") &&
      !text.includes("\0") &&
      !text.split("/").includes(".."),
    EXCLUDE,
  );
const Document = mapOf(
  {
    images: listOf(image, `a list of images, e.g. [docker.io/library/ubuntu]`),
    exclude: listOf(glob, 'a list of globs, e.g. ["test/data/**"]'),
    oldest: z
      .string(OLDEST)
      .refine((text) => (parseDuration(text) ?? 0) > 0, OLDEST)
      .exactOptional(),
  },
  "a map, e.g. oldest: 180d",
);

/**
 * Reads a `pins.yaml`, or says everything that is wrong with it.
 * @param text of which a byte order mark at its start does not matter
 */
export function readPinsFile(
  text: string,
): { readonly file: PinsFile } | { readonly problems: readonly Problem[] } {
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      problems: faults.map((fault) => ({
        path: `line ${text.slice(0, fault.pos[0]).split("\n").length}`,
        message: `not YAML: ${fault.message}`,
      })),
    };
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { problems: [{ path: "(file)", message: `an alias too many: ${error.message}` }] };
  }
  // An empty file, or one of comments alone, says nothing.
  if (raw === null || raw === "") return { file: { images: [], exclude: [] } };
  const parsed = Document.safeParse(raw);
  if (!parsed.success) return { problems: documentProblems(parsed.error, raw) };
  const { oldest, ...lists } = parsed.data;
  const age = oldest === undefined ? undefined : parseDuration(oldest);
  return { file: { ...lists, ...(age !== undefined && { oldest: age }) } };
}

/** A list in which nothing stands twice; empty where it is absent. */
function listOf(entry: z.ZodString, what: string) {
  return z
    .array(entry, what)
    .refine((list) => new Set(list).size === list.length, `${what}, each once`)
    .default([]);
}
