/** Prints what becomes of each fault of a registry at each step of a publish; ends with 1 when a name or content is lost. */
import { table } from "../../../cli/print/table.ts";
import { faults, publishUnder, steps } from "./fault-table.ts";
import { TwoRegistries } from "./two-registries.ts";

const two = await TwoRegistries.start();
const rows: string[][] = [["step", "on", ...Object.keys(faults)]];
let lost = 0;
try {
  for (const [step, asked] of Object.entries(steps)) {
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
console.log(table(rows));
console.log(`
How each run ended under a lasting fault of one of two registries: published in spite of it, or given up with this many of the
floating names moved. Whatever stood there, every name led to a whole image, and the next run made both registries equal.
${lost} of ${Object.keys(steps).length * Object.keys(faults).length} lost.`);
process.exitCode = lost === 0 ? 0 : 1;
