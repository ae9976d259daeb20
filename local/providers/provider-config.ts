import type { z } from "zod";
import { ProblemsError } from "../../rules/problems.ts";
import { checkInputs } from "./input-check.ts";
import { isRecord, reveal } from "../../provider/property-values.ts";

/**
 * Reads the inputs of an explicit provider resource. Pulumi's SDKs pass everything but strings as JSON text there.
 * @throws {ProblemsError} that lists every fault.
 */
export function providerConfig<S extends z.ZodObject>(
  name: string,
  schema: S,
  config: Record<string, unknown>,
): z.output<S> {
  const revealed = reveal(config);
  const entries = Object.entries(isRecord(revealed) ? revealed : {}).filter(
    ([key]) => key !== "version" && key !== "pluginDownloadURL",
  );
  const decoded = Object.fromEntries(entries.map(([key, value]) => [key, decode(value)]));
  const { inputs, problems } = checkInputs(schema, decoded, `the local ${name} provider`);
  if (problems.length > 0) throw new ProblemsError(`provider ${name}`, problems);
  return schema.parse(inputs);
}

function decode(value: unknown): unknown {
  if (typeof value !== "string" || !/^(?:\[|\{|true$|false$)/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
