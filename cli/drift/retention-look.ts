import type { DriftLook } from "../../rules/drift-report.ts";
import { simulate } from "../retention/simulate.ts";

/** Far enough ahead for somebody to act, near enough for what is published until then not to matter. */
const AHEAD = "+30d";

/** Works out what ECR will delete within a month. */
export async function lookAtRetention(
  stack: string,
  say: (line: string) => void,
): Promise<DriftLook> {
  return retentionLook(await simulate({ stack, at: AHEAD }, Date.now(), say));
}

/** What of a simulation is drift. */
interface Endangered {
  readonly families: readonly {
    readonly repository: string;
    readonly endangered: readonly {
      readonly image: { readonly digest: string };
      readonly removal: { readonly rule: { readonly rulePriority: number } };
      readonly needs: readonly string[];
    }[];
  }[];
  readonly notes: readonly string[];
}

/** An image that is needed and would go is drift. */
export function retentionLook({ families, notes }: Endangered): DriftLook {
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
