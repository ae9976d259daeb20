import type { DriftLook } from "../../rules/drift-report.ts";
import { simulate, type Simulation } from "../retention/simulate.ts";

/** Far enough ahead for somebody to act, near enough for what is published until then not to matter. */
const AHEAD = "+30d";

/** Works out what ECR will delete within a month. */
export async function lookAtRetention(
  stack: string,
  say: (line: string) => void,
): Promise<DriftLook> {
  return retentionLook(await simulate({ stack, at: AHEAD }, Date.now(), say));
}

/** An image that is needed and would go is drift. */
export function retentionLook({
  families,
  notes,
}: Pick<Simulation, "families" | "notes">): DriftLook {
  return {
    findings: families.flatMap(({ repository, endangered }) =>
      endangered.map(({ image, removal, needs }) => ({
        subject: `${repository}@${image.digest}`,
        message: `goes within 30 days by rule ${removal.rule.rulePriority}; needed by ${needs.join(", ")}`,
      })),
    ),
    notes: notes.map((message) => ({ subject: "retention", message })),
  };
}
