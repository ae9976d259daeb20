import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_REPORT_BYTES,
  MOST,
  type PreviewReport,
  readPreviewReport,
} from "../../rules/preview-report.ts";
import { fitReport, previewReportText, type WholeReport } from "../../rules/preview-report-fit.ts";
import { isPrintable, printable } from "../../rules/printable.ts";

const commit = "a".repeat(40);
const content = `cuda12.8-k${"b".repeat(40)}`;
const whole: WholeReport = {
  version: 1,
  stack: "main",
  channel: "main",
  baseCommit: commit,
  pullRequestCommit: commit,
  comparedWith: { kind: "snapshot", commit },
  resources: [
    {
      change: "update",
      type: "aws:iam/role:Role",
      name: "push-role",
      properties: [{ path: "maxSessionDuration", old: "3600", new: "7200" }],
      moreProperties: 0,
    },
  ],
  images: [
    {
      label: "ci-image/cuda12.8",
      change: "changed",
      old: content,
      new: content,
      reasons: ["Dockerfile changed"],
      moreReasons: 0,
    },
  ],
  names: [
    { name: "ghcr.io/pytorch/ci-image:cuda12.8", change: "moves", from: content, to: content },
  ],
  access: [
    {
      kind: "token",
      change: "begins",
      role: "push",
      token: "own pull request",
      claims: { sub: "repo:pytorch/pytorch:pull_request" },
    },
  ],
  retention: [{ kind: "repository", repository: "ghcr.io/pytorch/ci-image", effect: "forgotten" }],
  failures: [],
};
const report = fitReport(whole);

function problemsOf(json: string): string {
  const read = readPreviewReport(json);
  assert.ok("problems" in read, "it was taken");
  return read.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
}

function changed(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...report, ...change });
}

describe("a preview report", () => {
  it("is read as it was written", () => {
    assert.deepEqual(readPreviewReport(previewReportText(report)), { report });
  });

  it("is refused with everything that is wrong with it", () => {
    const text = problemsOf(
      changed({
        version: 2,
        stack: "a b",
        extra: 1,
        images: [{ ...report.images[0], label: "X" }],
      }),
    );
    assert.match(text, /^version: 2 is not 1/m);
    assert.match(text, /^stack: "a b" is not a stack's name/m);
    assert.match(text, /^extra: unknown key/m);
    assert.match(text, /^images\[0\]\.label: "X" is not FAMILY/m);
  });

  it("is refused with a key that is there twice, however it is written", () => {
    const text = previewReportText(report);
    assert.match(problemsOf(text.replace("{", '{"version":1,')), /^version: is there twice/);
    assert.match(problemsOf(text.replace("{", '{"\\u0076ersion":1,')), /^version: is there twice/);
  });

  for (const [what, hidden] of Object.entries({
    "an escape code": "\u{1b}[2J",
    "a mark of direction": "\u{202e}",
    "a line's end": "\n",
    "a separator of lines": "\u{2028}",
    "an invisible letter": "\u{200b}",
    "half a character": "\u{d800}",
    "a tag": "\u{e0041}",
    "a byte of null": "\u{0}",
  })) {
    it(`is refused with ${what}, which its refusal does not show`, () => {
      const failures = [{ where: `a${hidden}b`, message: `a${hidden}b` }];
      const text = problemsOf(changed({ failures }));
      assert.match(text, /^failures\[0\]\.where: .*printable/m);
      assert.match(text, /^failures\[0\]\.message: .*printable/m);
      assert.ok(text.split("\n").every(isPrintable));
      assert.ok(text.split("\n").length === 2);
    });
  }

  it("is refused with a reference that is none", () => {
    for (const name of [
      "ghcr.io/pytorch/ci-image",
      "ghcr.io/pytorch/ci-image:[x](http://evil)",
      "@everyone/x:y",
      "ghcr.io/x:y\n",
    ]) {
      assert.match(problemsOf(changed({ names: [{ name, change: "new" }] })), /names\[0\]\.name/);
    }
    const names = [{ ...report.names[0], to: "sha256:short" }];
    assert.match(problemsOf(changed({ names })), /names\[0\]\.to/);
  });

  it("is refused when a list, a text or the whole is too long", () => {
    const resources = new Array(MOST.resources + 1).fill(report.resources[0]);
    assert.match(problemsOf(changed({ resources })), /^resources: .*at most 1000 entries/);
    const failures = [{ where: "x", message: "x".repeat(1001) }];
    assert.match(problemsOf(changed({ failures })), /^failures\[0\]\.message/);
    assert.match(problemsOf(" ".repeat(MAX_REPORT_BYTES + 1)), /bytes; a report has at most/);
  });

  it("is refused when it is made to cost time or memory", () => {
    const deep = 100_000;
    for (const json of [
      `${"[".repeat(deep)}${"]".repeat(deep)}`,
      `${'{"a":'.repeat(deep)}1${"}".repeat(deep)}`,
      changed({ resources: new Array(100_000).fill({}) }),
      changed({ ["k".repeat(500_000)]: 1 }),
      changed({ stack: '\\"'.repeat(200_000) }),
      "x",
      "null",
      '"text"',
    ]) {
      assert.ok(problemsOf(json).length < 20_000);
    }
  });

  it("never lets a reader throw, whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.ok("problems" in readPreviewReport(JSON.stringify(value)));
      }),
    );
    const keys = Object.keys(report) as (keyof PreviewReport)[];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        const read = readPreviewReport(changed({ [key]: value }));
        const problems = "problems" in read ? read.problems : [];
        assert.ok(problems.every(({ message }) => isPrintable(message)));
      }),
    );
  });
});

describe("a report that is fitted", () => {
  it("keeps within its size whatever is in it, with a count of what was left out", () => {
    const access = new Array<WholeReport["access"][number]>(5000).fill({
      kind: "setting",
      of: "secret",
      holder: "e".repeat(255),
      setting: "s",
      new: "\u{1f600}".repeat(2000),
    });
    const fitted = fitReport({ ...whole, access });
    const read = readPreviewReport(previewReportText(fitted));
    assert.ok("report" in read);
    assert.equal(fitted.access.length + fitted.leftOut.access, 5000);
    assert.ok(fitted.access.length > 0);
    // What matters least goes first.
    assert.equal(fitted.leftOut.resources, 1);
    assert.equal(fitted.failures.length, 0);
  });

  it("shows texts of anybody as what they are", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.integer({ min: 8, max: 40 }),
        (text, longest) => {
          const shown = printable(text, longest);
          assert.ok(isPrintable(shown), JSON.stringify(shown));
          assert.ok(shown.length >= 1 && shown.length <= longest);
        },
      ),
    );
    assert.equal(printable("plain text", 40), "plain text");
    assert.equal(printable("a\nb\u{1b}[0m", 40), "a b\u{fffd}[0m");
  });

  it("says which of a policy's texts are not shown", () => {
    const resources = Array.from({ length: 1000 }, (_, index) => `arn:${index}`);
    const [statement] = fitReport({
      ...whole,
      access: [
        {
          kind: "statement",
          policy: "permissions",
          holder: "r",
          change: "gains",
          effect: "Allow",
          actions: ["a:*"],
          resources,
          principals: [],
          conditions: [],
        },
      ],
    }).access;
    assert.ok(statement?.kind === "statement");
    assert.equal(statement.resources.at(-1), `and ${1000 - MOST.policyTexts + 1} more`);
  });
});
