import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { withTemporaryFolder } from "../../local/temporary-folder.ts";
import { toldProblems } from "../../rules/document-problems.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { callerFolder } from "../project-root.ts";
import { runOnData } from "../pull-request/data-process.ts";
import { planFailures } from "../pull-request/plan-failures.ts";
import type { DataFault } from "../pull-request/take-data-walk.ts";
import { takeData } from "../pull-request/take-data.ts";
import type { WantedImage } from "../publishing/build-selection.ts";
import type { Stack } from "../stack.ts";

/** An image as a tree describes it. */
export interface TreeImage extends WantedImage {
  /** The name that its content gets when the tree is merged: `cuda12.8-k<key>`. */
  readonly contentName: string;
}

/** What the process that reads a tree prints. */
export type TreeText = { readonly images: readonly TreeImage[] } | { readonly failure: string };

const PROCESS = join(import.meta.dirname, "tree-process.ts");

/**
 * Lets something use the images of a checkout that may hold anything: a copy of its data, which is removed afterwards, read by this
 * checkout's code. Families that the stack does not have are left out: only what is merged decides what a stack has.
 * @param checkout absolute path
 * @param what the checkout is, for the error: `the pull request's checkout`
 * @throws ProblemsError that lists all faults of the data
 */
export async function withTree<T>(
  { checkout, what }: { readonly checkout: string; readonly what: string },
  stack: Pick<Stack, "families" | "standIns">,
  use: (images: readonly TreeImage[]) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder("slipway-candidate-tree", async (root) => {
    const faults = takeData(checkout, root);
    if (faults.length > 0) throw faultsOf(what, faults);
    return use(await treeImages(root, what, stack));
  });
}

/** The images of a folder with `images/` in it. @throws ProblemsError */
export async function treeImages(
  root: string,
  what: string,
  { families, standIns }: Pick<Stack, "families" | "standIns">,
): Promise<readonly TreeImage[]> {
  const given = standIns === undefined ? "" : JSON.stringify(standIns);
  const { stdout, problem } = await runOnData(PROCESS, root, given);
  if (problem !== undefined) throw faultsOf(what, [{ where: "images", message: problem }]);
  const read = JSON.parse(stdout) as TreeText;
  if ("failure" in read) throw faultsOf(what, planFailures([{ message: read.failure }], root));
  const own = new Set(families.map(({ name }) => name));
  return read.images.filter(({ family }) => own.has(family.name));
}

/** The folder that an option names. @throws UserError when it is none */
export async function checkoutFolder(option: string, path: string): Promise<string> {
  const folder = resolve(callerFolder(), path);
  const stats = await stat(folder).catch(() => undefined);
  if (path !== "" && stats?.isDirectory() === true) return folder;
  throw new UserError(`${option} ${path}: no such folder; name a checkout`);
}

function faultsOf(what: string, faults: readonly DataFault[]): ProblemsError {
  const problems = faults.map(({ where, message }) => ({ path: where, message }));
  return new ProblemsError(what, toldProblems(problems));
}
