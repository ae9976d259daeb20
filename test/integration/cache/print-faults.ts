/**
 * The fault table of the image cache: every fault under readers that hash all they read. Exit code 1 when anything was lost.
 * It takes minutes; as root it tries full disks, too.
 *
 *   npm run cache-faults
 *   npm run cache-faults -- kill registry     only some of its parts
 */
import { randomInt } from "node:crypto";
import pLimit from "p-limit";
import { table } from "../../../cli/print/table.ts";
import { CACHE_STEPS, type CacheStep } from "../../../cli/cache/store/steps.ts";
import { damageTrials, fileSystemTrials, fullDiskTrials } from "./support/disk-rows.ts";
import type { FaultRow, FaultTrial } from "./support/fault-row.ts";
import { FaultTally } from "./support/fault-tally.ts";
import { HOSTILE_IMAGES, HOSTILE_LISTS, HostileBench } from "./support/hostile-rows.ts";
import { KillBench, MIXES, type Mix } from "./support/kill-rows.ts";
import { memoryTrial, resumeTrial, writersTrial } from "./support/load-rows.ts";
import { REGISTRY_FAULTS, registryTrial } from "./support/registry-rows.ts";

/** Random moments at which each kind of run is killed. */
const MOMENTS = 50;
/** Of these the runs that must not have been done before, or little was tried. */
const LEAST_KILLED = 25;

/** Parts of the table by name; each prints its own and returns the number of rows that were lost. */
const PARTS: Readonly<Record<string, () => Promise<number>>> = {
  kill: printKills,
  moments: printMoments,
  registry: () =>
    printTrials(
      "Registries fail or lie while a channel is refreshed",
      [
        ...REGISTRY_FAULTS.filter(({ isSlow }) => isSlow === true),
        ...REGISTRY_FAULTS.filter(({ isSlow }) => isSlow !== true),
      ].flatMap((fault) => [registryTrial(fault, "first"), registryTrial(fault, "both")]),
    ),
  hostile: printHostile,
  disk: async () =>
    printTrials("Disks are full, several, or give back other bytes", [
      ...(await fullDiskTrials()),
      ...(await fileSystemTrials()),
      ...damageTrials(),
    ]),
  load: async () =>
    printTrials(
      "Many runs at once, and large layers",
      [writersTrial(), resumeTrial(), memoryTrial(3072)],
      1,
    ),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`${unknown.join(", ")}: no part; there are ${Object.keys(PARTS).join(", ")}`);
  process.exit(2);
}
let lost = 0;
for (const [name, print] of Object.entries(PARTS)) {
  if (asked.length === 0 || asked.includes(name)) lost += await print();
}
console.log(lost === 0 ? "No row was lost." : `${lost} rows were LOST.`);
process.exitCode = lost === 0 ? 0 : 1;

/** Kills a run at each step that it comes by, the first time and the last. */
async function printKills(): Promise<number> {
  const cells = new Map<CacheStep, Map<Mix, string>>();
  const tally = new FaultTally();
  await inEachMix(async (mix, kills) => {
    for (const [step, times] of await kills.steps(mix)) {
      const ends: string[] = [];
      for (const time of new Set([1, times])) {
        const name = `${mix} killed at ${step}, ${time} of ${times}`;
        const row = await tally.row(name, () => kills.row(mix, { step, time }));
        ends.push(row === undefined ? "LOST" : row.readers === "" ? "whole" : row.readers);
      }
      const ofStep = cells.get(step) ?? new Map<Mix, string>();
      ofStep.set(mix, ends.join(", "));
      cells.set(step, ofStep);
    }
  });
  const rows = CACHE_STEPS.map((step) => [
    step,
    ...MIXES.map((mix) => cells.get(step)?.get(mix) ?? ""),
  ]);
  console.log(`Runs are killed at a step, the first time that they come by it and the last

${table([["step", ...MIXES], ...rows])}

old, new: what readers saw from the kill until the next run; empty where a run does not come by. ${cells.size} steps of ${CACHE_STEPS.length}.
${tally.text()}
`);
  const untried = CACHE_STEPS.filter((step) => !cells.has(step));
  if (untried.length === 0) return tally.lost;
  console.error(`LOST: no run was killed at ${untried.join(", ")}`);
  return tally.lost + 1;
}

async function printMoments(): Promise<number> {
  const rows: string[][] = [
    ["run", "takes ms", "killed", "done before", "old", "new", "old and new"],
  ];
  const tally = new FaultTally();
  await inEachMix(async (mix, kills) => {
    const duration = await kills.duration(mix);
    const done: Omit<FaultRow, "name">[] = [];
    for (let count = 1; count <= MOMENTS; count += 1) {
      const after = randomInt(Math.max(2, Math.ceil(duration)));
      const row = await tally.row(`${mix} killed after ${after} ms`, () =>
        kills.row(mix, { after }),
      );
      if (row !== undefined) done.push(row);
    }
    const count = (value: string): string =>
      String(done.filter(({ end, readers }) => end === value || readers === value).length);
    if (Number(count("killed")) < LEAST_KILLED) {
      tally.lost += 1;
      console.error(`LOST: ${mix}: ${count("killed")} runs were killed, and not ${LEAST_KILLED}`);
    }
    rows.push([
      mix,
      duration.toFixed(0),
      ...["killed", "was done before", "old", "new", "old and new"].map(count),
    ]);
  });
  console.log(`Runs are killed at ${MOMENTS} random moments each

${table(rows)}

${tally.text()}
`);
  return tally.lost;
}

async function inEachMix(work: (mix: Mix, kills: KillBench) => Promise<void>): Promise<void> {
  const limit = pLimit(2);
  await Promise.all(
    MIXES.map((mix) =>
      limit(async () => {
        const kills = await KillBench.start();
        try {
          await work(mix, kills);
        } finally {
          await kills.stop();
        }
      }),
    ),
  );
}

async function printHostile(): Promise<number> {
  const hostile = await HostileBench.start();
  try {
    return await printTrials(
      "Images and lists that were made to break it",
      [
        ...HOSTILE_IMAGES.map((image) => ({ ...image, run: () => hostile.image(image) })),
        ...HOSTILE_LISTS.map((list) => ({
          name: `in the list: ${list.name}`,
          run: () => hostile.list(list),
        })),
      ],
      1,
    );
  } finally {
    await hostile.stop();
  }
}

/** @param lanes trials at once */
async function printTrials(
  title: string,
  trials: readonly FaultTrial[],
  lanes = 2,
): Promise<number> {
  const limit = pLimit(lanes);
  const tally = new FaultTally();
  const rows = await Promise.all(
    trials.map((trial) =>
      limit(async () => {
        if (trial.skip !== undefined) return [trial.name, "", "", `skipped: ${trial.skip}`];
        const row = await tally.row(trial.name, () => trial.run());
        if (row === undefined) return [trial.name, "LOST", "", ""];
        return [trial.name, row.readers, row.rounds === 0 ? "" : String(row.rounds), row.end];
      }),
    ),
  );
  console.log(`${title}

${table([["fault", "readers saw", "rounds", "the run"], ...rows])}

${tally.text()}
`);
  return tally.lost;
}
