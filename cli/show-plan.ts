import type { Registration } from "../engine/monitor.ts";
import type { RunResult } from "../engine/events.ts";
import type { Judgement } from "../policy/judgement.ts";
import { runEmbedded } from "./embedded.ts";

export interface PlanOptions {
  readonly stack: string;
  readonly properties: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  /** Whether the policies judge the plan. */
  readonly policies?: boolean;
}

/**
 * Plans a stack and prints it in the form asked for, with what the policies say of it.
 * @returns the exit code: 1 when the plan failed or breaks a policy that is not advice alone
 */
export async function showPlan(options: PlanOptions): Promise<number> {
  const started = performance.now();
  const declared: Registration[] = [];
  const result = await runEmbedded(options.stack, "plan", {
    onDeclared: (one) => declared.push(one),
  });
  const seconds = (performance.now() - started) / 1000;
  // Half a stack lacks what only the other half declares.
  const judgement = options.policies === true && result.ok ? await judgePlan(declared) : undefined;
  await print(options, result, seconds, judgement);
  return result.ok && judgement?.refused !== true ? 0 : 1;
}

interface Judged extends Judgement {
  /** Whether an update would be ended. */
  readonly refused: boolean;
}

async function judgePlan(declared: readonly Registration[]): Promise<Judged> {
  const [{ policies }, { judge }, { enforcement }, { policyResources }] = await Promise.all([
    import("../policy/all.ts"),
    import("../policy/judgement.ts"),
    import("../policy/policy.ts"),
    import("./policy-resources.ts"),
  ]);
  const judgement = judge(policies, policyResources(declared));
  const refused = judgement.violations.some(
    ({ severity }) => enforcement(severity) === "mandatory",
  );
  return { ...judgement, refused };
}

async function print(
  { stack, properties, json, markdown }: PlanOptions,
  result: RunResult,
  seconds: number,
  judgement: Judged | undefined,
): Promise<void> {
  const judged = judgement && (await import("./print/plan-policies.ts"));
  if (json === true) {
    const { runJson } = await import("./print/run-json.ts");
    console.log(runJson(result, "embedded", judgement && judged?.judgementJson(judgement)));
  } else if (markdown === true) {
    const { planMarkdown } = await import("./print/plan-markdown.ts");
    console.log(planMarkdown(result));
    if (judgement && judged) console.log(`\n${judged.judgementMarkdown(judgement)}`);
  } else {
    const { changesText, failureText, summaryText } = await import("./print/run-text.ts");
    const { outputsText } = await import("./print/outputs-text.ts");
    console.log(
      `Plan of stack ${stack} by the embedded engine: everything it declares, nothing is asked of any network\n`,
    );
    console.log(changesText(result, { properties }));
    if (result.ok) console.log(`\nOutputs\n${outputsText(result.outputs)}`);
    for (const failure of result.failures) {
      if (failure.name !== undefined) console.log(failureText(failure));
    }
    console.log(`\n${summaryText(result, seconds)}`);
    if (judgement && judged) console.log(`\n${judged.judgementText(judgement)}`);
  }
}
