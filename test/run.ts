/**
 * The whole check: types, lint, format and tests, each with the time it took.
 *
 *   npm test             everything; integration tests on a local cloud of their own
 *   npm run test:unit    only the tests that need no service and take a moment; on every core
 */
import { glob } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import type { Stats } from "mocha";
import mochaOptions from "../.mocharc.json" with { type: "json" };

// Under CI several libraries print colour into a file unless told not to.
if (!process.stdout.isTTY) process.env["NO_COLOR"] = "1";
const { default: Mocha } = await import("mocha");

const root = join(import.meta.dirname, "..");
/** Folders whose tests start services or other programs for more than a moment, or ask about every change of a document. */
const SLOW = ["test/access/", "test/integration/", "test/live/"];

const { values: options } = parseArgs({ options: { unit: { type: "boolean", default: false } } });

/** Runs one step and says how long it took; its output is shown when it fails. */
async function step(name: string, script: string, args: readonly string[]): Promise<boolean> {
  const started = performance.now();
  const { failed, all } = await execa(process.execPath, [join(root, script), ...args], {
    cwd: root,
    all: true,
    reject: false,
  });
  report(name, started, !failed);
  if (failed) console.log(all);
  return !failed;
}

function report(name: string, started: number, ok: boolean): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name.padEnd(12)} ${ok ? "ok" : "FAILED"}  ${seconds} s`);
}

async function testFiles(areSlow: boolean): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob("test/**/*.test.ts", { cwd: root })) {
    if (SLOW.some((folder) => file.startsWith(folder)) === areSlow) files.push(file);
  }
  return files.sort();
}

/** What failed, for the end of the output: a long log may be cut off before the place where mocha says it. */
const failures: string[] = [];

/** @param parallel a process for each core, each with files of its own; else one file after the other in this process */
async function tests(files: readonly string[], parallel: boolean): Promise<Stats> {
  const mocha = new Mocha({ ...mochaOptions, reporter: "spec", jobs: availableParallelism() });
  for (const file of files) mocha.addFile(join(root, file));
  if (parallel) mocha.parallelMode();
  else await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats ?? fail("mocha kept no statistics")));
    runner.on("fail", (test, error: unknown) => {
      // One from another process is no Error any more.
      const { message = "" } = error as Partial<Error>;
      failures.push(`${test.fullTitle()}: ${message.split("\n", 3).join(" ")}`);
    });
  });
}

function fail(message: string): never {
  throw new Error(message);
}

const checks: (() => Promise<boolean>)[] = options.unit
  ? []
  : [
      () => step("types", "node_modules/typescript/bin/tsc", []),
      () => step("lint", "node_modules/eslint/bin/eslint.js", ["."]),
      () =>
        step("format", "node_modules/prettier/bin/prettier.cjs", [
          "--check",
          "--log-level",
          "warn",
          ".",
        ]),
    ];
if (checks.length > 0) {
  console.log(`checking     types, lint and format on ${availableParallelism()} cores`);
}
const checked = await Promise.all(checks.map((check) => check()));

const started = performance.now();
const stats = [await tests(await testFiles(false), true)];
// They share one local cloud.
if (!options.unit) stats.push(await tests(await testFiles(true), false));
const count = (of: "passes" | "failures" | "pending" | "tests") =>
  stats.reduce((sum, one) => sum + one[of], 0);
report("tests", started, count("failures") === 0);
for (const failure of failures) console.log(`  failed     ${failure}`);
console.log(`${count("passes")} passed, ${count("failures")} failed, ${count("pending")} skipped`);
process.exitCode =
  checked.every(Boolean) && count("failures") === 0 && stats.every((one) => one.tests > 0) ? 0 : 1;
