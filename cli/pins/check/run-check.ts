import { pinFindings } from "../../../rules/pins/finding.ts";
import { type FindingSources, isFault } from "../../../rules/pins/finding-kind.ts";
import { newerImages } from "../../../rules/pins/newer-images.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { pinsAnnotations } from "../../print/pins-annotations.ts";
import { pinsCheckJson, pinsCheckText } from "../../print/pins-check.ts";
import { confirmedPlaces } from "../confirmed-places.ts";
import { DigestChecks } from "../digest-facts.ts";
import { fromLists, listsOrNone } from "../known-images.ts";
import { meantStack } from "../meant-stack.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { publishedImages } from "../published-images.ts";
import { type MeantPins, repeatedOptions } from "../repeated-options.ts";
import { rootFolder } from "../root-folder.ts";
import { factsOfPlaces } from "./place-facts.ts";

export interface PinsCheckOptions extends MeantPins {
  readonly offline: boolean;
  readonly json: boolean;
}

/**
 * Prints what is wrong with the pins of a tree.
 * @returns the exit code: 1 when something is
 */
export async function runPinsCheck(options: PinsCheckOptions): Promise<number> {
  const { offline, json } = options;
  const root = rootFolder(options.root);
  // Of a local cloud that is stopped the hosts are known; what is there is told as not checked.
  const stack = await meantStack(options.stack, { cloud: "is there" });
  const say = (line: string) => {
    if (!json) console.error(line);
  };
  const lists = await waited(say, "the published lists of images", () =>
    listsOrNone(stack, options, (line) => console.error(forLog(line))),
  );
  const channel = options.images === undefined ? stack.configuration.channel : undefined;
  const known = fromLists(lists, channel);
  const found = await pinsOfTree(root, stack, known, say);
  const checks = new DigestChecks({ stack, known, offline });
  const places = await confirmedPlaces(found.places, (reference) => checks.facts(reference));
  const tree = { ...found, places };
  const asked = await factsOfPlaces(tree, known, checks, offline ? () => undefined : say);
  const published = publishedImages(stack);
  const sources: FindingSources = {
    facts: asked.facts,
    latest: (image) => known.latest(image),
    isListed: (family) => known.all.some(({ image }) => image.split("/")[0] === family),
    platformsOf: (family) => stack.catalog.get(family)?.platforms,
    hostsOf: (family) => published.families.find(({ name }) => name === family)?.hosts ?? [],
    repeated: repeatedOptions(options),
    ...(tree.config.oldest !== undefined && { oldest: tree.config.oldest }),
    now: Date.now(),
  };
  // Whatever a digest is that only a name nearby tells of, and that nobody could be asked for: nothing is wrong with it.
  const certain = places.filter(({ nearby }) => nearby !== true);
  const unchecked = places
    .filter(({ nearby }) => nearby === true)
    .flatMap((place) => pinFindings([place], sources).filter((one) => !isFault(one)));
  const findings = [...pinFindings(certain, sources), ...unchecked];
  const newer = newerImages(certain, sources);
  const report = { ...tree, findings, newer, hosts: asked.hosts, offline, stack: stack.name };
  console.log(json ? pinsCheckJson(places, findings) : pinsCheckText(report));
  for (const line of pinsAnnotations(root, findings)) console.error(line);
  return findings.some(isFault) ? 1 : 0;
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
