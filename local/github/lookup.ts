import type { Call } from "./api.ts";
import { notFound } from "./github-error.ts";
import type { ActionsScope, Environment, Repository, State } from "./store.ts";

/** Names of owners, repositories, environments, secrets and variables are not case sensitive. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The value of a path parameter, which the router has found. */
export function parameter(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`${call.path} has no parameter ${name}`);
  return value;
}

/** @throws GithubError 404 */
export function repositoryIn(state: State, call: Call): Repository {
  return repositoryNamed(state, `${parameter(call, "owner")}/${parameter(call, "repo")}`);
}

/** @param fullName `owner/name` @throws GithubError 404 */
export function repositoryNamed(state: Pick<State, "repositories">, fullName: string): Repository {
  const found = state.repositories.find(({ owner, name }) =>
    sameName(`${owner}/${name}`, fullName),
  );
  if (found === undefined) throw notFound();
  return found;
}

/** The item that the path parameter has the number of. @throws GithubError 404 */
export function findByNumber<Item>(
  items: readonly Item[],
  numberOf: (item: Item) => number,
  call: Call,
  name: string,
): Item {
  const wanted = parameter(call, name);
  const found = items.find((item) => String(numberOf(item)) === wanted);
  if (found === undefined) throw notFound();
  return found;
}

/** @throws GithubError 404 when the repository or the environment does not exist. */
export function environmentIn(state: State, call: Call): Environment {
  const name = parameter(call, "environment_name");
  return findByName(repositoryIn(state, call).environments, name);
}

/** The owner of the secrets and variables that the path is about. @throws GithubError 404 */
export function scopeIn(state: State, call: Call): ActionsScope {
  return "environment_name" in call.params ? environmentIn(state, call) : repositoryIn(state, call);
}

/** @throws GithubError 404 */
export function findByName<Item extends { name: string }>(
  items: readonly Item[],
  name: string,
): Item {
  const found = items.find((item) => sameName(item.name, name));
  if (found === undefined) throw notFound();
  return found;
}

/** Takes the item out of `items`. @throws GithubError 404 */
export function removeByName(items: { name: string }[], name: string): void {
  items.splice(items.indexOf(findByName(items, name)), 1);
}
