import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OCI_INDEX } from "../../../oci/media-types.ts";
import { documentProblems, mapOf, toldProblems } from "../../../rules/document-problems.ts";
import { isChannel } from "../../../rules/names.ts";
import { ProblemsError, type Problem } from "../../../rules/problems.ts";
import {
  askedReference,
  CachedDescriptor,
  CachedFacts,
  cachedImageProblems,
  type CachedImage,
} from "../cached-image.ts";
import { ifThere, onDisk } from "./disk-faults.ts";

/** @see https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys */
const NAME = "org.opencontainers.image.ref.name";
/** What containerd calls an image that it imports. @see https://github.com/containerd/containerd/blob/main/core/images/annotations.go */
const CONTAINERD_NAME = "io.containerd.image.name";
const FACTS = "dev.slipway.image";
const CHANNEL = "dev.slipway.channel";
/** Many times the index of a large channel, in bytes. */
const LIMIT = 16 * 1024 * 1024;

/** The images of a channel, or those that are former ones. */
export interface LayoutIndex {
  /** Absent in the index of former images. */
  readonly channel?: string;
  readonly images: readonly CachedImage[];
}

const IndexDocument = mapOf(
  {
    schemaVersion: z.literal(2, "2"),
    mediaType: z.literal(OCI_INDEX, OCI_INDEX),
    annotations: mapOf(
      { [CHANNEL]: z.string("a channel").refine(isChannel, "main or a release branch") },
      "the annotations of a store's index",
    ).optional(),
    manifests: z.array(
      mapOf(
        {
          ...CachedDescriptor,
          annotations: mapOf(
            {
              [NAME]: z.string("a text"),
              [CONTAINERD_NAME]: z.string("a text"),
              [FACTS]: z.string("a text"),
            },
            "the annotations of a store's image",
          ),
        },
        "an image of a store",
      ),
      "a list of images",
    ),
  },
  "an index of a store",
);

/** The text of an index.json: the same for equal images. */
export function layoutIndexText({ channel, images }: LayoutIndex): string {
  const document = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    ...(channel !== undefined && { annotations: { [CHANNEL]: channel } }),
    manifests: images.map((image) => {
      const { descriptor, ...facts } = image;
      const { mediaType, digest, size } = descriptor;
      const annotations = {
        [NAME]: layoutName(image, channel),
        [CONTAINERD_NAME]: askedReference(image),
        [FACTS]: JSON.stringify(facts),
      };
      return { mediaType, digest, size, annotations };
    }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/**
 * Reads the index.json of a layout; undefined where there is none.
 * @param folder of the layout
 * @param kind whether it is a channel's
 * @throws ProblemsError unless all of it is what a store writes
 */
export async function readLayoutIndex(
  folder: string,
  kind: "channel" | "former",
): Promise<LayoutIndex | undefined> {
  const path = join(folder, "index.json");
  const text = await onDisk(path, () => ifThere(() => readText(path)));
  return text === undefined ? undefined : parseLayoutIndex(text, kind, path);
}

/** @param path of the file, for errors */
export function parseLayoutIndex(
  text: string,
  kind: "channel" | "former",
  path: string,
): LayoutIndex {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw refused(path, [{ path: "(file)", message: "is no JSON" }]);
  }
  const parsed = IndexDocument.safeParse(raw);
  if (!parsed.success) throw refused(path, documentProblems(parsed.error, raw));
  const channel = parsed.data.annotations?.[CHANNEL];
  const problems: Problem[] = [];
  if ((channel === undefined) !== (kind === "former")) {
    problems.push({
      path: `annotations.${CHANNEL}`,
      message: `is not as in the index of a ${kind}`,
    });
  }
  const images = parsed.data.manifests.flatMap(({ annotations, ...descriptor }, index) => {
    const place = `manifests[${index}]`;
    const facts = factsOf(annotations[FACTS], `${place}.annotations.${FACTS}`);
    if ("problems" in facts) {
      problems.push(...facts.problems);
      return [];
    }
    const image = { ...facts.data, descriptor };
    const faults = cachedImageProblems(image);
    problems.push(...faults.map((fault) => ({ ...fault, path: `${place}.${fault.path}` })));
    if (faults.length > 0) return [];
    problems.push(...annotationProblems(image, annotations, channel, place));
    return [image];
  });
  problems.push(...repeatedProblems(images, channel));
  if (problems.length > 0) throw refused(path, problems);
  return { ...(channel !== undefined && { channel }), images };
}

/** What OCI tools find an image by in a layout: its label, and of former images, which may share one, the digest too. */
function layoutName({ label, descriptor }: CachedImage, channel: string | undefined): string {
  return channel === undefined ? `${label}@${descriptor.digest}` : label;
}

function factsOf(
  text: string,
  place: string,
): { readonly data: Omit<CachedImage, "descriptor"> } | { readonly problems: readonly Problem[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { problems: [{ path: place, message: "is no JSON" }] };
  }
  const parsed = CachedFacts.safeParse(raw);
  if (parsed.success) return { data: parsed.data };
  return { problems: documentProblems(parsed.error, raw, place) };
}

function annotationProblems(
  image: CachedImage,
  annotations: Readonly<Record<string, string>>,
  channel: string | undefined,
  place: string,
): readonly Problem[] {
  const expected = {
    [NAME]: layoutName(image, channel),
    [CONTAINERD_NAME]: askedReference(image),
  };
  return [
    ...Object.entries(expected)
      .filter(([key, value]) => annotations[key] !== value)
      .map(([key, value]) => ({
        path: `${place}.annotations.${key}`,
        message: `${JSON.stringify(annotations[key])} is not ${JSON.stringify(value)}, as ${FACTS} has it`,
      })),
    ...(channel === undefined || image.channel === channel
      ? []
      : [
          {
            path: `${place}.annotations.${FACTS}.channel`,
            message: `${JSON.stringify(image.channel)} is not the index's, ${JSON.stringify(channel)}`,
          },
        ]),
  ];
}

function repeatedProblems(
  images: readonly CachedImage[],
  channel: string | undefined,
): readonly Problem[] {
  const names = images.map((image) => layoutName(image, channel));
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => ({ path: "manifests", message: `${JSON.stringify(name)} is there twice` }));
}

function refused(path: string, problems: readonly Problem[]): ProblemsError {
  return new ProblemsError(
    `${path} is not as slipway wrote it (remove the file and refresh the store before the next slipway cache gc: until then blobs are not fetched again)`,
    toldProblems(problems),
  );
}

async function readText(path: string): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > LIMIT) {
      const message = found.isFile() ? `has ${found.size} bytes` : "is no file";
      throw refused(path, [{ path: "(file)", message }]);
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
