import { appendFile } from "node:fs/promises";
import { projectStacks, stackOrOwn, stacksOfRepository } from "../workflows/stack-of-run.ts";

/**
 * In a workflow's run: says that the repository has no stack at all, as a fork, which has the workflow as well and nothing to
 * look at; undefined where it has one, and outside of GitHub Actions.
 */
export async function noStackOfRepository(): Promise<string | undefined> {
  const { GITHUB_ACTIONS, GITHUB_REPOSITORY = "" } = process.env;
  if (GITHUB_ACTIONS !== "true") return undefined;
  if (stacksOfRepository(await projectStacks(), GITHUB_REPOSITORY).length > 0) return undefined;
  return `no stack is of ${JSON.stringify(GITHUB_REPOSITORY)}: nothing is done`;
}

/** Tells of which stack a workflow's run is, and hands it to the jobs after; nothing of a repository that has none. */
export async function tellOwnStack(): Promise<void> {
  const none = await noStackOfRepository();
  const stack = none === undefined ? await stackOrOwn(undefined) : "";
  console.log(none ?? stack);
  const { GITHUB_OUTPUT = "" } = process.env;
  if (GITHUB_OUTPUT !== "") await appendFile(GITHUB_OUTPUT, `stack=${stack}\n`);
}
