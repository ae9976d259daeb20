import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { documentProblems, mapOf } from "../document-problems.ts";
import { parseImageLabel } from "../image-label.ts";
import { DIGEST } from "../image-reference.ts";
import type { Problem } from "../problems.ts";

const VERSION = "1, the form that this program knows";
const PINS = "a list of pins";
const DIGEST_RULE = "a digest: sha256: and 64 hex digits";
const REPOSITORY = "the path of a repository without its host, e.g. pytorch/ci-image";
const IMAGE = "the label of an image or the name of its family, e.g. ci-image/cuda12.8";
const DAY = "a day of the calendar, e.g. 2027-01-31";
const USERS = "a list of at least one user, each OWNER/NAME@BRANCH, e.g. pytorch/vision@main";

/** Lower case, as registries take it. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+$/;
/** The branch is what git allows in a ref. @see https://git-scm.com/docs/git-check-ref-format */
const USER = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[\w.-]{1,100}@[^\x00-\x20\x7f~^:?*[\\]{1,255}$/;

const PinnedDigest = mapOf(
  {
    digest: z.string(DIGEST_RULE).regex(DIGEST, DIGEST_RULE),
    /** Path below the registry's host. */
    repository: z.string(REPOSITORY).max(255, REPOSITORY).regex(PATH, REPOSITORY),
    /** Its label, for people; of a family with several images the family's name, where nobody knew which one it is. */
    image: z.string(IMAGE).refine(isImage, IMAGE),
    /** When the digest was last found written somewhere: `2026-11-21`, in UTC. */
    seen: z.iso.date(DAY),
    /** Who has it written: repositories, each with the branch. */
    users: z.array(z.string(USERS).regex(USER, USERS), USERS).min(1, USERS),
  },
  "a map of digest, repository, image, seen and users",
);

const PinnedDigests = mapOf(
  { version: z.literal(1, VERSION), pins: z.array(PinnedDigest, PINS) },
  "a map of version and pins",
);

/** A digest that code somewhere has written, and that retention must therefore keep. */
export type PinnedDigest = z.output<typeof PinnedDigest>;
/** What the file of a stack with its pinned digests says. */
export type PinnedDigests = z.output<typeof PinnedDigests>;

const HEAD =
  " Digests that code somewhere has written; retention on ECR deletes none of them. slipway pins protect writes this file.";

/** The file of a stack's pinned digests, beside Pulumi.yaml. */
export function pinnedDigestsFile(stack: string): string {
  return `Pins.${stack}.yaml`;
}

/** What the file says, or everything that is wrong with it: besides its form, pins that stand there twice. */
export function readPinnedDigests(
  text: string,
): { readonly pinned: PinnedDigests } | { readonly problems: readonly Problem[] } {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map(({ pos, message }) => ({
        path: `line ${text.slice(0, pos[0]).split("\n").length}`,
        message: `not YAML: ${message}`,
      })),
    };
  }
  let data: unknown;
  try {
    data = document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return {
      problems: [{ path: "(file)", message: `an alias that nobody follows: ${error.message}` }],
    };
  }
  const parsed = PinnedDigests.safeParse(data);
  if (!parsed.success) return { problems: documentProblems(parsed.error, data) };
  const problems = repeatedPins(parsed.data.pins);
  return problems.length > 0 ? { problems } : { pinned: parsed.data };
}

/** The text of the file, the same for the same pins in whatever order they come. */
export function pinnedDigestsText(pins: readonly PinnedDigest[]): string {
  const sorted = pins
    .map(({ digest, repository, image, seen, users }) => ({
      ...{ digest, repository, image, seen },
      users: [...new Set(users)].sort(),
    }))
    .sort((a, b) => compare(keyOf(a), keyOf(b)));
  return `#${HEAD}\n${stringify({ version: 1, pins: sorted }, { lineWidth: 0 })}`;
}

function isImage(text: string): boolean {
  const label = parseImageLabel(text);
  return label !== undefined && label.platform === undefined;
}

function repeatedPins(pins: readonly PinnedDigest[]): readonly Problem[] {
  const met = new Map<string, number>();
  return pins.flatMap((pin, index) => {
    const first = met.get(keyOf(pin));
    if (first === undefined) {
      met.set(keyOf(pin), index);
      return [];
    }
    return [
      {
        path: `pins[${index}]`,
        message: `${pin.digest} in ${pin.repository} stands at pins[${first}] already; keep one, with the users of both`,
      },
    ];
  });
}

function keyOf({ repository, digest }: PinnedDigest): string {
  return `${repository} ${digest}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
