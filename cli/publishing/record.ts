import pLimit from "p-limit";
import { Registries } from "../../oci/registries.ts";
import { all } from "../../provider/all.ts";
import { ONLY_IMAGE } from "../../rules/image-list.ts";
import type { Scheme } from "../../rules/names.ts";
import { UserError } from "../../rules/problems.ts";
import { PUBLISHING_ENVIRONMENT } from "../../rules/refs.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack, registryLogins, type Stack } from "../stack.ts";
import { selectImages, type WantedImage } from "./build-selection.ts";
import { Checkout } from "./checkout.ts";
import { surveyContents } from "./content-survey.ts";
import { openImageListTag } from "./image-list-tag.ts";
import { whyOlder } from "./older-commit.ts";
import { recordImage, type Recorder } from "./record-image.ts";
import { type ImageOutcome, type Listed, writeList } from "./record-list.ts";
import {
  type Published,
  publicationsOf,
  type RecordRun,
  recordRun,
  type RunOptions,
} from "./record-run.ts";

/** Images that are recorded at once. */
const PARALLEL = 4;

/** What a run of `slipway record` did. */
export interface Recording extends Listed {
  readonly run: RecordRun;
  readonly channel: string;
  /** Why nothing was done, where the run came late. */
  readonly older?: string;
  /** What else a person should know. */
  readonly notes: readonly string[];
}

/**
 * Records a run: its names, pins of what names lead to, and last the list of the channel's images. An image that cannot be
 * recorded keeps its last entry and does not stop the others.
 * @param say told what is under way
 * @throws UserError when nothing can be recorded at all
 */
export async function record(
  stackName: string,
  options: RunOptions,
  say: (line: string) => void,
): Promise<Recording> {
  const [stack, checkout] = await Promise.all([readStack(stackName), Checkout.open(PROJECT_ROOT)]);
  const run = recordRun(options, stack, checkout?.head, process.env);
  const publications = publicationsOf(run, stack);
  const wanted = selectImages(stack, {}).filter(({ family }) => publications.has(family.scheme));
  const credentials = await registryLogins(
    stack,
    stack.families.flatMap(({ registries }) => registries),
  );
  const registries = new Registries();
  const channel = [...publications.values()][0]?.channel ?? "";
  const hasStack = [...publications.values()].some((one) => one.hasStack);
  const tag = hasStack ? await openImageListTag(stack, registries, credentials) : undefined;
  const late = await whyOlder(checkout, run.commit, await tag?.read());
  if (late !== undefined) {
    return { run, channel, older: late, notes: [], images: [], changed: false };
  }
  const notes = await checkSources(checkout, run, stack);
  say(
    `${run.event} of ${run.ref} at ${run.commit}: ${images(wanted.length)} of channel ${channel}`,
  );

  const outcomes = await recordAll(stack, wanted, run, publications, { registries, credentials });
  const listed = await writeList(stack, run, channel, outcomes, { history: checkout, tag });
  return { run, channel, notes, ...listed };
}

/**
 * Holds the files that keys follow from against the commit: a name of a commit with other content would be wrong for ever.
 * @returns notes, on the local cloud, where nobody else's jobs rely on it
 */
async function checkSources(
  checkout: Checkout | undefined,
  run: RecordRun,
  { cloud }: Stack,
): Promise<readonly string[]> {
  if (checkout === undefined) return [];
  const tagged = run.ref.startsWith("refs/tags/") ? await checkout.commitOfTag(run.ref) : undefined;
  if (tagged !== undefined && tagged !== run.commit) {
    throw new UserError(
      `${run.ref} is ${tagged} in this clone, and not ${run.commit}; a tag is recorded once and for ever: git checkout ${tagged}, build and record that`,
    );
  }
  const notes: string[] = [];
  if (checkout.head !== run.commit) {
    notes.push(
      `the images are those of ${checkout.head}, which is checked out, and not of ${run.commit}; check that out first`,
    );
  }
  const changes = await checkout.changes("images");
  if (changes.length > 0) {
    const more = changes.length > 3 ? ` and ${changes.length - 3} more` : "";
    notes.push(
      `${changes.slice(0, 3).join(", ")}${more}: not as committed in ${run.commit}; commit that first`,
    );
  }
  if (notes.length > 0 && cloud === undefined) throw new UserError(notes.join("\n"));
  return notes;
}

/** Records all images, a few at a time. */
async function recordAll(
  stack: Stack,
  wanted: readonly WantedImage[],
  run: RecordRun,
  publications: ReadonlyMap<Scheme, Published>,
  recorder: Recorder,
): Promise<readonly ImageOutcome[]> {
  const { registries, credentials } = recorder;
  const survey = await surveyContents(
    stack,
    wanted,
    registries,
    credentials,
    ({ scheme }) => publications.get(scheme)?.environment === PUBLISHING_ENVIRONMENT,
  );
  const limit = pLimit(PARALLEL);
  const one = async (image: WantedImage): Promise<ImageOutcome> => {
    const { family, label } = image;
    const accelerator = image.image.accelerator ?? ONLY_IMAGE;
    const outcome = { label, family: family.name, accelerator, findings: [] };
    const publication = publications.get(family.scheme);
    const surveyed = survey.images.find((found) => found.label === label);
    const fault = survey.unknown.find(({ wanted }) => wanted.label === label)?.fault;
    if (surveyed === undefined || publication === undefined) {
      return { ...outcome, findings: [fault?.message ?? `${label} was not looked up`] };
    }
    try {
      const recorded = await recordImage(surveyed, run, publication, recorder);
      return recorded === undefined
        ? { ...outcome, findings: [missing(surveyed)] }
        : { ...outcome, ...recorded };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { ...outcome, findings: [error.message] };
    }
  };
  return all(wanted.map((image) => limit(() => one(image))));
}

function missing({
  image,
  contentName,
  repositories,
}: WantedImage & {
  readonly contentName: string;
  readonly repositories: readonly string[];
}): string {
  const places = repositories.join(", ");
  return image.float === undefined
    ? `${contentName} is not on ${places}; slipway build --missing builds what is not there`
    : `${image.float} (float in image.yaml) is not on ${places}; write a digest that is there, or take float out`;
}

function images(count: number): string {
  return count === 1 ? "1 image" : `${count} images`;
}
