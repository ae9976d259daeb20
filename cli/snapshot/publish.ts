import { COMMIT } from "../../rules/image-list.ts";
import { UserError } from "../../rules/problems.ts";
import { changedCode, isStackData } from "../../rules/pull-request-files.ts";
import { snapshotOf } from "../../rules/snapshot-of.ts";
import { chooseEngine, type EngineName } from "../engine-choice.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { Checkout } from "../publishing/checkout.ts";
import { readStack } from "../stack.ts";
import { appliedResources } from "./applied.ts";
import { howToShow } from "./public-package.ts";
import { snapshotOwner } from "./snapshot-owner.ts";
import { openSnapshotTag } from "./snapshot-tag.ts";

export interface PublishOptions {
  readonly stack: string;
  readonly engine: EngineName | "auto";
  readonly json?: boolean;
}

/** What became of a publication. */
interface Published {
  readonly engine: EngineName;
  readonly stack: string;
  readonly commit: string;
  /** `host/path:tag`; absent where no registry would show it. */
  readonly name?: string;
  readonly resources: number;
  /** Properties on the list that were held back, `TYPE NAME: PROPERTY`. */
  readonly withheld: readonly string[];
  /** Why nothing was written. */
  readonly skipped?: string;
  /** Files of the stack that are not as committed, whose state the commit does not tell. */
  readonly uncommitted: readonly string[];
  /** Why nobody can read what was written, and what to do. */
  readonly hidden?: string;
}

/** Changed files that are named. */
const MOST_SHOWN = 5;

/** Publishes what a stack looks like since its last apply, and tells what was done. Returns the exit code. */
export async function publishSnapshot(options: PublishOptions): Promise<number> {
  const published = await publish(options);
  if (options.json === true) {
    const { name = null, skipped = null, hidden = null, ...rest } = published;
    console.log(JSON.stringify({ ...rest, name, skipped, hidden }, undefined, 2));
  } else {
    for (const line of linesOf(published)) console.log(line);
  }
  return 0;
}

async function publish({ stack: name, engine: asked }: PublishOptions): Promise<Published> {
  const engine = await chooseEngine(asked, name);
  const [stack, checkout] = await Promise.all([readStack(name), Checkout.open(PROJECT_ROOT)]);
  const applied = await appliedResources(name, engine);
  const commit = commitOfRun(checkout);
  const snapshot = snapshotOf({ ...snapshotOwner(stack), commit }, applied);
  const withheld = snapshot.resources.flatMap((one) =>
    one.withheld.map((property) => `${one.type} ${one.name}: ${property}`),
  );
  const uncommitted = (await checkout?.changes("."))?.filter(isOfStack) ?? [];
  const resources = snapshot.resources.length;
  const done = { engine, stack: name, commit, resources, withheld, uncommitted };
  const tag = await openSnapshotTag(stack, "writer");
  if (tag === undefined) {
    const skipped =
      "nothing is published: all images of the stack are on ECR, which shows nothing without a login; let a family publish on ghcr.io or docker.io, too";
    return { ...done, skipped };
  }
  const before = await tag.readHeader();
  if (before !== undefined && (await checkout?.isOlder(commit, before.commit)) === true) {
    const skipped = `commit ${commit} is older than ${before.commit}, of which ${tag.name} is the snapshot: nothing is done`;
    return { ...done, name: tag.name, skipped };
  }
  await tag.write(snapshot);
  const hidden =
    stack.cloud === undefined && !(await tag.isPublic()) ? howToShow(tag.name) : undefined;
  return { ...done, name: tag.name, ...(hidden !== undefined && { hidden }) };
}

/** The commit that was applied: that of the run in GitHub Actions, else what is checked out. */
function commitOfRun(checkout: Checkout | undefined): string {
  const { GITHUB_ACTIONS, GITHUB_SHA } = process.env;
  const commit = (GITHUB_ACTIONS === "true" ? GITHUB_SHA : undefined) ?? checkout?.head;
  if (commit !== undefined && COMMIT.test(commit)) return commit;
  throw new UserError(
    "nothing tells which commit was applied: the project's folder is no git checkout; publish from a clone of the repository",
  );
}

/** Whether a file has to do with what a stack declares: its data, and the code. */
function isOfStack(path: string): boolean {
  return isStackData(path) || changedCode([path]).length > 0;
}

function* linesOf({ engine, name, commit, ...done }: Published): Generator<string> {
  if (done.skipped !== undefined) {
    yield done.skipped;
    return;
  }
  yield `${name ?? ""} has the snapshot of stack ${done.stack} at ${commit}: ${done.resources} resources, from the state of ${engine === "embedded" ? "the embedded engine" : "the Pulumi CLI"}`;
  for (const one of done.withheld) {
    yield `  held back, as secret or of a form that is not on the list: ${one}`;
  }
  const { uncommitted } = done;
  if (uncommitted.length > 0) {
    const files = uncommitted.slice(0, MOST_SHOWN).join(", ");
    const more =
      uncommitted.length > MOST_SHOWN ? ` and ${uncommitted.length - MOST_SHOWN} more` : "";
    yield `warning: the snapshot is told to be of commit ${commit}, which is checked out, and files are not as committed there: ${files}${more}; commit them, run up, and publish again`;
  }
  if (done.hidden !== undefined) yield `warning: ${done.hidden}`;
}
