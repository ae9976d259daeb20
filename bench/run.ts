/**
 * Benchmarks, each side by side with its alternative in one run.
 *
 *   npm run bench             all
 *   npm run bench -- plan     only those whose name begins so
 */
import { cacheBenchmark } from "./cache.ts";
import { imageBenchmark } from "./image.ts";
import { keysBenchmark } from "./keys.ts";
import { pinsBenchmark } from "./pins.ts";
import { planBenchmark } from "./plan.ts";
import { publishBenchmark } from "./publish.ts";
import { scanBenchmark } from "./scan.ts";
import { upBenchmark } from "./up.ts";

const benchmarks = {
  plan: planBenchmark,
  publish: publishBenchmark,
  up: upBenchmark,
  keys: keysBenchmark,
  image: imageBenchmark,
  cache: cacheBenchmark,
  pins: pinsBenchmark,
  scan: scanBenchmark,
};

const [only = ""] = process.argv.slice(2);
for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (name.startsWith(only)) console.log(`${await benchmark()}\n`);
}
