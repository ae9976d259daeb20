/*
 * actions/create-github-app-token: a real JSON Web Token, signed with the app's key, to the emulator.
 * @see https://github.com/actions/create-github-app-token
 */
import { createSign } from "node:crypto";
import { required, type StandIn } from "../action-call.ts";
import { letIn } from "../job-cloud.ts";

const PERMISSION = "permission-";
/** Of those that the action knows, what our workflows ask for. */
const PERMISSIONS = [
  ...["actions", "administration", "checks", "contents", "environments", "members"],
  ...["pull-requests", "secrets", "workflows"],
];

export const createGithubAppToken: StandIn = {
  action: "actions/create-github-app-token",
  inputs: {
    "client-id": "",
    "private-key": "",
    ...Object.fromEntries(PERMISSIONS.map((name) => [`${PERMISSION}${name}`, ""])),
  },
  run: async ({ inputs, env, job, say }) => {
    const clientId = required(inputs, "client-id");
    const key = required(inputs, "private-key");
    const { hosting, project } = job.run;
    if (hosting === undefined) throw new Error("a token of an app needs a cloud that has the app");
    // The action reads every input that begins so, declared or not.
    const undeclared = Object.entries(env).flatMap(([name, value]) => {
      const input = /^INPUT_PERMISSION-(.+)$/.exec(name)?.[1];
      return input === undefined ? [] : [[`${PERMISSION}${input.toLowerCase()}`, value] as const];
    });
    const permissions = Object.fromEntries(
      [...Object.entries(inputs), ...undeclared].flatMap(([name, value]) =>
        name.startsWith(PERMISSION) && value !== ""
          ? [[name.slice(PERMISSION.length).replaceAll("-", "_"), value] as const]
          : [],
      ),
    );
    const { endpoint } = hosting.cloud.github;
    const ask = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${endpoint}${path}`, {
        method,
        headers: { authorization: `Bearer ${jsonWebToken(clientId, key)}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) {
        throw new Error(`${path}: HTTP ${response.status}: ${await response.text()}`);
      }
      return (await response.json()) as Record<string, unknown>;
    };
    const { owner, name } = project.repository;
    const { id, app_slug: slug } = await ask("GET", `/repos/${owner}/${name}/installation`);
    const answer = await ask("POST", `/app/installations/${String(id)}/access_tokens`, {
      ...{ repositories: [name], permissions },
    });
    const token = String(answer["token"]);
    job.masks.add(token);
    job.appTokens.push(permissions);
    // What a job of a real stack does with this token, a job of the local cloud does with the cloud's.
    if (job.slipwayHome !== undefined) await letIn(hosting.cloud, job.slipwayHome, token);
    say(`token of ${String(slug)} for ${owner}/${name}`);
    return { token, "installation-id": String(id), "app-slug": String(slug) };
  },
};

/** @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
function jsonWebToken(clientId: string, key: string): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 30, exp: now + 540, iss: clientId })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}
