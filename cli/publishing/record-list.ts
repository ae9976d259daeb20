import { isDeepStrictEqual } from "node:util";
import { type ImageEntry, type ImageList, ONLY_IMAGE } from "../../rules/image-list.ts";
import type { Stack } from "../stack.ts";
import type { ImageListTag } from "./image-list-tag.ts";
import { type History, whyOlder } from "./older-commit.ts";
import { homeOf, type RecordRun } from "./record-run.ts";

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

/** What became of the list. */
export interface Listed {
  readonly images: readonly ImageOutcome[];
  /** Absent where the run was overtaken. */
  readonly list?: ImageList;
  /** `host/path:tag` that has the list; absent for a ref without a stack. */
  readonly published?: string;
  /** Whether that changed. */
  readonly changed: boolean;
  /** What happened, where the channel was recorded for a later commit since the run began. */
  readonly overtaken?: string;
}

/**
 * Writes the list of a channel's images, unless it is of a later commit by now: then that list stays, and what became of
 * this run's images is told all the same.
 * @param channel that the run publishes
 * @param tag of the channel's list; undefined for a ref without a stack
 */
export async function writeList(
  stack: Pick<Stack, "configuration" | "families">,
  run: RecordRun,
  channel: string,
  outcomes: readonly ImageOutcome[],
  {
    history,
    tag,
  }: {
    readonly history: History | undefined;
    readonly tag: Pick<ImageListTag, "name" | "read" | "write"> | undefined;
  },
): Promise<Listed> {
  // Others may have written since: what is there now is gone on from, unless it is of a later commit.
  const last = await tag?.read();
  if ((await whyOlder(history, run.commit, last)) !== undefined) {
    return {
      images: outcomes,
      changed: false,
      overtaken: overtaken(run, channel, last?.commit ?? ""),
    };
  }
  const list = imageList(stack, run, channel, outcomes, last);
  const changed = tag !== undefined && !isDeepStrictEqual(list, last);
  if (changed) await tag.write(list);
  return {
    ...{ list, changed },
    images: outcomes.map((outcome) => {
      const entry = list.families[outcome.family]?.images[outcome.accelerator];
      return { ...outcome, ...(entry !== undefined && { entry }) };
    }),
    ...(tag !== undefined && { published: tag.name }),
  };
}

function overtaken({ commit }: RecordRun, channel: string, later: string): string {
  return (
    `channel ${channel} was recorded for the later commit ${later} while this run recorded ${commit}: this commit's own names are put as listed, ` +
    `the channel's list stays that of the later one, and the channel's names may lead to either's images; slipway up from ${later} puts them right`
  );
}

/** The list after the run: what was recorded, and of the channel's other images what the last list says. */
function imageList(
  stack: Pick<Stack, "configuration" | "families">,
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
