/* Credentials, looked for in all that a job had and wrote. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hosting } from "./hosting.ts";
import type { JobTrace, WorkflowTrace } from "./trace.ts";

/** Names of variables that would hold one. */
const NAMES =
  /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|_KEY|^AWS_|^ACTIONS_|_AUTH|DOCKER_CONFIG|GHCR|DOCKER_ID/i;

/** What of a job is or holds a credential, in words; empty is what every pull request must have. */
export async function credentialsOf(
  trace: WorkflowTrace,
  hosting: Hosting,
): Promise<readonly string[]> {
  const values = await hosting.secretValues();
  const found = await Promise.all(trace.jobs.map((job) => ofJob(job, values)));
  return found.flat();
}

async function ofJob(
  job: JobTrace,
  values: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { name, roles, appTokens, secrets, permissions, processes, environment } = job;
  const found: string[] = [];
  const say = (what: string): void => void found.push(`${name}: ${what}`);
  if (roles.length > 0) say("a role");
  if (appTokens.length > 0) say("a token of an app");
  if (secrets.length > 0) say(`secrets ${secrets.join(", ")}`);
  if (environment !== undefined) say(`environment ${environment}`);
  for (const [scope, level] of Object.entries(permissions)) {
    if (`${scope}:${level}` !== "contents:read") say(`permission ${scope}: ${level}`);
  }
  const homes = new Set<string>();
  for (const { step, env, output } of processes) {
    for (const key of Object.keys(env)) if (NAMES.test(key)) say(`variable ${key} in ${step}`);
    const text = `${JSON.stringify(env)}\n${output}`;
    for (const [what, value] of values) if (text.includes(value)) say(`${what} in ${step}`);
    if (env["SLIPWAY_HOME"] !== undefined) homes.add(env["SLIPWAY_HOME"]);
  }
  for (const home of homes) {
    for (const entry of await readdir(home)) {
      if (["state", "github", "registries"].includes(entry)) say(`${entry} of the cloud`);
    }
    const cloud = await readFile(join(home, "cloud.json"), "utf8");
    const own = values.get("the token of the emulator") ?? "";
    if (cloud.includes(own)) say("the token of the emulator, in its description of the cloud");
  }
  return found;
}
