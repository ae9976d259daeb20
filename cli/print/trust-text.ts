import type { TrustRow } from "../../rules/trust-table.ts";
import type { RoleTrust, StackTrust } from "../trust/stack-trust.ts";
import { code, markdownTable } from "./markdown.ts";
import { table } from "./table.ts";
import { wrapped } from "./wrapped.ts";
import { refsLines, refsVerdict } from "./trust-refs.ts";

/** Who assumes the roles of a stack, a column for each, and which refs that rests on. */
export function trustText(trust: StackTrust): string {
  return sections(trust, table).join("\n\n");
}

/** The same as Markdown. */
export function trustMarkdown(trust: StackTrust): string {
  return sections(trust, markdownTable).join("\n\n");
}

function sections(
  trust: StackTrust,
  draw: (rows: readonly (readonly string[])[]) => string,
): readonly string[] {
  const { stack, roles, refs } = trust;
  const inText = draw === table;
  return [
    ...(roles.length === 0
      ? [`Stack ${stack} declares no role, so no token assumes one.`]
      : [
          draw([
            ["role", "name on AWS", "granted to"],
            ...roles.map(({ key, role, grants }) => [
              key,
              inText ? role : code(role),
              grants.join("; "),
            ]),
          ]),
          draw(inText ? folded(matrix(roles)) : matrix(roles)),
          verdict(trust),
        ]),
    ...(refs.length === 0 ? [] : [draw(refsLines(refs, inText)), refsVerdict(refs)]),
  ];
}

/** A row for each token, a column for each role. */
function matrix(roles: readonly RoleTrust[]): readonly (readonly string[])[] {
  const byToken = roles.map(({ rows }) => new Map(rows.map((row) => [row.token, row])));
  return [
    ["token", ...roles.map(({ key }) => key)],
    ...titles(roles).map((title) => [title, ...byToken.map((rows) => word(rows.get(title)))]),
  ];
}

/** What a terminal of a hundred columns leaves for the token beside five roles. */
const LONGEST_TOKEN = 46;

/** The rows with the second half of a long token on a line of its own. */
function folded(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return rows.flatMap(([token = "", ...cells]) => {
    const comma = token.indexOf(", ");
    if (token.length <= LONGEST_TOKEN || comma < 0) return [[token, ...cells]];
    return [[token.slice(0, comma + 1), ...cells], [`  ${token.slice(comma + 2)}`]];
  });
}

/** Of every role's rows, each once, in an order that is right for every role. */
function titles(roles: readonly RoleTrust[]): readonly string[] {
  const all: string[] = [];
  for (const { rows } of roles) {
    let last = -1;
    for (const { token } of rows) {
      const found = all.indexOf(token);
      last = found === -1 ? last + 1 : found;
      if (found === -1) all.splice(last, 0, token);
    }
  }
  return all;
}

/** Of both forms of the subject, what matters: a wrong one, else one that passes. */
function word(row: TrustRow | undefined): string {
  if (row === undefined) return "";
  const forms = Object.values(row.subjects);
  const wrong = forms.find((one) => one.wrong);
  if (wrong !== undefined) return wrong.passes === true ? "PASSES" : "REFUSED";
  if (forms.every(({ passes }) => passes === null)) return "no token";
  return forms.some(({ passes }) => passes) ? "passes" : "-";
}

function verdict({ stack, repository, roles }: StackTrust): string {
  const { owner, name, ownerId, repositoryId, subjectForm } = repository;
  const forms = {
    name: `by names (repo:${owner}/${name}:...)`,
    immutable: `with numbers (repo:${owner}@${ownerId}/${name}@${repositoryId}:...)`,
    both: "by names and with numbers",
  };
  const wrong = roles.flatMap(({ key, rows }) =>
    rows
      .filter(({ subjects }) => Object.values(subjects).some((one) => one.wrong))
      .map(({ token }) => `${key}: ${token}`),
  );
  return [
    "Judged is what the stack declares; a trust that was changed by hand on AWS, slipway preview shows.",
    wrong.length === 0
      ? "Only tokens that are granted pass. A dash is a token that is refused."
      : `Not as granted: ${wrong.join("; ")}.`,
    `Subjects are trusted ${forms[subjectForm]}. Whether GitHub writes them so: slipway trust subject --stack ${stack}`,
    `Why a role refuses: slipway trust --stack ${stack} --role ${roles[0]?.key ?? ""}`,
  ]
    .flatMap((line) => wrapped(line, ""))
    .join("\n");
}
