import { z } from "zod";
import { documentProblems, mapOf, toldProblems } from "./document-problems.ts";
import { DIGEST, TAG } from "./image-reference.ts";
import { parseImageLabel } from "./image-label.ts";
import { parsePlatform } from "./platform.ts";
import type { Problem } from "./problems.ts";
import { repeatedKeys } from "./repeated-keys.ts";

/** The file beside the layout of an image that was built from a pull request. */
export const CANDIDATE_FILE = "candidate.json";

const LABEL = "the label of an image, e.g. ci-image/rocm";
const NAME = "the name of its content, e.g. rocm-k and 40 hex digits";
const DIGESTS = "a digest: sha256: and 64 hex digits";
const PLATFORMS = 'a list of platforms, e.g. ["linux/amd64"]';

const CandidateFile = mapOf(
  {
    version: z.literal(1, "1, the form that this program knows"),
    image: z.string(LABEL).refine((text) => parseImageLabel(text) !== undefined, LABEL),
    contentName: z.string(NAME).regex(TAG, NAME),
    digest: z.string(DIGESTS).regex(DIGEST, DIGESTS),
    platforms: z
      .array(
        z.string(PLATFORMS).refine((text) => parsePlatform(text) !== undefined, PLATFORMS),
        PLATFORMS,
      )
      .length(1, "a list of one platform"),
  },
  "a map of version, image, contentName, digest and platforms",
);

/** What the builder of a candidate says that it built. */
export type CandidateFile = z.output<typeof CandidateFile>;

/** The file's text. */
export function candidateText(file: CandidateFile): string {
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** What the file says, or everything that is wrong with it, whoever wrote it. */
export function readCandidateFile(
  text: string,
): { readonly found: CandidateFile } | { readonly problems: readonly Problem[] } {
  return readStrictly(text, CandidateFile);
}

/**
 * A JSON document that anybody may have written, by a schema whose messages are for {@link documentProblems}. No key may stand there
 * twice: programs differ on which of the two counts.
 */
export function readStrictly<Output>(
  text: string,
  schema: z.ZodType<Output>,
): { readonly found: Output } | { readonly problems: readonly Problem[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { problems: [{ path: "(document)", message: "is not JSON" }] };
  }
  const repeated = repeatedKeys(text);
  const parsed = schema.safeParse(document);
  const problems = [
    ...repeated,
    ...(parsed.success ? [] : documentProblems(parsed.error, document)),
  ];
  if (problems.length > 0 || !parsed.success) return { problems: toldProblems(problems) };
  return { found: parsed.data };
}
