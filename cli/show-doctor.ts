import { styleText } from "node:util";
import { table } from "./print/table.ts";

/** Prints what the machine has and lacks. Returns 1 when something is missing without which a part does not work. */
export async function showDoctor({ json }: { readonly json?: boolean }): Promise<number> {
  const { examineMachine } = await import("../local/doctor.ts");
  const checks = await examineMachine();
  const missing = checks.filter(({ state }) => state === "missing");
  if (json === true) {
    console.log(JSON.stringify({ ok: missing.length === 0, checks }, undefined, 2));
    return missing.length === 0 ? 0 : 1;
  }
  console.log(table(checks.map(({ name, state, found, needed }) => [name, state, needed, found])));
  for (const { name, how } of missing) {
    console.log(
      styleText(
        "red",
        `
${name}: ${how}`,
        { stream: process.stdout },
      ),
    );
  }
  return missing.length === 0 ? 0 : 1;
}
