import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { readCatalog } from "../../catalog.ts";
import { imageLabels } from "../../rules/image-label.ts";
import { outputFile } from "../named-file.ts";
import { forLog, warningLine } from "../print/for-log.ts";
import { table } from "../print/table.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack } from "../stack.ts";
import { decideImages, type ImageDecision } from "./decide-images.ts";
import { type DecidedRun, decidedRun, decideRun, type RunDecision } from "./decide-run.ts";
import { type JobOutputs, outputLines } from "./decide-output.ts";
import { projectStacks } from "./stack-of-run.ts";

/**
 * Decides what the run of the publishing workflow does, tells it, and hands it to the workflow's jobs through the file in
 * GITHUB_OUTPUT.
 * @throws UserError when the run would publish and cannot: its channel has no stack, or a base has no digest
 */
export async function decideAndReport({ json }: { readonly json: boolean }): Promise<void> {
  const run = decidedRun(process.env);
  const { GITHUB_OUTPUT = "" } = process.env;
  const file = GITHUB_OUTPUT === "" ? undefined : outputFile("GITHUB_OUTPUT", GITHUB_OUTPUT);
  const [stacks, catalog] = await Promise.all([
    projectStacks(),
    readCatalog(join(PROJECT_ROOT, "images")),
  ]);
  const families = [...catalog.values()];
  const decision = decideRun(
    run,
    stacks,
    new Map(families.map(({ name, scheme }) => [name, scheme])),
  );
  if (
    !decision.publish &&
    decision.isStranger === true &&
    process.env["GITHUB_ACTIONS"] === "true"
  ) {
    // Not where --json goes. The runner reads either.
    console.error(warningLine(`nothing is published: ${decision.reason}`));
  }
  const images = decision.publish
    ? await decideImages(await readStack(decision.stack), run.ref, decision)
    : [];
  const outputs = outputsOf(decision, images, families.flatMap(imageLabels));
  console.log(
    json ? decisionJson(run, decision, images) : forLog(decisionText(run, decision, images)),
  );
  if (file !== undefined) await appendFile(file, outputLines(outputs));
}

/**
 * What the jobs of the workflow are told.
 * @param labels of the whole catalogue, as the workflow's matrix lists them
 */
export function outputsOf(
  decision: RunDecision,
  images: readonly ImageDecision[],
  labels: readonly string[],
): JobOutputs {
  const built = new Set(images.flatMap(({ image, build }) => (build ? image : [])));
  // Images that the run does not publish are excluded from the matrix as those that are there.
  const excluded = labels.filter((label) => !built.has(label)).map((image) => ({ image }));
  return {
    publish: String(decision.publish),
    stack: decision.publish ? decision.stack : "",
    environment: decision.publish ? decision.environment : "",
    apply: decision.publish ? decision.apply : "nothing",
    missing: String(built.size > 0),
    present: JSON.stringify(decision.publish ? excluded : []),
  };
}

function decisionJson(
  run: DecidedRun,
  decision: RunDecision,
  images: readonly ImageDecision[],
): string {
  const missing = images.some(({ build }) => build);
  return JSON.stringify({ ...run, ...decision, missing, images }, undefined, 2);
}

const APPLIED = {
  foundation: "up then applies all that the stack owns",
  images: "up then applies the stack, which owns images only",
  nothing: "a ref without a stack, so that nothing is applied",
} as const;

/** For people: what the run does, and image by image whether a job builds it. */
export function decisionText(
  run: DecidedRun,
  decision: RunDecision,
  images: readonly ImageDecision[],
): string {
  const left = decision.families
    .filter(({ publish }) => !publish)
    .map(({ family, reason }) => `  ${family}: ${reason}`);
  if (!decision.publish) return [`nothing is published: ${decision.reason}`, ...left].join("\n");
  const { stack, channel, environment, apply } = decision;
  const missing = images.filter(({ build }) => build).length;
  return [
    `${run.event} of ${run.ref} in ${run.repository}: channel ${channel}, stack ${stack}, environment ${environment}`,
    APPLIED[apply],
    ...(left.length > 0 ? ["not published by this run:", ...left] : []),
    "",
    table(images.map(({ image, build, reason }) => [image, build ? "build" : "there", reason])),
    "",
    `${images.length} ${images.length === 1 ? "image" : "images"}: ${images.length - missing} there, ${missing} to build`,
  ].join("\n");
}
