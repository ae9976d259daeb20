import { actionsName } from "./actions-name.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { GithubError } from "./github-error.ts";
import { findByName, parameter, removeByName, scopeIn } from "./lookup.ts";
import { PAGES_OF_10, pageOf } from "./pages.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { ActionsScope, Store } from "./store.ts";

type Variable = ActionsScope["variables"][number];

/** The body of a write, as the description has it; a creation has both. */
interface VariableRequest {
  readonly name?: string;
  readonly value?: string;
}

/**
 * Variables of repositories and of environments.
 * @see https://docs.github.com/rest/actions/variables
 */
export function variableHandlers(store: Store): Handlers {
  const list = (call: Call): Answer => {
    const { variables } = scopeIn(store.state, call);
    const { items, headers } = pageOf(call, variables, PAGES_OF_10);
    const body = { total_count: variables.length, variables: items.map(variableAnswer) };
    return { status: 200, headers, body };
  };
  const get = (call: Call): Answer => {
    const { variables } = scopeIn(store.state, call);
    const variable = findByName(variables, parameter(call, "name"));
    return { status: 200, body: variableAnswer(variable) };
  };
  const create = (call: Call): Answer => {
    store.change((draft) => createVariable(scopeIn(draft, call), call));
    return { status: 201, body: {} };
  };
  const update = (call: Call): Answer => {
    store.change((draft) => updateVariable(scopeIn(draft, call), call));
    return { status: 204 };
  };
  const remove = (call: Call): Answer => {
    store.change((draft) => {
      removeByName(scopeIn(draft, call).variables, parameter(call, "name"));
    });
    return { status: 204 };
  };
  return {
    "actions/list-repo-variables": list,
    "actions/create-repo-variable": create,
    "actions/get-repo-variable": get,
    "actions/update-repo-variable": update,
    "actions/delete-repo-variable": remove,
    "actions/list-environment-variables": list,
    "actions/create-environment-variable": create,
    "actions/get-environment-variable": get,
    "actions/update-environment-variable": update,
    "actions/delete-environment-variable": remove,
  };
}

function createVariable({ variables }: ActionsScope, call: Call): void {
  const request = call.body as Required<VariableRequest>;
  const name = actionsName("Variable", request.name);
  if (variables.some((variable) => variable.name === name)) throw alreadyExists();
  const now = timestamp();
  variables.push({ name, value: request.value, createdAt: now, updatedAt: now });
  sort(variables);
}

function updateVariable({ variables }: ActionsScope, call: Call): void {
  const request = call.body as VariableRequest;
  const variable = findByName(variables, parameter(call, "name"));
  const name = request.name === undefined ? variable.name : actionsName("Variable", request.name);
  if (variables.some((other) => other !== variable && other.name === name)) throw alreadyExists();
  const updatedAt = timestampAfter(variable.updatedAt);
  Object.assign(variable, { name, value: request.value ?? variable.value, updatedAt });
  sort(variables);
}

/** @see https://github.com/nexthink-oss/terraform-provider-github/issues/12 */
function alreadyExists(): GithubError {
  return new GithubError(409, "Already exists - Variable already exists");
}

function sort(variables: Variable[]): void {
  variables.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function variableAnswer({ name, value, createdAt, updatedAt }: Variable): object {
  return { name, value, created_at: createdAt, updated_at: updatedAt };
}
