import { z } from "zod";
import { documentProblems, mapOf } from "./document-problems.ts";
import { OBJECT_ID } from "./names.ts";
import { isPrintable, printable } from "./printable.ts";
import type { Problem } from "./problems.ts";

/** The largest report that is read, in bytes. */
export const MAX_DRIFT_REPORT_BYTES = 1_048_576;

/** What is looked at, in the order in which it is told. */
export const DRIFT_CHECKS = ["preview", "secrets", "bases", "retention", "workflows"] as const;
export type DriftCheckName = (typeof DRIFT_CHECKS)[number];

/** The most entries of each list; what did not fit is counted in `leftOut`. */
const MOST = { findings: 200, notes: 100, unasked: 50 } as const;
/** The longest texts, in characters of JavaScript. */
const LONGEST = { subject: 200, message: 600 } as const;

const text = (longest: number) => {
  const rule = `a printable text of 1 to ${longest} characters on one line`;
  return z.string(rule).min(1, rule).max(longest, rule).refine(isPrintable, rule);
};
const list = <Entry extends z.ZodType>(entry: Entry, most: number) => {
  const rule = `a list of at most ${most} entries`;
  return z.array(entry, rule).max(most, rule);
};
const form = (grammar: RegExp, rule: string) => z.string(rule).regex(grammar, rule);
const COUNT = "a whole number from 0";
const OUTCOMES = ["ok", "found", "not asked"] as const;
const OUTCOME = "ok, found or not asked, as the lists beside it say";

const DriftFinding = mapOf(
  {
    /** `docker-build-environment`, `docker-build/DOCKER_TOKEN`, `ci-image/rocm7.1` */
    subject: text(LONGEST.subject),
    message: text(LONGEST.message),
    /** What to do, where there is more to it than to look. */
    remedy: text(LONGEST.message).optional(),
  },
  "a map of subject, message and remedy",
);

const DriftCheck = mapOf(
  {
    check: z.enum(DRIFT_CHECKS, `one of ${DRIFT_CHECKS.join(", ")}`),
    /** `found` beside what could not be asked as well; `ok` only where everything was asked. */
    outcome: z.enum(OUTCOMES, OUTCOME),
    /** What somebody must see to. */
    findings: list(DriftFinding, MOST.findings),
    /** News that nobody must act on. */
    notes: list(DriftFinding, MOST.notes),
    /** Why something could not be asked. */
    unasked: list(text(LONGEST.message), MOST.unasked),
    /** Entries of all three lists that did not fit. */
    leftOut: z.int(COUNT).min(0, COUNT),
  },
  "a map of check, outcome, findings, notes, unasked and leftOut",
).refine((check) => check.outcome === outcomeOf(check), { error: OUTCOME, path: ["outcome"] });

const CHECKS = `a list of at least one check, each once: ${DRIFT_CHECKS.join(", ")}`;
const MOMENT = "a moment in UTC, e.g. 2026-11-21T04:23:00Z";

/** What a look for drift found. It holds no value of anything, secret or not. */
export const DriftReport = mapOf(
  {
    version: z.literal(1, "1"),
    stack: form(/^[\w.-]{1,100}$/, "the name of a stack"),
    /** `OWNER/NAME` */
    repository: form(/^[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}$/, "OWNER/NAME"),
    /** What was checked out; null where that is no commit. */
    commit: form(OBJECT_ID, "a commit's 40 hex digits").nullable(),
    lookedAt: z.iso.datetime(MOMENT),
    checks: z
      .array(DriftCheck, CHECKS)
      .min(1, CHECKS)
      .refine((checks) => new Set(checks.map(({ check }) => check)).size === checks.length, CHECKS),
  },
  "a map of version, stack, repository, commit, lookedAt and checks",
);
export type DriftReport = z.output<typeof DriftReport>;
export type DriftCheck = z.output<typeof DriftCheck>;
export type DriftFinding = z.output<typeof DriftFinding>;

/** What one check came to, before it is cut to what a report takes. */
export interface DriftLook {
  readonly findings?: readonly DriftFinding[];
  readonly notes?: readonly DriftFinding[];
  readonly unasked?: readonly string[];
}

/** A check as a report has it: texts made printable, lists cut. */
export function driftCheck(
  check: DriftCheckName,
  { findings = [], notes = [], unasked = [] }: DriftLook,
): DriftCheck {
  const kept = {
    findings: findings.slice(0, MOST.findings).map(shown),
    notes: notes.slice(0, MOST.notes).map(shown),
    unasked: unasked.slice(0, MOST.unasked).map((reason) => printable(reason, LONGEST.message)),
  };
  const all = findings.length + notes.length + unasked.length;
  const left = kept.findings.length + kept.notes.length + kept.unasked.length;
  return { check, outcome: outcomeOf(kept), ...kept, leftOut: all - left };
}

function shown({ subject, message, remedy }: DriftFinding): DriftFinding {
  return {
    subject: printable(subject, LONGEST.subject),
    message: printable(message, LONGEST.message),
    ...(remedy !== undefined && { remedy: printable(remedy, LONGEST.message) }),
  };
}

function outcomeOf({
  findings,
  unasked,
}: {
  readonly findings: readonly unknown[];
  readonly unasked: readonly unknown[];
}): (typeof OUTCOMES)[number] {
  if (findings.length > 0) return "found";
  return unasked.length > 0 ? "not asked" : "ok";
}

/** Whether everything was asked, and nothing found. */
export function isClean({ checks }: Pick<DriftReport, "checks">): boolean {
  return checks.every(({ outcome }) => outcome === "ok");
}

/** Reads a report, or says everything that is wrong with it. */
export function readDriftReport(
  json: string,
): { readonly report: DriftReport } | { readonly problems: readonly Problem[] } {
  if (Buffer.byteLength(json) > MAX_DRIFT_REPORT_BYTES) {
    const message = `larger than ${MAX_DRIFT_REPORT_BYTES} bytes, which no report is`;
    return { problems: [{ path: "(file)", message }] };
  }
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    // The parser's own words would quote a file that may be any.
    return { problems: [{ path: "(file)", message: "is no JSON; slipway drift writes one" }] };
  }
  const read = DriftReport.safeParse(raw);
  if (read.success) return { report: read.data };
  return { problems: documentProblems(read.error, raw) };
}
