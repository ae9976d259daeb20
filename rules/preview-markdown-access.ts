import { codeSpan, codeSpans } from "./markdown-text.ts";
import type { ReportedAccess } from "./preview-report.ts";

/** Shown of each list of a statement. */
const MOST_TEXTS = 10;
const LONGEST = 200;

/** Changes of who may do what, one line each: first and bold what lets somebody in or lets somebody do more. */
export function accessRows(changes: readonly ReportedAccess[]): readonly string[] {
  const wider = changes.filter(isWider).map((change) => `- **${headOf(change)}**${restOf(change)}`);
  const others = changes
    .filter((change) => !isWider(change))
    .map((change) => `- ${headOf(change)}${restOf(change)}`);
  return [...wider, ...others];
}

/** Changes that let somebody in or lets somebody do more; of other settings than a stack's nobody can tell without knowing them. */
export function isWider(change: ReportedAccess): boolean {
  switch (change.kind) {
    case "token":
      return change.change === "begins";
    case "statement":
      return (change.change === "gains") === (change.effect === "Allow");
    case "setting":
      // Where builds and logins go, and what is run with: each may be somebody else's.
      return change.of === "stack" || (change.of === "secret" && change.new === "replaced");
  }
}

function headOf(change: ReportedAccess): string {
  switch (change.kind) {
    case "token": {
      const passes = change.change === "begins" ? "begins to pass" : "ceases to pass";
      return `${codeSpan(change.token)} ${passes}: role ${codeSpan(change.role)}`;
    }
    case "statement": {
      const { change: verb, policy, holder, effect } = change;
      return `The ${policy} of ${codeSpan(holder)} ${verb}: ${effect}`;
    }
    case "setting": {
      const { of, holder, setting, old, new: next } = change;
      return `${capital(of)} ${codeSpan(holder)}, ${codeSpan(setting)}: ${valueOf(old)} → ${valueOf(next)}`;
    }
  }
}

function restOf(change: ReportedAccess): string {
  switch (change.kind) {
    case "token": {
      const claims = Object.entries(change.claims).map(([name, value]) => `${name} = ${value}`);
      return claims.length === 0 ? "" : `, with ${texts(claims)}`;
    }
    case "statement": {
      const { actions, resources, principals, conditions } = change;
      return [
        ` ${texts(actions)}`,
        ...(resources.length > 0 ? [`on ${texts(resources)}`] : []),
        ...(principals.length > 0 ? [`for ${texts(principals)}`] : []),
        ...(conditions.length > 0 ? [`if ${texts(conditions)}`] : []),
      ].join(" ");
    }
    case "setting":
      return "";
  }
}

function texts(list: readonly string[]): string {
  return codeSpans(list, { most: MOST_TEXTS, longest: LONGEST });
}

function valueOf(value: string | undefined): string {
  return value === undefined ? "none" : codeSpan(value, LONGEST);
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
