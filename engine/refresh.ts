import { diffProperties } from "./property-diff.ts";
import { read } from "./provider-calls.ts";
import { kindOf } from "./report.ts";
import type { RunContext } from "./run-context.ts";
import { sameValue } from "./values.ts";

/**
 * Reads every resource and records what is found; nothing is changed but the state. One that is gone leaves the state,
 * so that the next `up` creates it again.
 */
export async function refreshAll({
  snapshot,
  providers,
  report,
  limit,
}: RunContext): Promise<void> {
  const resources = snapshot.resources.filter((r) => kindOf(r) === "resource" && !r.replaced);
  await Promise.all(
    resources.map((before) =>
      limit(async () => {
        try {
          const by = await providers.of(before.type, before.provider);
          const now = by === undefined ? before : await read(by, before);
          if (now === undefined) {
            report.step(before, "delete", { note: "it is gone" });
            await snapshot.remove(before);
            return;
          }
          const same = sameValue(before.outputs, now.outputs);
          report.step(before, same ? "same" : "update", {
            diff: diffProperties(before.outputs, now.outputs),
          });
          await snapshot.put(now);
        } catch (error) {
          report.fail(error, before);
        }
      }),
    ),
  );
}
