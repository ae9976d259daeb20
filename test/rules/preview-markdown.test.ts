import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isPreviewOf,
  MAX_COMMENT_BYTES,
  noPreviewComment,
  previewComment,
  runOfComment,
} from "../../rules/preview-markdown.ts";
import type { PreviewReport } from "../../rules/preview-report.ts";
import { HOSTILE, hostileText, nodesOf, outline, parse } from "./support/markdown.ts";
import { emptyReport, fullReport, randomReport } from "./support/preview-reports.ts";

const COMMIT = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const SOURCE = {
  commit: COMMIT,
  run: { id: 4711, attempt: 2, url: "https://github.com/pytorch/pytorch/actions/runs/4711" },
  unreviewed: undefined,
};

describe("the comment that shows a preview", () => {
  it("says what changes, and first who gets in", () => {
    const comment = previewComment(fullReport(), SOURCE);
    assert.match(
      comment,
      /^<!-- slipway preview -->\n<!-- run 4711 attempt 2 -->\n<!-- preview of 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 -->\n# Preview of stack `main`\n/,
    );
    const titles = [...comment.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    assert.deepEqual(titles, [
      "It failed, and the rest may be incomplete",
      "Access",
      "Images",
      "Names that will move",
      "Retention",
      "Resources",
    ]);
    for (const line of [
      "**1 failure, 3 changes that open access, 3 other changes of access, 3 images, 3 names, 3 effects on retention, 4 resources.**",
      "- **`own pull request` begins to pass: role `push`**, with `sub = repo:o/r:pull_request`",
      "- **The permissions of `push` gains: Allow** `ecr:PutImage` on `*`",
      "- **The boundary of `push` loses: Deny** `iam:*`",
      "- `push to main` ceases to pass: role `push`",
      "- Environment `docker-build`, `reviewers`: `somebody` → none",
      "| `ci-image/cuda12.8` | `cuda12.8-k1` | `cuda12.8-k2` | `build arg CUDA_VERSION: 12.8.0 -> 12.8.1`, 2 more |",
      "| `ci-image/new` |  | `new-k1` | a new image |",
      "| `ci-image/gone` | `gone-k1` |  | no longer declared |",
      "| `ghcr.io/o/ci-image:cuda12.8` | `cuda12.8-k1` | `cuda12.8-k2` |",
      "| `ghcr.io/o/ci-image:gone` | `gone-k1` | *stays there, and moves no more* |",
      "| delete | `aws:ecr/repository:Repository` | `old` |  |",
      "| update | `aws:iam/role:Role` | `push` | `maxSessionDuration: 3600 → 7200`, 3 more |",
    ]) {
      assert.ok(comment.split("\n").includes(line), `${line}\nis not in\n${comment}`);
    }
    assert.ok(comment.indexOf("begins to pass") < comment.indexOf("ceases to pass"));
    assert.ok(comment.indexOf("| delete |") < comment.indexOf("| create |"));
  });

  it("says that nothing changes", () => {
    const comment = previewComment(emptyReport(), SOURCE);
    assert.match(comment, /\*\*Nothing changes\.\*\*/);
    assert.doesNotMatch(comment, /^###/m);
  });

  it("warns of unreviewed code, and shows what that code says beside the base branch's", () => {
    const unreviewed = { code: [".github/workflows/plan.yml", "rules/refs.ts"], doubts: [] };
    const comment = previewComment(fullReport(), { ...SOURCE, unreviewed }, emptyReport());
    assert.match(
      comment,
      /> \[!CAUTION\]\n> \*\*Computed by unreviewed code\.\*\* This pull request changes code: `\.github\/workflows\/plan\.yml`, `rules\/refs\.ts`\./,
    );
    const titles = [...comment.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    assert.deepEqual(titles, [
      "With the code of the base branch",
      "With the pull request's own code",
    ]);
    assert.match(
      previewComment(fullReport(), {
        ...SOURCE,
        unreviewed: { code: [], doubts: ["GitHub does not list all files."] },
      }),
      /GitHub does not list all files/,
    );
    const alone = previewComment(fullReport(), { ...SOURCE, unreviewed });
    assert.match(alone, /kept no preview with the pull request's own code/);
    assert.doesNotMatch(previewComment(fullReport(), SOURCE), /unreviewed|own code/);
  });

  it("tells which run it is of, and of no other text", () => {
    for (const comment of [
      previewComment(fullReport(), SOURCE),
      noPreviewComment("It failed.", SOURCE),
    ]) {
      assert.deepEqual(runOfComment(comment), { id: 4711, attempt: 2 });
      assert.deepEqual(runOfComment(comment.replaceAll("\n", "\r\n")), { id: 4711, attempt: 2 });
      assert.equal(runOfComment(`> ${comment}`), undefined);
      assert.equal(runOfComment(` ${comment}`), undefined);
    }
    assert.deepEqual(runOfComment("<!-- slipway preview -->"), { id: 0, attempt: 0 });
  });

  it("tells which commit's preview it shows, and of none that is not there", () => {
    const comment = previewComment(fullReport(), SOURCE);
    assert.ok(isPreviewOf(comment, COMMIT));
    assert.ok(isPreviewOf(comment.replaceAll("\n", "\r\n"), COMMIT));
    assert.ok(!isPreviewOf(comment, COMMIT.replace("0", "1")));
    assert.ok(!isPreviewOf(`> ${comment}`, COMMIT));
    assert.ok(!isPreviewOf(noPreviewComment("It failed.", SOURCE), COMMIT));
    assert.ok(!isPreviewOf("<!-- slipway preview -->", COMMIT));
  });

  it("says what it was compared with", () => {
    const told = (comparedWith: PreviewReport["comparedWith"]) =>
      previewComment({ ...emptyReport(), comparedWith }, SOURCE);
    assert.match(
      told({ kind: "snapshot", commit: COMMIT }),
      /compared with what was applied last, for/,
    );
    assert.match(told({ kind: "base" }), /compared with a plan of the base branch, because/);
    assert.match(told({ kind: "nothing" }), /compared with nothing, because/);
  });

  it("is the same text for the same report", () => {
    fc.assert(
      fc.property(randomReport(hostileText), (report) => {
        assert.equal(
          previewComment(report, SOURCE),
          previewComment(structuredClone(report), SOURCE),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe("a report that somebody hostile wrote", function () {
  this.timeout(60_000); // Each comment is read by a whole parser of Markdown.
  /** What one text does when it is in every place of a report and of the changed files. */
  const everywhere = (text: string) =>
    previewComment(
      fullReport(text),
      { ...SOURCE, unreviewed: { code: [text], doubts: [] } },
      fullReport(text),
    );

  it("has the structure of a harmless one, whatever its texts are", () => {
    const harmless = outline(everywhere("x"));
    for (const text of HOSTILE) assert.deepEqual(outline(everywhere(text)), harmless, text);
    fc.assert(
      fc.property(hostileText, (text) => {
        assert.deepEqual(outline(everywhere(text)), harmless);
      }),
      { numRuns: 300 },
    );
  });

  it("puts no link, image, mention, reference to an issue or HTML into the comment", () => {
    fc.assert(
      fc.property(randomReport(hostileText), fc.array(hostileText), (report, code) => {
        const unreviewed = { code, doubts: [] };
        const tree = parse(previewComment(report, { ...SOURCE, unreviewed }, report));
        const own = new Set([
          "root",
          "html",
          "heading",
          "paragraph",
          "text",
          "inlineCode",
          "strong",
          "emphasis",
          "blockquote",
          "link",
          "list",
          "listItem",
          "table",
          "tableRow",
          "tableCell",
        ]);
        for (const node of nodesOf(tree)) {
          assert.ok(own.has(node.type), node.type);
          if (node.type === "link") assert.equal(node.url, SOURCE.run.url);
          if (node.type === "html") {
            assert.match(
              node.value,
              /^(?:<!-- (?:slipway preview|run 4711 attempt 2|preview of 0a1b2c3d4e5f[0-9a-f]{28}) -->\n?)+$/,
            );
          }
          // Everything outside of code is ours, which has none of what GitHub gives a meaning.
          if (node.type === "text") {
            assert.match(node.value.replace("[!CAUTION]\n", ""), /^[\w ,.:;'()→\n]*$/);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("shows every character that would not show", () => {
    const shown = everywhere("a\u001b[31m\u202eb\u200b\u0000`|\u0301\u3164\ud800");
    assert.ok(
      shown.includes(
        "a\\u{1b}[31m\\u{202e}b\\u{200b}\\u{0}\\u{60}\\u{7c}\\u{301}\\u{3164}\\u{d800}",
      ),
      shown,
    );
    assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f\u200b\u202e]/);
    assert.ok(shown.isWellFormed());
  });
});

describe("a report that is too large for a comment", () => {
  it("is cut at whole rows below the limit, with the number of rows that are missing", () => {
    fc.assert(
      fc.property(randomReport(hostileText, 400), fc.boolean(), (report, both) => {
        const comment = previewComment(report, SOURCE, both ? report : undefined);
        assert.ok(
          Buffer.byteLength(comment) <= MAX_COMMENT_BYTES,
          String(Buffer.byteLength(comment)),
        );
        assert.ok(comment.length <= MAX_COMMENT_BYTES);
        assert.equal(rowsAndMissing(comment), entriesOf(report) * (both ? 2 : 1));
      }),
      { numRuns: 60 },
    );
  });

  it("keeps who gets in before the resources, and counts what the report itself left out", () => {
    const report = emptyReport();
    const resource = fullReport().resources[0]!;
    const access = fullReport().access.find(({ kind }) => kind === "token")!;
    const comment = previewComment(
      {
        ...report,
        access: Array.from({ length: 50 }, () => access),
        resources: Array.from({ length: 1000 }, (_, index) => ({
          ...resource,
          name: `${index}-${"x".repeat(200)}`,
        })),
        leftOut: { ...report.leftOut, resources: 7 },
      },
      SOURCE,
    );
    assert.equal(comment.match(/begins to pass|ceases to pass/g)?.length, 50);
    const shown = comment.match(/^\| (?:create|delete|update|replace) \|/gm)?.length ?? 0;
    assert.ok(shown > 100 && shown < 400, String(shown));
    assert.ok(comment.includes(`*${1007 - shown} more, left out here.*`));
    assert.ok(comment.includes("1007 resources."));
  });

  /** Rows that are there, and those that are counted as left out. */
  function rowsAndMissing(comment: string): number {
    const rows = comment
      .split("\n")
      .filter((line) => /^- |^\| (?!(?:---|image|name|change) \|)/.test(line));
    const missing = [...comment.matchAll(/^\*(\d+) more, left out here\.\*$/gm)];
    return rows.length + missing.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  function entriesOf(report: PreviewReport): number {
    const { failures, access, images, names, retention, resources, leftOut } = report;
    const lists = [failures, access, images, names, retention, resources];
    const left = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
    return lists.reduce((sum, list) => sum + list.length, left);
  }
});
