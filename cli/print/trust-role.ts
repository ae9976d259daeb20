import type { TrustCell, TrustRow } from "../../rules/trust-table.ts";
import type { RoleTrust } from "../trust/stack-trust.ts";
import { code, markdownTable } from "./markdown.ts";
import { table } from "./table.ts";
import { wrapped } from "./wrapped.ts";

const HEADINGS = ["token", "subject by name", "subject with ids", "why"];

/** What a reason begins with, which stands below its token. */
const BELOW = "    ";

/** What becomes of every token that asks for one role, and why. */
export function roleText({ role, rows }: RoleTrust): string {
  const written = rows.map(cells);
  const [head = "", ...lines] = table([HEADINGS, ...written].map((row) => row.slice(0, -1))).split(
    "\n",
  );
  const body = lines.flatMap((line, index) => [
    line,
    ...wrapped(written[index]?.at(-1) ?? "", BELOW),
  ]);
  return [role, "", head, ...body, "", ...wrapped(verdict(rows), "")].join("\n");
}

/** The same as Markdown. */
export function roleMarkdown({ role, rows }: RoleTrust): string {
  const lines = rows.map((row) => {
    const [token = "", name = "", immutable = "", why = ""] = cells(row);
    return [token, name, immutable, code(why)];
  });
  return `### ${code(role)}\n\n${markdownTable([HEADINGS, ...lines])}\n\n${verdict(rows)}`;
}

function cells({ token, subjects, reason }: TrustRow): readonly string[] {
  return [token, word(subjects.name), word(subjects.immutable), reason];
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
