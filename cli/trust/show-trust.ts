import { UserError } from "../../rules/problems.ts";
import type { TrustRow } from "../../rules/trust-table.ts";
import { roleMarkdown, roleText } from "../print/trust-role.ts";
import { trustMarkdown, trustText } from "../print/trust-text.ts";
import { type RefTrust, type RoleTrust, type StackTrust, stackTrust } from "./stack-trust.ts";

export interface TrustOptions {
  readonly stack: string;
  /** Key or name of the one role that is meant. */
  readonly role?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/**
 * Prints who assumes the roles of a stack, and which refs that rests on.
 * @returns the exit code: 1 when somebody does who may not, or may and does not, or a ref has no ruleset behind it
 */
export async function showTrust(options: TrustOptions): Promise<number> {
  const { stack, role, json = false, markdown = false } = options;
  const trust = await stackTrust(stack);
  if (role !== undefined) return showRole(trust, role, { json, markdown });
  const safe = isSafe(trust);
  const { repository, roles, refs } = trust;
  if (json) {
    const { subjectForm } = repository;
    console.log(JSON.stringify({ stack, safe, subjectForm, roles, refs }, undefined, 2));
  } else {
    console.log(markdown ? trustMarkdown(trust) : trustText(trust));
  }
  return safe ? 0 : 1;
}

/** Prints what becomes of every token that asks for one role, and why. */
function showRole(
  { stack, roles }: StackTrust,
  named: string,
  { json, markdown }: Required<Pick<TrustOptions, "json" | "markdown">>,
): number {
  const found = roles.find(({ key, role }) => named === key || named === role);
  if (found === undefined) {
    const all = roles.map(({ key }) => key).join(", ");
    throw new UserError(
      `--role: ${JSON.stringify(named)} is no role of stack ${stack}; ${all === "" ? "it declares none" : `there are: ${all}`}`,
    );
  }
  const safe = !found.rows.some(isWrong);
  if (json) console.log(JSON.stringify({ stack, safe, roles: [found] }, undefined, 2));
  else console.log(markdown ? roleMarkdown(found) : roleText(found));
  return safe ? 0 : 1;
}

/** Whether only granted tokens pass, and every ref of worth has a ruleset behind it. */
export function isSafe({ roles, refs }: Pick<StackTrust, "roles" | "refs">): boolean {
  return !roles.some(({ rows }: RoleTrust) => rows.some(isWrong)) && !refs.some(isUnprotected);
}

/** Whether a token passes that nothing grants, or is granted and refused, in either form of the subject. */
export function isWrong({ subjects }: TrustRow): boolean {
  return Object.values(subjects).some(({ wrong }) => wrong);
}

/** Whether something of worth rests on refs that anybody may make who can push. */
export function isUnprotected({ ruleset, needed }: RefTrust): boolean {
  return needed && ruleset === null;
}
