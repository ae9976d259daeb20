import { join } from "node:path";
import { execa } from "execa";
import { readCatalog } from "../catalog.ts";
import { measure } from "./measure.ts";

const ROOT = join(import.meta.dirname, "..");
const LAUNCHER = join(ROOT, "bin/launch.js");
const TIMES = 5;

/**
 * `up` of stack local with nothing changed, beside what does the same without a state: building every image of the
 * catalogue again on the same BuildKit. Both as whole processes, on a running local cloud.
 */
export async function upBenchmark(): Promise<string> {
  await execa(process.execPath, [LAUNCHER, "cli/main.ts", "local", "up"], { stdio: "ignore" });
  const args = ["cli/main.ts", "up", "--stack", "local", "--engine", "embedded", "--json"];
  const { stdout } = await execa(process.execPath, [LAUNCHER, ...args]);
  const { changes } = JSON.parse(stdout) as { changes: { same: number } & Record<string, number> };
  const { same, ...others } = changes;
  const changed = Object.values(others).reduce((sum, count) => sum + count, 0);
  const up = await measure(LAUNCHER, args, TIMES);
  const rebuild = await rebuildSeconds();
  return [
    `up of stack local with nothing changed (${same} resources the same, ${changed} changed), median of ${TIMES}`,
    `  slipway up                    ${up.seconds.toFixed(2)} s   ${up.megabytes.toFixed(0)} MB`,
    `  building all images again     ${rebuild.toFixed(2)} s`,
    `  ratio                         ${(up.seconds / rebuild).toFixed(2)}`,
  ].join("\n");
}

/** Seconds of `slipway build --stand-ins` for each family in turn. */
async function rebuildSeconds(): Promise<number> {
  let total = 0;
  for (const family of (await readCatalog()).keys()) {
    const args = [
      "cli/main.ts",
      "build",
      family,
      "--stand-ins",
      "--output",
      join(ROOT, ".slipway", "bench"),
    ];
    total += (await measure(LAUNCHER, args, 1)).seconds;
  }
  return total;
}
