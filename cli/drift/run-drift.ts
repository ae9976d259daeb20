import { writeFile } from "node:fs/promises";
import type { Configuration } from "../../rules/configuration.ts";
import { type DriftReport, isClean } from "../../rules/drift-report.ts";
import type { EngineName } from "../engine-choice.ts";
import { outputFile } from "../named-file.ts";
import { driftText, outcomeWords } from "../print/drift-text.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { Checkout } from "../publishing/checkout.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";
import { lookAtBases } from "./bases-look.ts";
import { askAll, type DriftQuestion } from "./look.ts";
import { noStackOfRepository } from "./own-stack.ts";
import { lookByPreview } from "./preview-look.ts";
import { lookAtRetention } from "./retention-look.ts";
import { lookAtSecrets } from "./secrets-look.ts";
import { lookAtWorkflows } from "./workflows-look.ts";

export interface DriftOptions {
  /** In GitHub Actions that of the run without it, else `local`. */
  readonly stack?: string;
  readonly engine: EngineName | "auto";
  /** File that the report is written to, relative to the caller's folder. */
  readonly output?: string;
  readonly json?: boolean;
}

/**
 * Looks whether everything is as a stack declares it, writes and prints what was found.
 * @returns the exit code: 0 where everything was asked and nothing found, else 1
 * @throws ProblemsError when the stack's file is wrong: there is nothing to compare with then
 */
export async function runDrift({ json = false, ...options }: DriftOptions): Promise<number> {
  const say = json ? () => undefined : (line: string) => console.error(line);
  const file = options.output === undefined ? undefined : outputFile("--output", options.output);
  const none = options.stack === undefined ? await noStackOfRepository() : undefined;
  if (none !== undefined) {
    console.error(none);
    return 0;
  }
  const stack = await stackOrOwn(options.stack);
  const { configuration } = await stackConfiguration(stack);
  const checks = await askAll(questions(stack, configuration, options.engine, say), {
    onStart: (check) => say(`${check}: looking`),
    onEnd: (found, seconds) =>
      say(`${found.check}: ${outcomeWords(found)} (${seconds.toFixed(1)} s)`),
    onFault: (error) => console.error(error),
  });
  const report: DriftReport = {
    version: 1,
    stack,
    repository: `${configuration.owner}/${configuration.repository}`,
    commit: (await Checkout.open(PROJECT_ROOT))?.head ?? null,
    lookedAt: new Date().toISOString(),
    checks: [...checks],
  };
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (file !== undefined) await writeFile(file, text);
  if (json) process.stdout.write(text);
  else console.log(driftText(report));
  return isClean(report) ? 0 : 1;
}

function questions(
  stack: string,
  {
    owns,
    families,
    local,
    standIns,
  }: Pick<Configuration, "owns" | "families" | "local" | "standIns">,
  engine: DriftOptions["engine"],
  say: (line: string) => void,
): readonly DriftQuestion[] {
  const inner = (line: string) => say(`  ${line}`);
  const all: readonly DriftQuestion[] = [
    { check: "preview", ask: () => lookByPreview(stack, engine, inner) },
    { check: "secrets", ask: () => lookAtSecrets(stack, inner) },
    { check: "bases", ask: () => lookAtBases(families, inner) },
    { check: "retention", ask: () => lookAtRetention(stack, inner) },
    { check: "workflows", ask: () => lookAtWorkflows(inner) },
  ];
  return all.filter(({ check }) => {
    // They are those of the stack that owns the environments.
    if (check === "secrets") return owns === "all";
    // Nothing of it is built on the bases that image.yaml names.
    if (check === "bases") return !standIns;
    // A rehearsal on one machine asks nobody else.
    return check !== "workflows" || !local;
  });
}
