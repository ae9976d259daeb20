import assert from "node:assert/strict";
import { readHold } from "../../../rules/pins/hold.ts";

describe("a hold", () => {
  const good: readonly (readonly [string, string, string])[] = [
    ["# slipway: hold until 2027-03-01 because of #12", "2027-03-01", "of #12"],
    ["// Slipway:  hold  until 2028-02-29 because it broke */", "2028-02-29", "it broke"],
    ["<!-- slipway: hold until 2027-03-01 because of x --> ", "2027-03-01", "of x"],
    ['"//": "slipway: hold until 2027-03-01 because of x",', "2027-03-01", "of x"],
  ];
  for (const [text, until, because] of good) {
    it(`is read from ${text}`, () => {
      assert.deepEqual(readHold(text), { until, because });
    });
  }

  for (const text of [
    "# slipway: hold",
    "# slipway: hold until 2027-03-01",
    "# slipway: hold until 2027-03-01 because",
    "# slipway: hold until 2027-02-30 because of x",
    "# slipway: hold until March because of x",
    "# slipway: hold because of x",
    "# slipway hold until 2027-03-01 because of x",
    "# Slipway  hold until March",
  ]) {
    it(`is faulty in ${text}, and says what to write`, () => {
      const hold = readHold(text);
      assert.ok(hold !== undefined && "fault" in hold);
      assert.match(hold.fault, /write slipway: hold until 2027-03-01 because/);
    });
  }

  it("is none where nothing of the kind is said", () => {
    assert.equal(readHold("# hold until 2027-03-01 because of x"), undefined);
    assert.equal(readHold("# slipway: holding"), undefined);
    assert.equal(readHold("how a comment makes slipway hold a pin until a day"), undefined);
  });
});
