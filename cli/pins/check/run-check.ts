import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pinFindings } from "../../../rules/pins/finding.ts";
import { isFault } from "../../../rules/pins/finding-kind.ts";
import { UserError } from "../../../rules/problems.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { pinsAnnotations } from "../../print/pins-annotations.ts";
import { pinsCheckJson, pinsCheckText } from "../../print/pins-check.ts";
import { callerFolder, PROJECT_ROOT } from "../../project-root.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { DigestChecks } from "../digest-facts.ts";
import { fromLists, knownImages, type KnownImages } from "../known-images.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { factsOfPlaces } from "./place-facts.ts";

export interface PinsCheckOptions {
  /** Relative to the caller's folder. */
  readonly root?: string;
  readonly stack?: string;
  /** A file, or where a list is published. */
  readonly images?: string;
  readonly offline: boolean;
  readonly json: boolean;
}

/**
 * Prints what is wrong with the pins of a tree.
 * @returns the exit code: 1 when something is
 */
export async function runPinsCheck(options: PinsCheckOptions): Promise<number> {
  const { offline, json } = options;
  const root = rootOf(options.root);
  const stack = await readStack(await stackOrOwn(options.stack));
  const say = (line: string) => {
    if (!json) console.error(line);
  };
  const known = await waited(say, "the published lists of images", () =>
    knownOrNone(stack, options),
  );
  const tree = await pinsOfTree(root, stack, known, say);
  const checks = new DigestChecks({ stack, known, offline });
  const asked = await factsOfPlaces(tree, known, checks, offline ? () => undefined : say);
  const findings = pinFindings(tree.places, {
    facts: asked.facts,
    latest: (image) => known.latest(image),
    isListed: (family) => known.all.some(({ image }) => image.split("/")[0] === family),
    platformsOf: (family) => stack.catalog.get(family)?.platforms,
    ...(tree.config.oldest !== undefined && { oldest: tree.config.oldest }),
    now: Date.now(),
  });
  if (json) console.log(pinsCheckJson(tree.places, findings));
  else console.log(pinsCheckText({ ...tree, findings, hosts: asked.hosts, offline }));
  for (const line of pinsAnnotations(root, findings)) console.error(line);
  return findings.some(isFault) ? 1 : 0;
}

/** @throws UserError when it is no folder */
function rootOf(given: string | undefined): string {
  if (given === undefined) return PROJECT_ROOT;
  const root = resolve(callerFolder(), given);
  if (given !== "" && statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) {
    return root;
  }
  throw new UserError(
    `--root ${JSON.stringify(given)}: there is no folder ${root}; check the path`,
  );
}

/** Without the stack's lists less is known, and the pins can be checked all the same; a list that is named has to be there. */
async function knownOrNone(
  stack: Stack,
  { images, offline }: Pick<PinsCheckOptions, "images" | "offline">,
): Promise<KnownImages> {
  try {
    return await knownImages(stack, { offline, ...(images !== undefined && { images }) });
  } catch (error) {
    if (images !== undefined || !(error instanceof UserError)) throw error;
    const [reason = ""] = error.message.split("\n");
    const note =
      "without the published lists of images less is known of which digest is the newest";
    console.error(forLog(`note: ${note} (--images names one): ${reason}`));
    return fromLists([]);
  }
}

/** Says that something is waited for when it takes long. */
async function waited<T>(
  say: (line: string) => void,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const heartbeat = new Heartbeat(say);
  heartbeat.start(what);
  try {
    return await work();
  } finally {
    heartbeat.stop();
  }
}
