import { isDeepStrictEqual } from "node:util";
import pLimit from "p-limit";
import { Registries } from "../../oci/registries.ts";
import { all } from "../../provider/all.ts";
import { type ImageEntry, type ImageList, ONLY_IMAGE } from "../../rules/image-list.ts";
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
import {
  homeOf,
  type Published,
  publicationsOf,
  type RecordRun,
  recordRun,
  type RunOptions,
} from "./record-run.ts";

/** Images that are recorded at once. */
const PARALLEL = 4;

/** What became of one image. */
export interface ImageOutcome {
  /** `almalinux-builder/cuda12.8` */
  readonly label: string;
  readonly family: string;
  /** Or {@link ONLY_IMAGE}. */
  readonly accelerator: string;
  /** In the list now; undefined when it was not recorded, nor ever before. */
  readonly entry?: ImageEntry;
  /** What is not as it should be, in sentences. */
  readonly findings: readonly string[];
}

/** What a run of `slipway record` did. */
export interface Recording {
  readonly run: RecordRun;
  readonly channel: string;
  /** Why nothing was done, where the run came late. */
  readonly older?: string;
  /** What else a person should know. */
  readonly notes: readonly string[];
  readonly images: readonly ImageOutcome[];
  readonly list?: ImageList;
  /** `host/path:tag` that has the list; absent for a ref without a stack. */
  readonly published?: string;
  /** Whether that changed. */
  readonly changed: boolean;
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
  const nothing = { run, channel, notes: [], images: [], changed: false };
  if (late !== undefined) return { ...nothing, older: late };
  const notes = await checkSources(checkout, run, stack);
  say(
    `${run.event} of ${run.ref} at ${run.commit}: ${images(wanted.length)} of channel ${channel}`,
  );

  const outcomes = await recordAll(stack, wanted, run, publications, { registries, credentials });

  // Others may have written since: what is there now is gone on from, unless it is of a later commit.
  const last = await tag?.read();
  const overtaken = await whyOlder(checkout, run.commit, last);
  if (overtaken !== undefined) return { ...nothing, older: overtaken };
  const list = imageList(stack, run, channel, outcomes, last);
  const changed = tag !== undefined && !isDeepStrictEqual(list, last);
  if (changed) await tag.write(list);
  return {
    ...{ run, channel, notes, list, changed },
    images: outcomes.map((outcome) => {
      const entry = list.families[outcome.family]?.images[outcome.accelerator];
      return { ...outcome, ...(entry !== undefined && { entry }) };
    }),
    ...(tag !== undefined && { published: tag.name }),
  };
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
      `${changes.slice(0, 3).join(", ")}${more} are not as committed in ${run.commit}; commit them first`,
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
  const what = image.float === undefined ? contentName : `${image.float} (float in image.yaml)`;
  return `${what} is not on ${repositories.join(", ")}; slipway build --missing builds what is not there`;
}

/** The list after the run: what was recorded, and of the channel's other images what the last list says. */
function imageList(
  stack: Stack,
  run: RecordRun,
  channel: string,
  outcomes: readonly ImageOutcome[],
  last: ImageList | undefined,
): ImageList {
  const families = stack.families.map(({ name, images }) => {
    const entries = images.flatMap(({ accelerator = ONLY_IMAGE }) => {
      const outcome = outcomes.find(
        (one) => one.family === name && one.accelerator === accelerator,
      );
      const entry = outcome?.entry ?? last?.families[name]?.images[accelerator];
      return entry === undefined ? [] : [[accelerator, entry] as const];
    });
    return [name, { images: Object.fromEntries(entries) }] as const;
  });
  return {
    version: 1,
    repository: homeOf(stack.configuration),
    channel,
    ref: run.ref,
    commit: run.commit,
    families: Object.fromEntries(
      families.filter(([, { images }]) => Object.keys(images).length > 0),
    ),
  };
}

function images(count: number): string {
  return count === 1 ? "1 image" : `${count} images`;
}
