import { resolve } from "node:path";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../../rules/lifecycle.ts";
import { simulateLifecycle } from "../../../rules/lifecycle-simulation.ts";
import { type EcrImages, type GraphDigest, pinGraph } from "../../../rules/pins/graph.ts";
import { printable } from "../../../rules/printable.ts";
import { repositoryPath } from "../../../rules/registry-place.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { callerFolder, PROJECT_ROOT } from "../../project-root.ts";
import { publishedLists } from "../../retention/live-lists.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { fromLists } from "../known-images.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { readPinnedFile } from "../protect/pinned-digests-file.ts";

export interface GraphOptions {
  /** Relative to the caller's folder. */
  readonly root?: string;
  readonly stack?: string;
  readonly offline: boolean;
  readonly json: boolean;
}

/** How far ahead ECR's policy is followed. */
const AHEAD = 365 * 86_400_000;
const MOST_PLACES = 20;

/** Prints each digest with its users, its names and what keeps it. Returns the exit code. */
export async function runGraph(options: GraphOptions): Promise<number> {
  const root = options.root === undefined ? PROJECT_ROOT : resolve(callerFolder(), options.root);
  const stack = await readStack(await stackOrOwn(options.stack));
  const say = (line: string) => {
    if (!options.json) console.error(line);
  };
  const heartbeat = new Heartbeat(say);
  heartbeat.start("looking for pins, lists and images");
  try {
    const [pinned, { lists }, ecr] = await Promise.all([
      readPinnedFile(stack.name),
      options.offline ? { lists: [] } : publishedLists(stack),
      options.offline ? new Map<string, EcrImages>() : ecrImages(stack, say),
    ]);
    const known = fromLists(lists, stack.configuration.channel);
    const { places } = await pinsOfTree(root, stack, known);
    const graph = pinGraph({ places, pinned, lists, ecr });
    if (options.json) console.log(JSON.stringify(graph, undefined, 2));
    else console.log(graph.length === 0 ? "no digest is used" : graph.map(textOf).join("\n"));
    return 0;
  } finally {
    heartbeat.stop();
  }
}

async function ecrImages(
  { configuration, families, ...stack }: Stack,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, EcrImages>> {
  const onEcr = families.filter(({ registries }) => registries.includes("ecr"));
  const found = new Map<string, EcrImages>();
  if (onEcr.length === 0) return found;
  const { ecrListing, ecrOf } = await import("../../retention/ecr-listing.ts");
  const ecr = ecrOf({ configuration, families, ...stack });
  const policy = lifecyclePolicy(KEEP_PINNED_CONTENT);
  for (const { name } of onEcr) {
    const path = repositoryPath(configuration.owner, name);
    const { images } = await ecrListing(ecr, configuration.awsAccountId, path, say);
    const removals = simulateLifecycle(policy, images, Date.now() + AHEAD);
    found.set(name, { images, removals });
  }
  ecr.destroy();
  return found;
}

function textOf(node: GraphDigest): string {
  const { image, digest, places, users, seen, channels, names } = node;
  const shown = places
    .slice(0, MOST_PLACES)
    .map(({ file, line }) => `${printable(file, 300)}:${line}`);
  const more = places.length - shown.length;
  return [
    `${image} ${digest}`,
    ...shown.map((place) => `  used in   ${place}`),
    ...(more > 0 ? [`  used in   ${more} more places; --json lists them`] : []),
    ...users.map((user) => `  used by   ${printable(user, 300)}, seen ${seen ?? "never"}`),
    ...channels.map((channel) => `  published by channel ${channel}`),
    ...names.map((name) => `  called    ${name}`),
    `  retention ${retentionText(node)}`,
  ].join("\n");
}

function retentionText({ ecr }: GraphDigest): string {
  if (ecr === undefined) return "nothing deletes it: ECR does not carry it, or was not asked";
  switch (ecr.state) {
    case "kept":
      return ecr.by === "pin"
        ? "kept on ECR by its pin- name"
        : "nothing takes it from ECR for a year";
    case "goes":
      return `goes from ECR within a year: ${ecr.rule}`;
    case "absent":
      return "not on ECR";
  }
}
