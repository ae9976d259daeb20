import { stackOutputsJsonSchema } from "../../rules/stack-outputs.ts";
import { outputsSchemaMarkdown } from "../print/outputs-schema.ts";

/** Prints what every stack output and Actions variable is, or the JSON Schema of the outputs. */
export function describeOutputs({ json = false }: { readonly json?: boolean }): void {
  const text = json
    ? JSON.stringify(stackOutputsJsonSchema(), undefined, 2)
    : outputsSchemaMarkdown();
  console.log(text);
}
