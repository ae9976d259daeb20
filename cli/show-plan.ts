import type { Registration } from "../engine/monitor.ts";
import type { RunResult } from "../engine/events.ts";
import type { Judgement } from "../policy/judgement.ts";
import { type Comparison, planAgainst } from "./snapshot/plan-against.ts";

export interface PlanOptions {
  readonly stack: string;
  readonly properties: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  /** Whether the policies judge the plan. */
  readonly policies?: boolean;
  /** File with the snapshot that the plan is compared with. */
  readonly snapshot?: string;
}

/**
 * Plans a stack and prints it in the form asked for, with what the policies say of it.
 * @returns the exit code: 1 when the plan failed or breaks a policy that is not advice alone
 */
export async function showPlan(options: PlanOptions): Promise<number> {
  const started = performance.now();
  const { result, declared, since } = await planAgainst(options.stack, options.snapshot);
  const seconds = (performance.now() - started) / 1000;
  // Half a stack lacks what only the other half declares.
  const judgement = options.policies === true && result.ok ? await judgePlan(declared) : undefined;
  await print(options, { result, seconds, judgement, since });
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

/** What there is to print. */
interface Planned {
  readonly result: RunResult;
  readonly seconds: number;
  readonly judgement: Judged | undefined;
  readonly since: Comparison | undefined;
}

async function print(options: PlanOptions, planned: Planned): Promise<void> {
  const { result, judgement, since } = planned;
  const judged = judgement && (await import("./print/plan-policies.ts"));
  const compared = since && (await import("./print/plan-changes.ts"));
  if (options.json === true) {
    const { runJson } = await import("./print/run-json.ts");
    const more = {
      ...(since && compared?.comparisonJson(since)),
      ...(judgement && judged?.judgementJson(judgement)),
    };
    console.log(runJson(result, "embedded", more));
  } else if (options.markdown === true) {
    const { planMarkdown } = await import("./print/plan-markdown.ts");
    console.log(
      since && compared ? compared.comparisonMarkdown(options.stack, since) : planMarkdown(result),
    );
    if (judgement && judged) console.log(`\n${judged.judgementMarkdown(judgement)}`);
  } else {
    await printText(options, planned);
    if (judgement && judged) console.log(`\n${judged.judgementText(judgement)}`);
  }
}

async function printText(
  { stack, properties }: PlanOptions,
  { result, seconds, since }: Planned,
): Promise<void> {
  const begin = `Plan of stack ${stack} by the embedded engine`;
  if (since) {
    const { comparisonText } = await import("./print/plan-changes.ts");
    console.log(`${begin}, compared with a snapshot: nothing is asked of any network\n`);
    console.log(comparisonText(since, { properties, seconds }));
    return;
  }
  const { changesText, failureText, summaryText } = await import("./print/run-text.ts");
  const { outputsText } = await import("./print/outputs-text.ts");
  console.log(`${begin}: everything it declares, nothing is asked of any network\n`);
  console.log(changesText(result, { properties }));
  if (result.ok) console.log(`\nOutputs\n${outputsText(result.outputs)}`);
  for (const failure of result.failures) {
    if (failure.name !== undefined) console.log(failureText(failure));
  }
  console.log(`\n${summaryText(result, seconds)}`);
}
