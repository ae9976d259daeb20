import { z } from "zod";
import { REGISTRY_NAMES } from "./image-file-schema.ts";
import { DIGEST, parseImageReference, TAG } from "./image-reference.ts";
import { OBJECT_ID } from "./names.ts";
import type { Problem } from "./problems.ts";
import { repeatedKeys } from "./repeated-keys.ts";
import { suggestion } from "./suggestion.ts";

/** What an image is called in the list when its family has no accelerators. */
export const ONLY_IMAGE = "default";

/** The whole name of a commit, in SHA-1 or SHA-256. */
export const COMMIT = OBJECT_ID;
const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?\/[\w.-]{1,100}$/;
/** Without what git allows in no ref. @see https://git-scm.com/docs/git-check-ref-format */
const BRANCH = /^[^\x00-\x20\x7f~^:?*[\\]{1,255}$/;
const REF = /^refs\/(?:heads|tags)\/[^\x00-\x20\x7f~^:?*[\\]{1,255}$/;
const FAMILY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const ACCELERATOR = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const PLATFORM = /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9.]+)?$/;
/** The outline of `host/path@sha256:...`; {@link parseImageReference} is the whole grammar. */
const BY_DIGEST = /^[^\s@]+\/[^\s@]+@sha256:[0-9a-f]{64}$/;
/** The outline of `host/path:tag`. */
const BY_NAME = /^[^\s@]+\/[^\s@]+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

const ImageEntry = z
  .strictObject(
    {
      digest: text("a digest", DIGEST, "sha256: and 64 hex digits").describe(
        "What the channel's names are declared to point to.",
      ),
      contentName: text("a tag", TAG, "cuda12.8-k and 40 hex digits").describe(
        "The tag of the content that follows from the commit; the digest is another one while image.yaml rolls the image back (float).",
      ),
      commit: commit().describe(
        "The commit that this entry was recorded for: an older one than the list's where an image could not be recorded since.",
      ),
      platforms: z
        .array(
          text("a platform", PLATFORM, "linux/amd64"),
          found("a list of platforms", '["linux/amd64"]'),
        )
        .min(1, { error: 'empty; write at least one, e.g. ["linux/amd64"]' })
        .describe("As in image.yaml: linux/amd64."),
      references: z
        .partialRecord(
          z.enum(REGISTRY_NAMES),
          text("a reference by digest", BY_DIGEST, "ghcr.io/pytorch/ci-image@sha256:..."),
          found("a map of references by registry", "{}"),
        )
        .describe(
          "By registry, as image.yaml calls it: host/path@sha256:..., with the same digest.",
        ),
      names: z
        .array(
          text("a name", BY_NAME, "ghcr.io/pytorch/ci-image:cuda12.8"),
          found("a list of names", "[]"),
        )
        .describe(
          "Floating and record names that pointed to the digest: host/path:tag, each once in a list.",
        ),
    },
    found("an image", "{ digest: sha256:..., ... }"),
  )
  .describe("One image.");

const Family = z
  .strictObject(
    {
      images: z
        .record(
          z.string().regex(ACCELERATOR),
          ImageEntry,
          found("a map of images by accelerator", "{}"),
        )
        .describe(`By accelerator; under "${ONLY_IMAGE}" in a family with one image.`),
    },
    found("a family", "{ images: {} }"),
  )
  .describe("All images of one folder of images/.");

/**
 * What a channel published: every image of every family by digest. Consumers trust this list and not the names, since it
 * is written when everything in it is there.
 */
export const ImageList = z
  .strictObject(
    {
      version: z.literal(1, found("a version that this program knows", "1")),
      repository: text("a GitHub repository", REPOSITORY, "pytorch/pytorch"),
      channel: text("a channel", BRANCH, "main").describe("The branch whose names these are."),
      ref: text("a branch or tag in full", REF, "refs/heads/main").describe(
        "What the recording run ran for.",
      ),
      commit: commit().describe("The commit that was recorded last."),
      families: z
        .record(z.string().regex(FAMILY), Family, found("a map of families", "{}"))
        .describe("By folder of images/."),
    },
    found("an image list", '{ "version": 1, ... }'),
  )
  .describe("The images that a channel published, as `slipway record` lists them.");
export type ImageList = z.infer<typeof ImageList>;
export type ImageEntry = z.infer<typeof ImageEntry>;

/**
 * Reads an images.json, or says everything that is wrong with it: besides its form, references that disagree with their
 * image's digest, names that two images claim and keys that stand there twice.
 */
export function readImageList(
  json: string,
): { readonly list: ImageList } | { readonly problems: readonly Problem[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    // The parser's own words would quote a file that may be any.
    return {
      problems: [{ path: "(file)", message: "is no JSON; write what slipway record made" }],
    };
  }
  const parsed = ImageList.safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(issueProblems)),
    ...entryProblems(raw),
    ...repeatedKeys(json),
  ];
  return parsed.success && problems.length === 0 ? { list: parsed.data } : { problems };
}

/** The text of an images.json, the same for equal lists. */
export function imageListText(list: ImageList): string {
  return `${JSON.stringify(ImageList.parse(list), undefined, 2)}\n`;
}

/** The JSON Schema of an images.json, for those who read it with other tools. */
export function imageListJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: "images.json", ...z.toJSONSchema(ImageList) };
}

/** Faults that a single field does not show; of a list whose form is wrong too, as far as it goes. */
function entryProblems(raw: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  const claimed = new Map<string, string>();
  const { families } = mapOf(raw);
  refuseLostKey(families, "families", problems);
  for (const [family, { images }] of entriesOf(families)) {
    refuseLostKey(images, `families.${family}.images`, problems);
    for (const [accelerator, image] of entriesOf(images)) {
      const path = `families.${family}.images.${accelerator}`;
      const { digest, references, names, platforms } = image;
      refuseLostKey(references, `${path}.references`, problems);
      for (const [registry, reference] of Object.entries(mapOf(references))) {
        const message = referenceProblem(reference, digest);
        if (message) problems.push({ path: `${path}.references.${registry}`, message });
      }
      listOf(names).forEach((name, index) => {
        const message = nameProblem(name, `${path}.names`, claimed);
        if (message) problems.push({ path: `${path}.names.${index}`, message });
      });
      listOf(platforms).forEach((platform, index, all) => {
        if (all.indexOf(platform) === index) return;
        const message = `${show(platform)} is listed twice; write each platform once`;
        problems.push({ path: `${path}.platforms.${index}`, message });
      });
    }
  }
  return problems;
}

/** The one key that a map of any keys is read without, so that nothing would be said of what stands there. */
function refuseLostKey(map: unknown, path: string, problems: Problem[]): void {
  const key = "__proto__";
  if (!Object.hasOwn(mapOf(map), key)) return;
  problems.push({ path: `${path}.${key}`, message: `${show(key)} ${KEY_RULE}` });
}

function referenceProblem(reference: unknown, digest: unknown): string | undefined {
  if (typeof reference !== "string" || !BY_DIGEST.test(reference)) return undefined;
  try {
    const parsed = parseImageReference(reference);
    if (parsed.tag !== undefined) return `${show(reference)} has a tag; write host/path@sha256:...`;
    // What is no digest is a fault of its own.
    if (parsed.digest === digest || !DIGEST.test(String(digest))) return undefined;
    return `${show(reference)} has another digest than its image, ${show(digest)}; all registries carry the same content`;
  } catch (error) {
    return (error as Error).message;
  }
}

function nameProblem(
  name: unknown,
  place: string,
  claimed: Map<string, string>,
): string | undefined {
  if (typeof name !== "string" || !BY_NAME.test(name)) return undefined;
  try {
    parseImageReference(name);
  } catch (error) {
    return (error as Error).message;
  }
  const other = claimed.get(name);
  if (other !== undefined) return `${show(name)} is in ${other} too; a name stands for one image`;
  claimed.set(name, place);
  return undefined;
}

function issueProblems(issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.map(String).join(".") || "(file)";
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(issue.path);
      return issue.keys.map((key) => ({
        path: [...issue.path.map(String), key].join("."),
        message: `unknown key${suggestion(key, known)}; the keys here are ${known.join(", ")}`,
      }));
    }
    case "invalid_key":
      return [{ path, message: `${show(issue.path.at(-1))} ${KEY_RULE}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** What families and accelerators are called. */
const KEY_RULE =
  'cannot stand here; write lower-case letters and digits, parts separated by one ".", "_" or "-"';

function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.at(-1) === "references") return REGISTRY_NAMES;
  if (path.length === 0) return Object.keys(ImageList.shape);
  return Object.keys(path.length === 2 ? Family.shape : ImageEntry.shape);
}

function commit() {
  return text("a commit", COMMIT, "the 40 hex digits of git rev-parse HEAD");
}

function text(is: string, pattern: RegExp, example: string) {
  const error = found(is, example);
  return z.string(error).regex(pattern, error);
}

/** The text of a fault: what was found, what it must be, what to write. */
function found(is: string, example: string) {
  const advice = `e.g. ${example}`;
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined
        ? `missing; ${is}, ${advice}`
        : `${show(input)} is not ${is}; write ${advice}`,
  };
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a map";
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function entriesOf(value: unknown): readonly [string, Readonly<Record<string, unknown>>][] {
  return Object.entries(mapOf(value)).map(([key, entry]) => [key, mapOf(entry)]);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
