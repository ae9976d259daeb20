import type { DriftFinding, DriftLook } from "../../rules/drift-report.ts";
import { type BaseFinding, isFault } from "../bases/check-bases.ts";
import { lookAtBases as ask } from "../bases/show-bases.ts";

/** Asks the registries for the bases of some families. */
export async function lookAtBases(
  families: readonly string[],
  say: (line: string) => void,
): Promise<DriftLook> {
  return basesLook(await ask(families, say));
}

/** A base that somebody must see to is drift, one that moved is news, and one that no registry told of is not known. */
export function basesLook(all: readonly BaseFinding[]): DriftLook {
  const findings: DriftFinding[] = [];
  const notes: DriftFinding[] = [];
  const unasked: string[] = [];
  for (const base of all) {
    const { state, note } = base;
    const subject = `${base.family}/${base.base}`;
    if (state === "not asked") unasked.push(`${subject}: ${note ?? "the registry did not tell"}`);
    else if (isFault(base)) findings.push({ subject, message: messageOf(base) });
    else if (state === "moved") {
      const remedy = `slipway bases bump ${subject}`;
      notes.push({ subject, message: messageOf(base), remedy });
    }
  }
  return { findings, notes, unasked };
}

function messageOf({ state, image, newDigest, note }: BaseFinding): string {
  const now = newDigest === undefined ? "" : `, now ${newDigest}`;
  return `${state}: ${image}${now}${note === undefined ? "" : `; ${note}`}`;
}
