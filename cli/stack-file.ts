import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { UserError } from "../rules/problems.ts";
import { PROJECT_ROOT } from "./project-root.ts";

/**
 * Writes values into the configuration of a stack's file; comments and everything else stay.
 * @param values by full key: `slipway:subjectForm`
 */
export async function writeConfiguration(
  stack: string,
  values: Readonly<Record<string, string | number>>,
): Promise<void> {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(PROJECT_ROOT, file);
  const document = parseDocument(await readFile(path, "utf8"));
  const [fault] = document.errors;
  if (fault !== undefined) throw new UserError(`${file}: ${fault.message}`);
  for (const [key, value] of Object.entries(values)) document.setIn(["config", key], value);
  // A long line stays one.
  await writeFile(path, document.toString({ lineWidth: 0 }));
}
