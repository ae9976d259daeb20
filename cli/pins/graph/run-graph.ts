import { formatRepository } from "../../../rules/image-reference.ts";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import { pinGraph, type UsedDigest, usedDigests } from "../../../rules/pins/graph.ts";
import { managedImages } from "../../../rules/pins/managed-images.ts";
import { registryHost } from "../../../rules/registry-place.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { pinsGraphText } from "../../print/pins-graph.ts";
import { wantedImages } from "../bump/targets.ts";
import { confirmedPlaces } from "../confirmed-places.ts";
import { DigestChecks } from "../digest-facts.ts";
import { fromLists, listsOrNone } from "../known-images.ts";
import { meantStack } from "../meant-stack.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { readPinnedFile } from "../protect/pinned-digests-file.ts";
import { publishedImages } from "../published-images.ts";
import type { MeantPins } from "../repeated-options.ts";
import { rootFolder } from "../root-folder.ts";
import { pinsFileOf } from "../tree/pins-file.ts";
import { ecrImages } from "./ecr-images.ts";

export interface GraphOptions extends MeantPins {
  readonly offline: boolean;
  readonly json: boolean;
}

/**
 * Prints each digest with its users, its names and what keeps it. Returns the exit code.
 * @param images labels, families or `host/path` of the images that are meant; all without any
 */
export async function runGraph(images: readonly string[], options: GraphOptions): Promise<number> {
  const { offline, json } = options;
  const root = rootFolder(options.root);
  // Of a local cloud that is stopped the hosts are known; what is there is told as not asked.
  const stack = await meantStack(options.stack, { cloud: "is there" });
  const pinned = await readPinnedFile(stack.name);
  const managed = managedImages(publishedImages(stack), (await pinsFileOf(root)).images);
  const only = wantedImages(images, managed);
  const say = (line: string) => {
    if (!json) console.error(line);
  };
  const heartbeat = new Heartbeat(say);
  heartbeat.start("looking for pins, lists and images");
  try {
    const lists = await listsOrNone(stack, options, (line) => console.error(forLog(line)));
    const known = fromLists(lists, stack.configuration.channel);
    const checks = new DigestChecks({ stack, known, offline });
    const found = await pinsOfTree(root, stack, known);
    const places = await confirmedPlaces(found.places, (reference) => checks.facts(reference));
    const used = usedDigests({
      ...{ places, pinned, lists, managed },
      ...(only.length > 0 && { only }),
    });
    const ecrHost = registryHost("ecr", stack.configuration, stack.cloud);
    const carried = managed.repositories.filter(({ host, path }) => {
      return (
        host === ecrHost && used.some((one) => one.repositories.some((at) => at.path === path))
      );
    });
    const [facts, ecr] = await Promise.all([
      offline ? new Map<string, DigestFacts>() : factsOf(used, checks),
      offline
        ? new Map(carried.map(({ path }) => [path, { unasked: "--offline" }]))
        : ecrImages(stack, carried, say),
    ]);
    const graph = pinGraph(used, { facts, ecrHost, ecr });
    const unknown = places.filter(
      ({ image, digest, repository }) =>
        digest !== undefined && image === undefined && repository?.published !== false,
    ).length;
    const report = { graph, unknown, only, stack: stack.name, managed, offline };
    console.log(json ? JSON.stringify(graph, undefined, 2) : pinsGraphText(report));
    return 0;
  } finally {
    heartbeat.stop();
  }
}

/** What registries say of each digest where its users look for it, by `host/path@digest`. */
async function factsOf(
  used: readonly UsedDigest[],
  checks: DigestChecks,
): Promise<ReadonlyMap<string, DigestFacts>> {
  const wanted = used.flatMap(({ digest, repositories }) =>
    repositories.map((one) => ({ ...one, digest })),
  );
  return new Map(
    await Promise.all(
      wanted.map(async (one) => {
        return [`${formatRepository(one)}@${one.digest}`, await checks.facts(one)] as const;
      }),
    ),
  );
}
