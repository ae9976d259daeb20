import { runEmbedded } from "./embedded.ts";

export interface PlanOptions {
  readonly stack: string;
  readonly properties: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** Plans a stack and prints it in the form asked for. Returns the exit code. */
export async function showPlan({
  stack,
  properties,
  json,
  markdown,
}: PlanOptions): Promise<number> {
  const started = performance.now();
  const result = await runEmbedded(stack, "plan");
  const seconds = (performance.now() - started) / 1000;
  if (json === true) {
    const { runJson } = await import("./print/run-json.ts");
    console.log(runJson(result, "embedded"));
  } else if (markdown === true) {
    const { planMarkdown } = await import("./print/plan-markdown.ts");
    console.log(planMarkdown(result));
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
  }
  return result.ok ? 0 : 1;
}
