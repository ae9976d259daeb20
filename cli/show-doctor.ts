import { styleText } from "node:util";
import { UserError } from "../rules/problems.ts";
import { table } from "./print/table.ts";

/** Options of `slipway doctor`. */
export interface DoctorOptions {
  readonly store?: string;
  readonly jobUser?: string;
  readonly json?: boolean;
}

/**
 * Prints what the machine has and lacks, or who could write its store. Returns 1 when something is missing without which a part
 * does not work, or somebody could who should not.
 */
export async function showDoctor({ store, jobUser, json }: DoctorOptions): Promise<number> {
  if (store !== undefined) return showAccess(store, jobUser, json === true);
  if (jobUser !== undefined) {
    throw new UserError("--job-user is asked of a store; write --store and its folder, too");
  }
  const { examineMachine } = await import("../local/doctor.ts");
  const checks = await examineMachine();
  const missing = checks.filter(({ state }) => state === "missing");
  if (json === true) {
    console.log(JSON.stringify({ ok: missing.length === 0, checks }, undefined, 2));
    return missing.length === 0 ? 0 : 1;
  }
  console.log(table(checks.map(({ name, state, found, needed }) => [name, state, needed, found])));
  for (const { name, how } of missing) console.log(red(`\n${name}: ${how}`));
  return missing.length === 0 ? 0 : 1;
}

async function showAccess(
  option: string,
  jobUser: string | undefined,
  json: boolean,
): Promise<number> {
  const { examineAccess } = await import("./cache/access.ts");
  const { storeFolder } = await import("./cache/store-option.ts");
  const folder = storeFolder(option);
  const { findings, notes } = await examineAccess(folder, jobUser);
  const isOk = findings.length === 0;
  if (json) {
    console.log(JSON.stringify({ ok: isOk, store: folder, findings, notes }, undefined, 2));
    return isOk ? 0 : 1;
  }
  const who = jobUser === undefined ? "nobody but root and its owner" : `the jobs' user ${jobUser}`;
  const could = jobUser === undefined ? "could" : "could not";
  if (isOk) console.log(`${folder}: by its modes ${who} ${could} write it`);
  for (const { path, message, command } of findings) {
    console.log(`${red(`${path}: ${message}`)}\n  to mend it: ${command}`);
  }
  for (const note of notes) console.log(`note: ${note}`);
  return isOk ? 0 : 1;
}

function red(text: string): string {
  return styleText("red", text, { stream: process.stdout });
}
