import { Registries } from "../../oci/registries.ts";
import type { ImageList } from "../../rules/image-list.ts";
import { loadProject } from "../../engine/project.ts";
import type { EngineName } from "../engine-choice.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack } from "../stack.ts";
import { Checkout } from "./checkout.ts";
import { openImageListTag } from "./image-list-tag.ts";

/**
 * Why a run for a commit does nothing, in one line: the stack's channel was published for a later one already, and a run
 * that comes late must not take its names back. Undefined when it is not older, and where nothing tells: no git, or
 * nothing published yet.
 * @param commit the checked-out one without it
 * @throws UserError when history that would tell is not in this clone
 */
export async function olderCommit(
  name: string,
  engine: EngineName,
  commit?: string,
): Promise<string | undefined> {
  const checkout = await Checkout.open(PROJECT_ROOT);
  if (checkout === undefined) return undefined;
  const { config } = await loadProject(PROJECT_ROOT, name);
  // The embedded engine refuses a stack of the world, and says why.
  if (engine === "embedded" && config["slipway:local"] !== "true") return undefined;
  const stack = await readStack(name);
  const tag = await openImageListTag(stack, new Registries());
  return whyOlder(checkout, commit ?? checkout.head, await tag?.read());
}

/** The same for a list that was read. */
export async function whyOlder(
  checkout: Checkout | undefined,
  commit: string,
  published: ImageList | undefined,
): Promise<string | undefined> {
  if (checkout === undefined || published === undefined) return undefined;
  if (!(await checkout.isOlder(commit, published.commit))) return undefined;
  return `commit ${commit} is older than ${published.commit}, for which channel ${published.channel} was published: nothing is done`;
}
