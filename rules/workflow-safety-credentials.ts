import { remembered } from "./remembered.ts";
import { environmentOf, mapOf, textsOf, type TreeJob } from "./workflow-tree.ts";

/** The action that makes a GitHub App's token. */
export const APP_TOKEN = "actions/create-github-app-token@";

/** The action that takes a role of AWS. */
export const ASSUME = "aws-actions/configure-aws-credentials@";

/** What makes a job one with a credential, in words; empty for a job that has none. */
export const credentialsOf: (job: TreeJob) => readonly string[] = remembered((job) => {
  const environment = environmentOf(job);
  const permissions = mapOf(job.value["permissions"]);
  const writes = Object.entries(permissions).filter(([, level]) => level === "write");
  // What stands under the workflow's env: is there in every job.
  const texts = [...textsOf(job.value), ...textsOf(mapOf(job.file.root)["env"])];
  const secrets = texts.flatMap(({ text, path }) => secretsIn(text, path.at(-1) === "if"));
  const actions = job.steps.flatMap(({ uses = "" }) =>
    uses.startsWith(APP_TOKEN) || uses.startsWith(ASSUME) ? uses.replace(/@.*$/s, "") : [],
  );
  const all = [
    ...(environment === undefined ? [] : [`environment ${environment}`]),
    ...(typeof job.value["permissions"] === "string" && job.value["permissions"].includes("write")
      ? [`permissions: ${job.value["permissions"]}`]
      : []),
    ...writes.map(([name]) => `${name}: write`),
    ...secrets,
    ...(job.value["secrets"] === undefined ? [] : ["secrets that it hands on"]),
    ...actions,
  ];
  return [...new Set(all)];
});

/** A permission to write with the job's own token, which no other place gives anything for. */
export function isOwnTokens(credential: string): boolean {
  return /^(?!id-token:)[\w-]+: write$/.test(credential);
}

/**
 * Secrets that a text reads: `secrets.DOCKER_TOKEN`, or `secrets` for any other mention of them in an expression. The
 * token that GitHub gives every job is judged by its permissions.
 */
function secretsIn(text: string, isCondition: boolean): readonly string[] {
  const expressions = isCondition
    ? [text]
    : [...text.matchAll(/\$\{\{((?:'(?:[^']|'')*'|[^'])*?)(?:\}\}|$)/gs)].map(
        ([, inner = ""]) => inner,
      );
  return expressions
    .map((expression) => expression.replace(/'(?:[^']|'')*'/g, "''"))
    .flatMap((expression) => [
      ...expression.matchAll(/(?<![\w.-])secrets(?![\w-])(?:\s*\.\s*([\w-]+))?/gi),
    ])
    .map(([, name]) => (name === undefined ? "secrets" : `secrets.${name}`))
    .filter((name) => name.toUpperCase() !== "SECRETS.GITHUB_TOKEN");
}
