/**
 * The fault tables: every fault of a registry at every step of a publication, from the build to the list of images. Exit
 * code 1 when anything was lost. It takes minutes: BuildKit tries again by its own, patient rules.
 *
 *   npm run faults
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { table } from "../../../cli/print/table.ts";
import { testCloud } from "../../support/cloud.ts";
import { faults, publishUnder, steps } from "../provider/fault-table.ts";
import { TwoRegistries } from "../provider/two-registries.ts";
import { FaultBench } from "./support/fault-run.ts";
import { faultRow, isKept } from "./support/fault-row.ts";
import { FAULTS, STEPS } from "./support/publication-steps.ts";

/** Publications under way at once; most of their time is waiting for BuildKit to try again. */
const LANES = 4;

const lost = (await printNames()) + (await printPublication());
process.exitCode = lost === 0 ? 0 : 1;

/** Content is there and gets its names, on two registries. */
async function printNames(): Promise<number> {
  const two = await TwoRegistries.start();
  const rows: string[][] = [["step", "on", ...Object.keys(faults)]];
  let lost = 0;
  try {
    for (const [step, asked] of Object.entries(steps)) {
      progress(`names: ${step}`);
      const cells: string[] = [];
      for (const [name, fault] of Object.entries(faults)) {
        try {
          const { published, moved } = await publishUnder(two, fault, asked);
          cells.push(published ? "published" : moved === 0 ? "old" : `${moved} of 4 new`);
        } catch (error) {
          lost++;
          cells.push("LOST");
          console.error(`${step}, ${name}: ${String(error)}`);
        }
      }
      rows.push([step, asked.registry, ...cells]);
    }
  } finally {
    await two.stop();
  }
  console.log(`Content gets its names on two registries, one of which fails until the run has ended

${table(rows)}

published: in spite of it; else the run gave up, with this many of the floating names moved. Every name led to a whole image
whatever stood there, and the next run made both registries equal. ${lost} of ${Object.keys(steps).length * Object.keys(faults).length} lost.
`);
  return lost;
}

/** An image is built and pushed, checked, named and recorded. */
async function printPublication(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-faults-"));
  const cloud = await testCloud();
  const cells = new Map<string, string>();
  let lost = 0;
  const waiting = STEPS.flatMap((step) => FAULTS.map((fault) => ({ step, fault })));
  const lane = async (bench: FaultBench): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { step, fault } = next;
      progress(`publication: ${step.name}, ${fault.name}`);
      const row = await faultRow(bench, step, fault);
      if (!isKept(row)) {
        lost++;
        console.error(`${step.name}, ${fault.name}: ${JSON.stringify(row)}`);
      }
      const end = row.error === undefined ? "published" : row.floating;
      cells.set(`${step.name} ${fault.name}`, isKept(row) ? end : "LOST");
    }
  };
  const benches: FaultBench[] = [];
  try {
    for (let number = 0; number < LANES; number += 1) {
      benches.push(await FaultBench.start(cloud, join(folder, String(number))));
    }
    await Promise.all(benches.map(lane));
  } finally {
    await Promise.all(benches.map((bench) => bench.stop()));
    await rm(folder, { recursive: true, force: true });
  }
  const rows = STEPS.map(({ name, by, registry }) => [
    ...[name, by, registry],
    ...FAULTS.map((fault) => cells.get(`${name} ${fault.name}`) ?? ""),
  ]);
  console.log(`The other steps from the build to the list of images, on the local ECR and docker.io

${table([["step", "by", "on", ...FAULTS.map(({ name }) => name)], ...rows])}

published: in spite of it; else the run gave up, with the floating names old or new. ${lost} of ${STEPS.length * FAULTS.length} lost.`);
  return lost;
}

function progress(line: string): void {
  if (process.stderr.isTTY) console.error(line);
}
