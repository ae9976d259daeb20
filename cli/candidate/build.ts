import { statSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { candidateText, type CandidateFile } from "../../rules/candidate-file.ts";
import { formatBytes } from "../../rules/byte-size.ts";
import { parseRepository } from "../../rules/image-reference.ts";
import { UserError } from "../../rules/problems.ts";
import { forLog } from "../print/for-log.ts";
import { callerFolder } from "../project-root.ts";
import { listenForInterruption } from "../publishing/build-interruption.ts";
import { refuseUnresolvedBases } from "../publishing/build-selection.ts";
import { readStack, type Stack } from "../stack.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";
import { buildLayout } from "./build-layout.ts";
import { candidateImage, candidatePlaces } from "./candidate-image.ts";
import { readLayout } from "./layout.ts";
import { checkoutFolder, withTree } from "./tree.ts";

export interface CandidateBuildOptions {
  /** Folder of the pull request's checkout. */
  readonly checkout: string;
  /** By rules/image-label.ts. */
  readonly image: string;
  readonly output: string;
  readonly stack?: string;
  readonly json: boolean;
}

/**
 * Builds an image of a pull request into a folder, which is there as a whole or not at all. Returns the exit code.
 * @throws ProblemsError for the checkout's faults; UserError when the image does not build or breaks its contract
 */
export async function buildCandidate(options: CandidateBuildOptions): Promise<number> {
  const say = (line: string): void => {
    if (!options.json) console.log(forLog(line));
  };
  const started = performance.now();
  const output = await emptyFolder(options.output);
  const checkout = await checkoutFolder("--checkout", options.checkout);
  const stack = await readStack(await stackOrOwn(options.stack));
  const partial = `${output}.part`;
  await rm(partial, { recursive: true, force: true });
  const interruption = listenForInterruption();
  try {
    const { file, bytes } = await build(
      stack,
      { checkout, label: options.image, partial },
      {
        ...{ signal: interruption.signal, say },
      },
    );
    await rename(partial, output);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(
      `${file.image}  ${file.contentName} is ${file.digest}, ${formatBytes(bytes)}, in ${seconds} s`,
    );
    say(`${file.image}  written to ${output}`);
    if (options.json) process.stdout.write(candidateText(file));
    return interruption.exitCode() ?? 0;
  } finally {
    interruption.dispose();
    await rm(partial, { recursive: true, force: true });
  }
}

async function build(
  stack: Stack,
  place: { readonly checkout: string; readonly label: string; readonly partial: string },
  run: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<{ readonly file: CandidateFile; readonly bytes: number }> {
  const { checkout, label, partial } = place;
  return withTree({ checkout, what: "the pull request's checkout" }, stack, async (images) => {
    const image = candidateImage(stack, images, label);
    refuseUnresolvedBases(stack, [image]);
    run.say(`${label}  building ${image.contentName} ...`);
    const file = await buildLayout(stack, image, partial, run);
    // As the job that pushes it does, which nobody approves in vain.
    const hosts = candidatePlaces(stack, image.family.name).map(
      ({ repository }) => parseRepository(repository).host,
    );
    const { contentName, platform } = image;
    const layout = await readLayout(partial, { image: label, contentName, platform, hosts });
    const bytes = layout.blobs.reduce((sum, { size }) => sum + size, 0);
    return { file, bytes };
  });
}

async function emptyFolder(path: string): Promise<string> {
  if (path === "") throw new UserError("--output is empty; name a folder");
  const folder = resolve(callerFolder(), path);
  await mkdir(dirname(folder), { recursive: true });
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory();
  const entries = isFolder === true ? await readdir(folder) : [];
  if (isFolder !== false && entries.length === 0) return folder;
  throw new UserError(`--output ${path} is there and is no empty folder; name another one`);
}
