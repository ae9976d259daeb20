import { mapOf, type TreeJob, type TreeStep } from "./workflow-tree.ts";

/**
 * What a step hands to its action, by the input's name in small letters. An action reads its inputs from variables
 * `INPUT_NAME`, which `env` may set as well, for a step, a job or the whole workflow.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs
 */
export function inputsOf(step: TreeStep, job?: TreeJob): ReadonlyMap<string, unknown> {
  const inputs = new Map<string, unknown>();
  for (const holder of [mapOf(step.file.root), job?.value ?? {}, step.value]) {
    for (const [name, value] of Object.entries(mapOf(holder["env"]))) {
      if (/^INPUT_/i.test(name)) inputs.set(name.slice("INPUT_".length).toLowerCase(), value);
    }
  }
  for (const [name, value] of Object.entries(mapOf(step.value["with"]))) {
    inputs.set(name.toLowerCase(), value);
  }
  return inputs;
}

/** An expression or a text with the spaces that mean nothing written in one way: `${{ github.sha }}`. */
export function spaced(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.trim().replace(/\$\{\{\s*(.*?)\s*\}\}/gs, "${{ $1 }}");
}
