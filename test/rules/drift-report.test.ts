import assert from "node:assert/strict";
import fc from "fast-check";
import {
  driftCheck,
  isClean,
  MAX_DRIFT_REPORT_BYTES,
  readDriftReport,
} from "../../rules/drift-report.ts";
import { FINDING, randomLooks, reportOf } from "./support/drift-reports.ts";

function faults(document: unknown): string {
  const read = readDriftReport(JSON.stringify(document));
  assert.ok("problems" in read);
  return read.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
}

describe("a report on drift", () => {
  it("is read as it was written, whatever was found", () => {
    fc.assert(
      fc.property(randomLooks, (looks) => {
        const report = reportOf(looks);
        assert.deepEqual(readDriftReport(JSON.stringify(report)), { report });
      }),
    );
  });

  it("is clean where everything was asked and nothing was found, whatever the news", () => {
    fc.assert(
      fc.property(randomLooks, (looks) => {
        const nothing = Object.values(looks).every(
          ({ findings = [], unasked = [] }) => findings.length + unasked.length === 0,
        );
        assert.equal(isClean(reportOf(looks)), nothing);
      }),
    );
    assert.ok(isClean(reportOf({ preview: { notes: [FINDING] } })));
    assert.ok(!isClean(reportOf({ preview: {}, bases: { unasked: ["no answer"] } })));
  });

  it("calls found what was found, though something else could not be asked", () => {
    const look = { findings: [FINDING], unasked: ["no answer"] };
    assert.equal(driftCheck("bases", look).outcome, "found");
    assert.equal(driftCheck("bases", { unasked: ["no answer"] }).outcome, "not asked");
    assert.equal(driftCheck("bases", {}).outcome, "ok");
  });

  it("has as many entries as fit, and counts the rest", () => {
    const findings = Array.from({ length: 250 }, () => FINDING);
    const check = driftCheck("secrets", { findings, unasked: ["a"] });
    assert.equal(check.findings.length, 200);
    assert.equal(check.leftOut, 50);
    const long = driftCheck("secrets", { unasked: ["x".repeat(5000)] });
    assert.equal(long.unasked[0]?.length, 600);
  });

  it("is refused with an outcome that its lists do not bear out", () => {
    const report = reportOf({ preview: { findings: [FINDING] } });
    const [check] = report.checks;
    const lie = { ...report, checks: [{ ...check, outcome: "ok" }] };
    assert.equal(
      faults(lie),
      'checks[0].outcome: "ok" is not ok, found or not asked, as the lists beside it say',
    );
  });

  it("is refused with another key, a check twice or none, and text that does not show", () => {
    const report = reportOf({ preview: {} });
    assert.match(faults({ ...report, value: "x" }), /^value: unknown key; the keys here are /);
    assert.match(faults({ ...report, checks: [] }), /^checks: \[\] is not a list of at least one/);
    const twice = [...report.checks, ...report.checks];
    assert.match(faults({ ...report, checks: twice }), /^checks: .* each once/);
    const hidden = { ...driftCheck("preview", {}), outcome: "not asked", unasked: ["a\u001b[31m"] };
    assert.match(
      faults({ ...report, checks: [hidden] }),
      /unasked\[0\]: .* is not a printable text/,
    );
    assert.match(faults({ ...report, commit: "main" }), /^commit: "main" is not a commit/);
    assert.match(faults({ ...report, version: 2 }), /^version: 2 is not 1$/);
  });

  it("is refused when it is too large, or no JSON, without a word of it", () => {
    const large = readDriftReport(JSON.stringify("x".repeat(MAX_DRIFT_REPORT_BYTES)));
    assert.ok("problems" in large);
    assert.match(large.problems[0]?.message ?? "", /^larger than 1048576 bytes/);
    const text = readDriftReport("marker");
    assert.ok("problems" in text);
    assert.doesNotMatch(JSON.stringify(text.problems), /marker/);
  });
});
