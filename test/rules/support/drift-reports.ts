import fc from "fast-check";
import type { DriftNews } from "../../../rules/drift-issue.ts";
import {
  DRIFT_CHECKS,
  driftCheck,
  type DriftFinding,
  type DriftLook,
  type DriftReport,
} from "../../../rules/drift-report.ts";
import { hostileText } from "./markdown.ts";

export const RUN = "https://github.com/pytorch/pytorch/actions/runs/4711";

export const FINDING: DriftFinding = {
  subject: "docker-build/DOCKER_TOKEN",
  message: "worked until 2026-11-20, 1 day ago",
  remedy: "slipway secrets set DOCKER_TOKEN --stack main",
};

/** A report of these looks. */
export function reportOf(looks: Readonly<Partial<Record<string, DriftLook>>>): DriftReport {
  return {
    version: 1,
    stack: "main",
    repository: "pytorch/pytorch",
    commit: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    lookedAt: "2026-11-21T04:23:00.000Z",
    checks: DRIFT_CHECKS.flatMap((check) => {
      const look = looks[check];
      return look === undefined ? [] : [driftCheck(check, look)];
    }),
  };
}

/** What a run knows that looked, and found these. */
export function newsOf(
  looks: Readonly<Partial<Record<string, DriftLook>>>,
  more: Partial<DriftNews> = {},
): DriftNews {
  const found = { report: reportOf(looks) };
  return { look: "failure", found, failedBuild: undefined, runUrl: RUN, ...more };
}

const finding = fc.record(
  { subject: hostileText, message: hostileText, remedy: hostileText },
  { requiredKeys: ["subject", "message"] },
);
/** Looks that found anything at all. */
export const randomLook: fc.Arbitrary<DriftLook> = fc.record({
  findings: fc.array(finding, { maxLength: 4 }),
  notes: fc.array(finding, { maxLength: 3 }),
  unasked: fc.array(hostileText, { maxLength: 3 }),
});
export const randomLooks = fc.record({
  preview: randomLook,
  secrets: randomLook,
  bases: randomLook,
});
