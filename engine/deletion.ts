import { UserError } from "../rules/problems.ts";
import { resourceText } from "./resource-name.ts";
import { read, remove } from "./provider-calls.ts";
import { kindOf } from "./report.ts";
import type { StepDetails } from "./report.ts";
import type { RunContext } from "./run-context.ts";
import { needs } from "./state.ts";
import type { ResourceState } from "./state.ts";

/** What would delete something: a destroy, the end of its declaration, or a change that calls for a replacement. */
export type DeletionCause = "destroy" | "undeclared" | "replacement";

/**
 * How to delete something protected after all. What is recorded as protected is refused, so its declaration first has to
 * be applied without the protection.
 */
export const generalUnprotectHint: Readonly<Record<DeletionCause, string>> = {
  destroy: "Declare them with protect: false, run up, and run this again.",
  undeclared:
    "Declare them again, with protect: false, and run up; then take the declaration out again and run this again.",
  replacement:
    "Take back the change that calls for it, declare them with protect: false and run up; then make the change again.",
};

/**
 * Lets nothing protected be deleted.
 *
 * @param by What is refused, and why it would delete.
 * @throws {UserError} that lists every protected resource among those to delete, before any is deleted.
 */
export function refuseProtected(
  targets: readonly ResourceState[],
  by: { readonly what: string; readonly cause: DeletionCause },
  { unprotectHint }: Pick<RunContext, "unprotectHint">,
): void {
  const refused = targets.filter((r) => r.protect === true && kindOf(r) === "resource");
  if (refused.length === 0) return;
  throw new UserError(
    [
      `${by.what} would delete protected resources, and so deleted nothing:`,
      ...refused.map((r) => `  ${resourceText(r.urn)}`),
      unprotectHint[by.cause],
    ].join("\n"),
  );
}

/**
 * Deletes resources, each after all that need it, as many at once as the limit allows. One that fails keeps what it
 * needs alive too; the others go on.
 */
export async function deleteAll(
  targets: readonly ResourceState[],
  context: RunContext,
): Promise<void> {
  const ends = new Map<ResourceState, Promise<boolean>>();
  const swallowed: ResourceState[] = [];
  const end = (target: ResourceState): Promise<boolean> => {
    const running = ends.get(target) ?? begin(target);
    ends.set(target, running);
    return running;
  };
  const begin = async (target: ResourceState): Promise<boolean> => {
    const before = targets.filter((other) => other !== target && needs(other, target));
    const ended = await Promise.all(before.map(end));
    if (ended.includes(false)) {
      context.report.note(
        `${resourceText(target.urn)} stays: something that needs it could not be deleted`,
      );
      return false;
    }
    if (targets.some((other) => other !== target && other.urn === target.deletedWith)) {
      swallowed.push(target);
      return true;
    }
    return deleteOne(target, context);
  };
  await Promise.all(targets.map(end));

  // What goes with another resource is forgotten only once that one is gone.
  for (const target of swallowed) {
    const container = targets.find((other) => other.urn === target.deletedWith);
    if (container === undefined || !(await end(container))) continue;
    context.report.step(target, "delete", { note: "gone with what it belongs to" });
    await context.snapshot.remove(target);
  }
}

/** @returns false when it failed, which is reported. */
async function deleteOne(target: ResourceState, context: RunContext): Promise<boolean> {
  const { snapshot, report, planning } = context;
  try {
    const details = await detailsOf(target, context);
    if (planning || kindOf(target) !== "resource" || details.note !== undefined) {
      report.step(target, "delete", details);
    } else {
      await context.limit(() =>
        report.work(target, "delete", details, () => deleteFromService(target, context)),
      );
    }
    await snapshot.remove(target);
    return true;
  } catch (error) {
    report.fail(error, target);
    return false;
  }
}

/** With a note where the service has nothing to delete. */
async function detailsOf(target: ResourceState, context: RunContext): Promise<StepDetails> {
  if (kindOf(target) !== "resource") return {};
  const part = target.replaced && context.replacing.has(target.urn) ? { partOfReplace: true } : {};
  if (target.retainOnDelete === true) return { ...part, note: "only forgotten: retainOnDelete" };
  if (!context.refresh || target.replaced === true) return part;
  const by = await context.providers.of(target.type, target.provider);
  if (by === undefined) return {};
  const found = await context.limit(() => read(by, target));
  return found === undefined ? { note: "already gone" } : {};
}

/**
 * Deletes a resource from its service; its record stays.
 *
 * @throws {UserError} when nothing tells how to configure its provider; else what the provider throws.
 */
export async function deleteFromService(
  target: ResourceState,
  { providers }: Pick<RunContext, "providers">,
): Promise<void> {
  const by = await providers.of(target.type, target.provider);
  if (by === undefined) {
    throw new UserError(
      `${resourceText(target.urn)}: its provider's configuration is unknown; run up again`,
    );
  }
  await remove(by, target);
}
