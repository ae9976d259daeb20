import type { TrustCell, TrustRow } from "../../rules/trust-table.ts";
import type { RoleTrust } from "../trust.ts";
import { code } from "./markdown.ts";
import { table } from "./table.ts";

const HEADINGS = ["token", "subject by name", "subject with ids", "why"];

/** Who assumes the roles of a stack, a table for each. */
export function trustText(stack: string, roles: readonly RoleTrust[]): string {
  if (roles.length === 0) return nothing(stack);
  return roles
    .map(
      ({ role, rows }) => `${role}\n\n${table([HEADINGS, ...rows.map(cells)])}\n\n${verdict(rows)}`,
    )
    .join("\n\n");
}

/** The same as Markdown. */
export function trustMarkdown(stack: string, roles: readonly RoleTrust[]): string {
  if (roles.length === 0) return nothing(stack);
  return roles
    .map(({ role, rows }) => {
      const lines = [HEADINGS, HEADINGS.map(() => "---"), ...rows.map(markdownCells)];
      const drawn = lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
      return `### ${code(role)}\n\n${drawn}\n\n${verdict(rows)}`;
    })
    .join("\n\n");
}

function nothing(stack: string): string {
  return `Stack ${stack} declares no role, so no token assumes one.`;
}

function cells({ token, subjects, reason }: TrustRow): readonly string[] {
  return [token, word(subjects.name), word(subjects.immutable), reason];
}

function markdownCells(row: TrustRow): readonly string[] {
  const [token = "", name = "", immutable = "", why = ""] = cells(row);
  return [token, name, immutable, code(why)];
}

function word({ passes, wrong }: TrustCell): string {
  if (passes === null) return "no token";
  if (wrong) return passes ? "PASSES" : "REFUSED";
  return passes ? "passes" : "refused";
}

function verdict(rows: readonly TrustRow[]): string {
  const wrong = rows.filter(({ subjects }) => Object.values(subjects).some((one) => one.wrong));
  if (wrong.length === 0) return "Only tokens that are granted pass.";
  return `Not as granted: ${wrong.map(({ token }) => token).join(", ")}.`;
}
