import { Registries } from "../../../oci/registries.ts";
import { formatRepository, type ImageReference } from "../../../rules/image-reference.ts";
import { UserError } from "../../../rules/problems.ts";
import { managedImages } from "../../../rules/pins/managed-images.ts";
import { candidatePlaces } from "../../candidate/candidate-image.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import type { Stack } from "../../stack.ts";
import { confirmedPlaces } from "../confirmed-places.ts";
import { DigestChecks } from "../digest-facts.ts";
import { fromLists, type KnownImages, knownImages } from "../known-images.ts";
import { meantStack } from "../meant-stack.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { publishedImages } from "../published-images.ts";
import { RegistryLogins } from "../registry-logins.ts";
import { rootFolder } from "../root-folder.ts";
import { pinsFileOf } from "../tree/pins-file.ts";
import { type BumpPlan, planBump } from "./plan.ts";
import { planJson, planText } from "./show.ts";
import { checkRequest } from "./targets.ts";
import { finishWriting, isUnfinished, writeFiles } from "./write.ts";

export interface BumpOptions {
  readonly to: string;
  /** A file, or where a list is published. */
  readonly images?: string;
  /** Relative to the caller's folder. */
  readonly root?: string;
  readonly stack?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Moves pins and prints the difference. Returns the exit code. */
export async function runBump(images: readonly string[], options: BumpOptions): Promise<number> {
  const root = rootFolder(options.root);
  if (options.dryRun) await tellUnfinished(root);
  else await finish(root);
  const stack = await meantStack(options.stack, { cloud: "runs" });
  const heartbeat = new Heartbeat((line) => {
    if (!options.json) console.error(line);
  });
  heartbeat.start("looking for pins, and for what they are to be");
  let plan: BumpPlan;
  try {
    plan = await bumpOf(root, stack, images, options);
  } finally {
    heartbeat.stop();
  }
  if (!options.dryRun) await writeFiles(root, plan.files);
  if (options.json) console.log(JSON.stringify(planJson(plan), undefined, 2));
  else process.stdout.write(planText(plan, options.dryRun));
  return plan.left.every(({ held }) => held) ? 0 : 1;
}

async function finish(root: string): Promise<void> {
  const { written, left } = await finishWriting(root);
  for (const path of written) {
    console.error(forLog(`${path}: written now, by a bump that was stopped in the middle`));
  }
  for (const path of left) {
    console.error(
      forLog(`${path}: left as it is, since it is another one than when a bump was stopped`),
    );
  }
}

async function tellUnfinished(root: string): Promise<void> {
  if (!(await isUnfinished(root))) return;
  console.error("A bump was stopped in the middle here; the next one without --dry-run ends it.");
}

/** The plan for a tree and a stack: finds the pins, learns what is published, asks the registries. */
export async function bumpOf(
  root: string,
  stack: Stack,
  images: readonly string[],
  { to, images: list }: Pick<BumpOptions, "to" | "images">,
): Promise<BumpPlan> {
  const { images: listed } = await pinsFileOf(root);
  checkRequest({ images, to }, managedImages(publishedImages(stack), listed));
  const known = await listsFor(stack, to, list);
  const found = await pinsOfTree(root, stack, known);
  const { managed } = found;
  const checks = new DigestChecks({ stack, known });
  const places = await confirmedPlaces(found.places, (reference) => checks.facts(reference));
  const logins = new RegistryLogins(stack);
  return planBump({
    ...{ root, images, to, managed, places, known },
    candidatePlaces: stack.families.flatMap(({ name }) =>
      candidatePlaces(stack, name).map(({ repository }) => repository),
    ),
    facts: (reference) => checks.facts(reference),
    digestOf: (reference) => digestOfTag(reference, logins),
    today: new Date().toISOString().slice(0, "2026-11-21".length),
  });
}

/**
 * The published lists. Whoever writes a digest needs none to know what is meant: without lists it is done all the same, and said.
 * @throws UserError when what the request means is in a list that cannot be had
 */
export async function listsFor(
  stack: Stack,
  to: string,
  list: string | undefined,
): Promise<KnownImages> {
  if (list !== undefined) return knownImages(stack, { offline: false, images: list });
  try {
    return await knownImages(stack, { offline: false });
  } catch (error) {
    if (!(error instanceof UserError) || !/(?:^|@)sha256:[0-9a-f]{64}$/.test(to)) throw error;
    console.error(
      forLog(
        `The published lists cannot be had, and --to needs none; digests without a name may stay: ${error.message}`,
      ),
    );
    return fromLists([]);
  }
}

async function digestOfTag(
  { tag, ...repository }: ImageReference,
  logins: RegistryLogins,
): Promise<string | undefined> {
  const login = await logins.of(repository.host);
  const credentials = login === undefined ? {} : { [repository.host]: login };
  const name = formatRepository(repository);
  return new Registries().repository(name, credentials, "pull").manifests.digest(tag ?? "latest");
}
