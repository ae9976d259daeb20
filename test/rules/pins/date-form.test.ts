import assert from "node:assert/strict";
import fc from "fast-check";
import { dateComment } from "../../../rules/pins/date-comment.ts";
import { dateInForm } from "../../../rules/pins/date-form.ts";

const FORMS = [
  "2026-08-18",
  "2026-08-18 10:00",
  "2026-08-18T10:00:00",
  "2026-08-18T10:00Z",
  "2026-08-18T10:00:00.000Z",
  "2026-08-18 10:00 UTC",
  "2026-08-18 10:00:00 +0000",
  "2026-08-18 12:00 +02:00",
  "2026-08-18T01:30:00.123456789-08:30",
];
const moment = fc
  .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

describe("a moment in the form of another one", () => {
  it("has its separator, its exactness and its zone", () => {
    const moved = FORMS.map((form) => dateInForm(form, "2026-11-10T21:05:09.250Z"));
    assert.deepEqual(moved, [
      "2026-11-10",
      "2026-11-10 21:05",
      "2026-11-10T21:05:09",
      "2026-11-10T21:05Z",
      "2026-11-10T21:05:09.250Z",
      "2026-11-10 21:05 UTC",
      "2026-11-10 21:05:09 +0000",
      "2026-11-10 23:05 +02:00",
      "2026-11-10T12:35:09.250000000-08:30",
    ]);
  });

  it("is the same again after there and back", () => {
    fc.assert(
      fc.property(fc.constantFrom(...FORMS), moment, moment, (form, one, other) => {
        const written = dateInForm(form, one);
        assert.equal(dateInForm(dateInForm(written, other), one), written);
      }),
    );
  });

  it("is the moment, as exactly as the form says it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("2026-08-18T10:00:00.000Z", "2026-08-18T12:00+02:00"),
        moment,
        (form, one) => {
          const exact = form.includes(".") ? 1 : 60_000;
          const read = Date.parse(dateInForm(form, one));
          assert.equal(read, Math.floor(Date.parse(one) / exact) * exact);
        },
      ),
    );
  });
});

describe("the date in a comment beside a digest", () => {
  const date = (comment: string) => dateComment(` ${comment}`, 0, comment.length + 1)?.text;

  it("is the whole of it, with its time and its zone", () => {
    for (const form of FORMS) {
      for (const comment of [
        `# ${form}`,
        `// built ${form}, by CI`,
        `# ${form}.`,
        `<!-- ${form} -->`,
      ]) {
        assert.equal(date(comment), form, comment);
      }
    }
  });

  it("is none where a half of the day or a zone that changes tells the time", () => {
    for (const clock of ["10:00 AM", "10:00pm", "10:00:00 PM", "03:00 PDT", "03:00:00 CEST"]) {
      assert.equal(date(`# 2026-08-18 ${clock}`), undefined, clock);
    }
  });
});
