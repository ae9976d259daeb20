import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/*
 * Makes `api.json`: the part of GitHub's own OpenAPI description that the emulator answers, with the schemas it
 * refers to, and beside it `api.LICENSE`, the notice under which the description may be passed on. Run by hand when GitHub's description has moved on:
 *
 *   node local/github/extract-api.ts
 *
 * The package with the whole description has 390 MB and is therefore no dependency; it is fetched into a
 * temporary folder and forgotten.
 */
const PACKAGE = "@octokit/openapi";
const VERSION = "23.0.2";
const FILE = "generated/api.github.com.json";

/** What the stack, `slipway` and the Pulumi and Terraform providers for GitHub call, by operation id. */
const OPERATIONS = [
  "orgs/get",
  "users/get-by-username",
  "users/get-authenticated",
  "teams/list",
  "teams/get-by-name",
  "oidc/get-oidc-custom-sub-template-for-org",
  "oidc/update-oidc-custom-sub-template-for-org",
  "repos/get",
  "actions/get-custom-oidc-sub-claim-for-repo",
  "actions/set-custom-oidc-sub-claim-for-repo",
  "repos/get-repo-rulesets",
  "repos/create-repo-ruleset",
  "repos/get-repo-ruleset",
  "repos/update-repo-ruleset",
  "repos/delete-repo-ruleset",
  "repos/get-all-environments",
  "repos/get-environment",
  "repos/create-or-update-environment",
  "repos/delete-an-environment",
  "repos/list-deployment-branch-policies",
  "repos/create-deployment-branch-policy",
  "repos/get-deployment-branch-policy",
  "repos/update-deployment-branch-policy",
  "repos/delete-deployment-branch-policy",
  "actions/list-environment-secrets",
  "actions/get-environment-public-key",
  "actions/get-environment-secret",
  "actions/create-or-update-environment-secret",
  "actions/delete-environment-secret",
  "actions/list-repo-secrets",
  "actions/get-repo-public-key",
  "actions/get-repo-secret",
  "actions/create-or-update-repo-secret",
  "actions/delete-repo-secret",
  "actions/list-environment-variables",
  "actions/create-environment-variable",
  "actions/get-environment-variable",
  "actions/update-environment-variable",
  "actions/delete-environment-variable",
  "actions/list-repo-variables",
  "actions/create-repo-variable",
  "actions/get-repo-variable",
  "actions/update-repo-variable",
  "actions/delete-repo-variable",
  "actions/list-workflow-runs",
  "actions/get-workflow-run",
  "actions/list-workflow-run-artifacts",
  "actions/get-artifact",
  "actions/download-artifact",
  "pulls/list",
  "pulls/get",
  "pulls/list-files",
  "issues/list-comments",
  "issues/get-comment",
  "issues/create-comment",
  "issues/update-comment",
  "issues/delete-comment",
  "issues/list-events",
  "issues/list-for-repo",
  "issues/get",
  "issues/create",
  "issues/update",
  "apps/get-authenticated",
  "apps/get-repo-installation",
  "apps/create-installation-access-token",
  "apps/revoke-installation-access-token",
  "git/get-ref",
  "git/get-tag",
  "git/create-ref",
  "git/update-ref",
  "git/delete-ref",
  "git/create-blob",
  "git/get-blob",
  "git/create-tree",
  "git/get-tree",
  "git/create-commit",
  "git/get-commit",
  "repos/get-content",
  "repos/list-pull-requests-associated-with-commit",
  "repos/get-combined-status-for-ref",
  "repos/create-commit-status",
  "checks/create",
  "checks/update",
  "checks/list-for-ref",
  "pulls/create",
  "pulls/update",
  "pulls/merge",
];

/** What an error body must hold; used where the description leaves errors out (see gaps.ts). */
const ALWAYS_KEPT = ["#/components/schemas/basic-error", "#/components/schemas/validation-error"];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = Record<string, Json>;

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function at(document: JsonObject, reference: string): Json {
  let value: Json | undefined = document;
  for (const key of reference.replace("#/", "").split("/")) {
    value = isObject(value) ? value[key] : undefined;
  }
  if (value === undefined) throw new Error(`The description has no ${reference}.`);
  return value;
}

/** Without examples, prose and extensions: nothing of them is validated, and they are most of the bytes. */
function trimmed(value: Json, insideProperties = false): Json {
  if (Array.isArray(value)) return value.map((item) => trimmed(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key]) =>
      insideProperties ||
      !(["example", "examples", "tags"].includes(key) || key.startsWith("x-") || key === "summary"),
  );
  return Object.fromEntries(
    kept
      .filter(([key, of]) => insideProperties || key !== "description" || typeof of !== "string")
      .map(([key, of]) => [key, trimmed(of, key === "properties")]),
  );
}

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, of]) =>
    key === "$ref" && typeof of === "string" ? [of] : references(of),
  );
}

/** Every response must have a description in OpenAPI, so the trimmed ones get an empty one. */
function withDescription(response: Json): Json {
  return isObject(response) && response["$ref"] === undefined
    ? { description: "", ...response }
    : response;
}

function extract(whole: JsonObject): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const missing = new Set(OPERATIONS);
  for (const [path, methods] of Object.entries(
    at(whole, "#/paths") as Record<string, JsonObject>,
  )) {
    for (const [method, operation] of Object.entries(methods)) {
      const id = isObject(operation) ? operation["operationId"] : undefined;
      if (typeof id !== "string" || !missing.delete(id)) continue;
      const kept = trimmed(operation) as JsonObject;
      const responses = Object.entries(kept["responses"] as JsonObject);
      kept["responses"] = Object.fromEntries(responses.map(([s, r]) => [s, withDescription(r)]));
      paths[path] = { ...paths[path], [method]: kept };
    }
  }
  if (missing.size > 0) throw new Error(`The description lacks ${[...missing].join(", ")}.`);

  const components: Record<string, JsonObject> = {};
  const wanted = [...references(paths), ...ALWAYS_KEPT];
  for (let reference = wanted.pop(); reference !== undefined; reference = wanted.pop()) {
    const [, , kind = "", name = ""] = reference.split("/");
    if (components[kind]?.[name] !== undefined) continue;
    const part = trimmed(at(whole, reference));
    components[kind] = {
      ...components[kind],
      [name]: kind === "responses" ? withDescription(part) : part,
    };
    wanted.push(...references(part));
  }
  return {
    openapi: at(whole, "#/openapi"),
    info: {
      title: "The part of GitHub's REST API that the emulator answers",
      version: VERSION,
      description: `Made by local/github/extract-api.ts from ${PACKAGE} ${VERSION}, ${FILE}: do not edit.`,
      license: at(whole, "#/info/license"),
    },
    paths,
    components,
  };
}

const folder = await mkdtemp(join(tmpdir(), "github-api-"));
try {
  await execa("npm", ["pack", `${PACKAGE}@${VERSION}`, "--silent", "--pack-destination", folder]);
  const archive = `${PACKAGE.slice(1).replace("/", "-")}-${VERSION}.tgz`;
  await execa("tar", [
    "-xzf",
    join(folder, archive),
    "-C",
    folder,
    `package/${FILE}`,
    "package/LICENSE",
  ]);
  const whole = JSON.parse(await readFile(join(folder, "package", FILE), "utf8")) as JsonObject;
  const target = join(import.meta.dirname, "api.json");
  await writeFile(target, `${JSON.stringify(extract(whole), null, 1)}\n`);
  await copyFile(join(folder, "package/LICENSE"), join(import.meta.dirname, "api.LICENSE"));
  console.log(`wrote ${target}: ${OPERATIONS.length} operations of ${PACKAGE} ${VERSION}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
