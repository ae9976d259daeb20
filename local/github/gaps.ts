/** As much of an OpenAPI document as the gaps below touch. */
export interface ApiDescription {
  paths: Record<string, Record<string, OperationDescription>>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, { schema: Schema }> };
}

interface OperationDescription {
  operationId: string;
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

/**
 * Adds to GitHub's description what GitHub does but the description does not say. This is the one place for such
 * additions; whatever is not listed here is as GitHub describes it.
 *
 * 1. `can_admins_bypass` of an environment, in request and response.
 *    https://github.com/google/go-github/issues/2725
 * 2. The bounds of an environment's `wait_timer` (0 to 43200 minutes) and `reviewers` (six, each with type and
 *    id), which the description has as prose only.
 *    https://docs.github.com/rest/deployments/environments#create-or-update-an-environment
 * 3. Errors. Only some operations declare theirs, but any may answer 401, 403, 404 and (to an invalid request)
 *    422.
 *    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 * 4. 409 where a variable's name is taken.
 *    https://github.com/cli/cli/pull/6928
 * 5. A workflow by its id or its file's name: the description says exactly one of integer and string, and in a path a
 *    number is both.
 *    https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
 * 6. The conditions of a repository's ruleset, which are never those of an organization's: the description allows both,
 *    and null, in a form that is no valid schema (`nullable` beside `anyOf`).
 *    https://docs.github.com/rest/repos/rules#get-a-repository-ruleset
 * 7. The head repository of a run and of a pull request is null when the fork was deleted.
 *    https://github.com/github/rest-api-description/issues/1586
 *    https://github.com/github/rest-api-description/issues/1811
 * 8. `nullable` beside a choice, which is no valid schema without a `type`, and beside an `enum`, which it does not
 *    widen: null becomes one of the choices.
 *    https://github.com/OAI/OpenAPI-Specification/blob/main/proposals/2019-10-31-Clarify-Nullable.md
 */
export function fillGaps(description: ApiDescription): void {
  describeEnvironments(description);
  describeErrors(description);
  describeWorkflows(description);
  describeRulesets(description);
  describeDeletedForks(description);
  describeNullable(description);
}

function describeEnvironments({ paths, components }: ApiDescription): void {
  const operation = paths["/repos/{owner}/{repo}/environments/{environment_name}"]?.["put"];
  const request = operation?.requestBody?.content["application/json"]?.schema.properties;
  const response = components.schemas["environment"]?.properties;
  const reviewers = request?.["reviewers"];
  const waitTimer = components.schemas["wait-timer"];
  if (!request || !response || !reviewers?.items || !waitTimer) {
    throw new Error("GitHub's description of environments has changed: look through gaps.ts.");
  }
  request["can_admins_bypass"] = { type: "boolean" };
  response["can_admins_bypass"] = { type: "boolean" };
  Object.assign(waitTimer, { minimum: 0, maximum: 43_200 });
  reviewers.maxItems = 6;
  reviewers.items.required = ["type", "id"];
}

function describeWorkflows({ components }: ApiDescription): void {
  const workflow = components.parameters["workflow-id"];
  if (!workflow) {
    throw new Error("GitHub's description of workflows has changed: look through gaps.ts.");
  }
  workflow.schema = { type: "string" };
}

function describeRulesets({ components }: ApiDescription): void {
  const ruleset = components.schemas["repository-ruleset"]?.properties;
  if (!ruleset?.["conditions"] || !components.schemas["repository-ruleset-conditions"]) {
    throw new Error("GitHub's description of rulesets has changed: look through gaps.ts.");
  }
  ruleset["conditions"] = { $ref: "#/components/schemas/repository-ruleset-conditions" };
}

function describeDeletedForks({ components: { schemas } }: ApiDescription): void {
  const places: [Schema | undefined, string][] = [
    [schemas["workflow-run"], "head_repository"],
    [schemas["pull-request"]?.properties?.["head"], "repo"],
    [schemas["pull-request-simple"]?.properties?.["head"], "repo"],
  ];
  for (const [schema, property] of places) {
    const repository = schema?.properties?.[property];
    if (!schema?.properties || !repository?.$ref) {
      throw new Error(
        "GitHub's description of head repositories has changed: look through gaps.ts.",
      );
    }
    schema.properties[property] = { anyOf: [repository, { type: "null" }] };
  }
}

function describeNullable(part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  const schema = part as Partial<Record<"nullable" | "type" | "enum" | "anyOf" | "oneOf", unknown>>;
  const choices = schema.anyOf ?? schema.oneOf;
  if (schema.nullable === true && schema.type === undefined && Array.isArray(choices)) {
    choices.push({ type: "null" });
    delete schema.nullable;
  }
  if (schema.nullable === true && Array.isArray(schema.enum)) schema.enum.push(null);
  for (const child of Object.values(part)) describeNullable(child);
}

const NAMES_VARIABLES = /^actions\/(create|update)-.*-variable$/;

function describeErrors({ paths }: ApiDescription): void {
  for (const operation of Object.values(paths).flatMap(Object.values<OperationDescription>)) {
    const statuses = [401, 403, 404, 422];
    if (NAMES_VARIABLES.test(operation.operationId)) statuses.push(409);
    for (const status of statuses) {
      operation.responses[status] = {
        description: "",
        content: { "application/json": { schema: { $ref: "#/components/schemas/basic-error" } } },
      };
    }
  }
}
