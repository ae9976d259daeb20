import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { imageListText } from "../../rules/image-list.ts";
import { UserError } from "../../rules/problems.ts";
import { table } from "../print/table.ts";
import { callerFolder } from "../project-root.ts";
import { record, type Recording } from "./record.ts";
import type { ImageOutcome } from "./record-list.ts";
import type { RunOptions } from "./record-run.ts";

export interface RecordOptions extends RunOptions {
  readonly stack: string;
  /** File for the list, relative to the caller's folder. */
  readonly output?: string;
  readonly json?: boolean;
}

/** Records a run and tells what was done. Returns the exit code: 1 when something is not as it should be. */
export async function recordAndReport({
  stack,
  output,
  json = false,
  ...options
}: RecordOptions): Promise<number> {
  const file = output === undefined ? undefined : resolve(callerFolder(), output);
  if (file !== undefined && !existsSync(dirname(file))) {
    throw new UserError(`--output ${file}: there is no folder ${dirname(file)}; make it first`);
  }
  const say = json ? () => undefined : (line: string) => console.log(line);
  const recording = await record(stack, options, say);
  const { older, list } = recording;
  if (file !== undefined && list !== undefined) await writeFileAtomic(file, imageListText(list));
  if (json) console.log(JSON.stringify(recordingJson(stack, recording), undefined, 2));
  else if (older !== undefined) console.log(older);
  else for (const line of recordingLines(recording, output)) console.log(line);
  // Of a run that was overtaken somebody has to look whose images the channel's names lead to.
  const isAsItShouldBe =
    recording.overtaken === undefined &&
    recording.images.every(({ findings }) => findings.length === 0);
  return isAsItShouldBe ? 0 : 1;
}

/** What `--json` prints. */
function recordingJson(stack: string, { run, older, images, ...rest }: Recording): unknown {
  const { channel, notes, changed, overtaken = null, published = null, list = null } = rest;
  return {
    ...{ stack, ...run, channel, older: older ?? null, overtaken, notes },
    images: images.map(({ family, accelerator, findings, entry }) => ({
      ...{ family, accelerator, digest: entry?.digest ?? null, findings },
    })),
    ...{ published, changed, list },
  };
}

/** What is told of a recording, line by line. */
export function* recordingLines(recording: Recording, output?: string): Generator<string> {
  const { images, notes, published, changed, overtaken, list } = recording;
  yield table(images.map((image) => ["", image.label, digestOf(image), state(image, recording)]));
  for (const { label, findings } of images) {
    for (const finding of findings) yield `! ${label}: ${finding}`;
  }
  for (const note of notes) yield `note: ${note}`;
  if (published !== undefined) {
    yield changed ? `${published} has the list now` : `${published} had this list already`;
  }
  if (overtaken !== undefined) yield `! ${overtaken}`;
  if (output !== undefined && list !== undefined) yield `${output} has the list`;
}

function digestOf({ entry }: ImageOutcome): string {
  return entry?.digest.slice(0, "sha256:".length + 12) ?? "";
}

function state({ entry }: ImageOutcome, { run, overtaken }: Recording): string {
  if (entry === undefined) {
    return overtaken === undefined ? "not recorded, and never was" : "not recorded";
  }
  if (entry.commit !== run.commit) return `not recorded; stays as of ${entry.commit.slice(0, 12)}`;
  return "recorded";
}
