/*
 * Whether a run did what its workflow says and nothing else, whatever texts it was given: a file that any injection would make,
 * and all by which a step tells the runner something.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readPairs } from "./command-files.ts";
import type { ProcessTrace, WorkflowTrace } from "./trace.ts";

/** What an injection would make, in whatever folder it ran. */
export const CANARY = `slipway-canary-${process.pid}`;

/** Commands that make it, each for another place in a shell's text; git takes them in names of branches. */
export const INJECTIONS = {
  "in words or double quotes": `$(touch\${IFS}${CANARY})\`touch\${IFS}${CANARY}\``,
  "after single quotes": `';touch\${IFS}${CANARY};'`,
  "after double quotes": `";touch\${IFS}${CANARY};"|touch\${IFS}${CANARY}&>${CANARY}`,
} as const;

/** Outputs that a step of the shipped workflows may set, by its name. */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  Plan: ["code"],
  "Find the base": ["commit"],
  "Find the stack": ["stack"],
  Decide: ["publish", "stack", "environment", "apply", "missing", "present"],
};
/** The step that puts one folder on PATH. */
const SETUP = "Install slipway";
/** What GitHub's runner takes for a command of its own. @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
const COMMAND = /^\s*::|##\[/m;
/** Steers a terminal; tabs and ends of lines do not. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;

/**
 * @param folder absolute path of all that the run's jobs left
 */
export async function assertUntouched(trace: WorkflowTrace, folder: string): Promise<void> {
  const { stdout } = await execa("find", [
    folder,
    process.cwd(),
    "-name",
    `${CANARY}*`,
    "-not",
    "-path",
    "*/.git/*",
  ]);
  assert.equal(stdout, "", "something ran");
  for (const { name, processes, summary } of trace.jobs) {
    assert.equal(summary, "", `summary of ${name}`);
    for (const one of processes) await assertSilent(one, `${name}, ${one.step}`);
  }
}

async function assertSilent({ step, env, output }: ProcessTrace, where: string): Promise<void> {
  const file = async (name: string) => readFile(env[name] ?? "", "utf8");
  const outputs = [...readPairs(await file("GITHUB_OUTPUT")).keys()];
  assert.deepEqual(
    outputs.filter((key) => OUTPUTS[step]?.includes(key) !== true),
    [],
    `outputs of ${where}`,
  );
  assert.equal(await file("GITHUB_ENV"), "", `environment of ${where}`);
  const folders = (await file("GITHUB_PATH")).split("\n").filter((line) => line !== "");
  assert.equal(folders.length, step === SETUP ? 1 : 0, `PATH of ${where}`);
  for (const path of folders) assert.ok(path.startsWith(env["GITHUB_WORKSPACE"] ?? "?"), path);
  assert.doesNotMatch(output, COMMAND, `log of ${where}`);
  assert.doesNotMatch(output, CONTROL, `log of ${where}`);
  assert.doesNotMatch(output, /fault of Slipway|^ {4}at /m, `log of ${where}`);
}

/** Folder of all runs of a project. */
export function runsFolder({ home }: { readonly home: string }): string {
  return join(home, "runs");
}
