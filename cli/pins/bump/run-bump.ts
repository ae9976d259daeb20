import { resolve } from "node:path";
import { Registries } from "../../../oci/registries.ts";
import { formatRepository, type ImageReference } from "../../../rules/image-reference.ts";
import { UserError } from "../../../rules/problems.ts";
import { candidatePlaces } from "../../candidate/candidate-image.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { callerFolder, PROJECT_ROOT } from "../../project-root.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { DigestChecks } from "../digest-facts.ts";
import { fromLists, type KnownImages, knownImages } from "../known-images.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { RegistryLogins } from "../registry-logins.ts";
import { type BumpPlan, planBump } from "./plan.ts";
import { planJson, planText } from "./show.ts";
import { finishWriting, writeFiles } from "./write.ts";

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
  const root = options.root === undefined ? PROJECT_ROOT : resolve(callerFolder(), options.root);
  for (const path of await finishWriting(root)) {
    console.error(`${path}: written now, by a bump that was stopped in the middle`);
  }
  const stack = await readStack(await stackOrOwn(options.stack));
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

/** The plan for a tree and a stack: finds the pins, learns what is published, asks the registries. */
export async function bumpOf(
  root: string,
  stack: Stack,
  images: readonly string[],
  { to, images: list }: Pick<BumpOptions, "to" | "images">,
): Promise<BumpPlan> {
  const known = await listsFor(stack, to, list);
  const { managed, places } = await pinsOfTree(root, stack, known);
  const checks = new DigestChecks({ stack, known });
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
async function listsFor(stack: Stack, to: string, list: string | undefined): Promise<KnownImages> {
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
