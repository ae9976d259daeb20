import { create, find, read } from "./provider-calls.ts";
import type { Provider } from "./providers.ts";
import { resourceText } from "./resource-name.ts";
import type { RunContext } from "./run-context.ts";
import type { ResourceState, Snapshot } from "./state.ts";
import type { PropertyMap } from "./values.ts";

/**
 * Creates a resource and records it.
 *
 * A run may be killed after the service did its work and before that is recorded. So what is to be made is noted first,
 * and {@link resumeCreation} looks for it in the next run. It is noted only when the provider finds nothing of the kind
 * there: what exists before is not this stack's and must never be taken for it. A creation that fails half way stays
 * noted, too.
 *
 * @param wanted The resource without an id, its outputs as far as they are known.
 */
export async function createRecorded(
  by: Provider,
  wanted: ResourceState,
  snapshot: Snapshot,
): Promise<{ readonly id: string; readonly outputs: PropertyMap }> {
  const isNew = by.find !== undefined && (await find(by, wanted)) === undefined;
  if (isNew) await snapshot.begin(wanted);
  try {
    const made = await create(by, wanted);
    await snapshot.end(wanted.urn, { ...wanted, ...made });
    return made;
  } catch (error) {
    if (isNew && (await isAbsent(by, wanted))) await snapshot.end(wanted.urn);
    throw error;
  }
}

/** Whether certainly nothing was made: a service that does not answer leaves that open. */
function isAbsent(by: Provider, wanted: ResourceState): Promise<boolean> {
  return find(by, wanted).then(
    (id) => id === undefined,
    () => false,
  );
}

/**
 * Ends a creation that an earlier run began: what it made is recorded as that run would have recorded it.
 *
 * @returns The resource; undefined when no creation of it was noted or nothing was made.
 */
export async function resumeCreation(
  urn: string,
  { snapshot, providers }: Pick<RunContext, "snapshot" | "providers">,
): Promise<ResourceState | undefined> {
  const begun = snapshot.pending.find((resource) => resource.urn === urn);
  if (begun === undefined) return undefined;
  const by = await providers.of(begun.type, begun.provider);
  if (by === undefined) return undefined;
  const id = await find(by, begun);
  const made = id === undefined ? undefined : await read(by, { ...begun, id });
  // Where two declare the same thing, one made it, and the other is to hear from the service that it exists.
  const isOthers = snapshot.resources.some(
    ({ type, provider, id }) => type === made?.type && provider === made.provider && id === made.id,
  );
  const ours = isOthers ? undefined : made;
  await snapshot.end(urn, ours);
  return ours;
}

/** {@link resumeCreation} for all that is still noted; a failure is reported. */
export async function resumeCreations(context: RunContext): Promise<void> {
  const { snapshot, report, limit } = context;
  await Promise.all(
    snapshot.pending.map((begun) =>
      limit(async () => {
        try {
          const made = await resumeCreation(begun.urn, context);
          if (made !== undefined) report.note(`${resourceText(begun.urn)}: ${madeByInterrupted}`);
        } catch (error) {
          report.fail(error, begun);
        }
      }),
    ),
  );
}

/** Says why something is there that no run has told of. */
export const madeByInterrupted = "an interrupted run had made it";
