import type { Dockerfile, Stage, View } from "./dockerfile.ts";

/**
 * Where a build's cache does not see the epoch: the lowest stage of each chain that has a RUN with no `ARG` of the epoch
 * before it, in its own lines or in those of a stage that it stands on. A RUN after the ARG has it in its environment and
 * so in the key of its cache, and what comes later builds on what it made.
 *
 * Where the text does not tell which stages are built, any ARG of that name counts.
 * @see https://docs.docker.com/reference/dockerfile/#impact-on-build-caching
 * @returns stages, none twice; the target's lowest one where no RUN is built and no stage declares the ARG
 */
export function stagesWithoutEpoch(
  dockerfile: Dockerfile,
  { chains }: View,
  arg: string,
): readonly Stage[] {
  if (chains === undefined) return dockerfile.args.has(arg) ? [] : dockerfile.stages.slice(0, 1);
  const isDeclared = (stage: Stage) => stage.argsBeforeRun.has(arg);
  const lowest = chains.map((chain) => chain.findLast((each) => each.runs || isDeclared(each)));
  const found = lowest.filter((stage) => stage !== undefined);
  if (found.length === 0) return chains[0]?.slice(-1) ?? [];
  return [...new Set(found.filter((stage) => !isDeclared(stage)))];
}
