import assert from "node:assert/strict";
import { parseMoment } from "../../rules/retention-moment.ts";

describe("moment of a simulation", () => {
  const now = Date.parse("2026-11-21T06:00:00Z");
  const moment = (text: string) => new Date(parseMoment(text, now)).toISOString();

  it("is a date, a moment, or days or weeks ahead", () => {
    assert.equal(moment("2027-03-01"), "2027-03-01T00:00:00.000Z");
    assert.equal(moment("2027-03-01T12:00:00Z"), "2027-03-01T12:00:00.000Z");
    assert.equal(moment("2027-03-01T12:00:00+02:00"), "2027-03-01T10:00:00.000Z");
    assert.equal(moment("+0d"), "2026-11-21T06:00:00.000Z");
    assert.equal(moment("+90d"), "2027-02-19T06:00:00.000Z");
    assert.equal(moment("+2w"), "2026-12-05T06:00:00.000Z");
  });

  it("is nothing else", () => {
    for (const text of ["", "soon", "90d", "+90", "-1d", "+1y", "2027-02-30", "2027-03-01T12:00"]) {
      assert.throws(() => parseMoment(text, now), {
        name: "UserError",
        message: /is no date; write/,
      });
    }
  });
});
