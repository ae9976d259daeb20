// The text as CommonMark reads it, by its rules for fences, code spans and tables; no renderer of GitHub's is asked.
import assert from "node:assert/strict";
import fc from "fast-check";
import { planMarkdown } from "../../../cli/print/plan-markdown.ts";
import { UserError } from "../../../rules/problems.ts";
import { failure, result, step } from "../support/results.ts";

/** The lines outside fences, and the text of each fence; a fence ends at a line of at least as many backticks. */
function read(markdown: string): { readonly open: string[]; readonly fenced: string[] } {
  const open: string[] = [];
  const fenced: string[] = [];
  let fence: string | undefined;
  let inside: string[] = [];
  for (const line of markdown.split("\n")) {
    const run = /^ {0,3}(`{3,})\s*$/.exec(line)?.[1];
    if (fence === undefined) {
      if (run === undefined) open.push(line);
      else [fence, inside] = [run, []];
    } else if (run !== undefined && run.length >= fence.length) {
      fenced.push(inside.join("\n"));
      fence = undefined;
    } else inside.push(line);
  }
  assert.equal(fence, undefined, "every fence is closed");
  return { open, fenced };
}

/** Cells of a table's row: unescaped pipes part them, in code spans too. @see https://github.github.com/gfm/#tables-extension- */
function cells(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, "|"));
}

/** What a cell that is one code span shows; undefined when it is anything else. */
function codeSpan(cell: string): string | undefined {
  const [, quote = "", text = ""] = /^(`+)(.*?)(?<!`)\1(?!`)/s.exec(cell) ?? [];
  const whole = quote !== "" && cell.length === text.length + 2 * quote.length;
  if (!whole) return undefined;
  return /^ .*[^ ].* $/.test(text) ? text.slice(1, -1) : text;
}

function rowsOf(markdown: string): string[][] {
  return read(markdown)
    .open.filter((line) => line.startsWith("|"))
    .slice(2)
    .map(cells);
}

describe("the plan as Markdown", () => {
  it("has the counts, a row for each resource and its properties folded away", () => {
    const markdown = planMarkdown(
      result(
        [
          step({ diff: [{ path: "name", new: "pytorch/ci" }] }),
          step({ name: "builder" }),
          step({ name: "same", change: "same" }),
          step({ name: "group", kind: "component", type: "slipway:index:ImageFamily" }),
        ],
        { operation: "plan" },
      ),
    );
    assert.equal(
      markdown,
      [
        "### Plan of stack `main`",
        "",
        "2 resources to create on an empty account. Computed without network or credentials; values known only after an apply are `[unknown]`, secrets `[secret]`.",
        "",
        "| change | type | name |",
        "| --- | --- | --- |",
        "| create | `aws.ecr.Repository` | `ci` |",
        "| create | `aws.ecr.Repository` | `builder` |",
        "",
        "<details><summary>Properties</summary>",
        "",
        "```",
        "aws.ecr.Repository ci",
        '  name: "pytorch/ci"',
        "",
        "aws.ecr.Repository builder",
        "```",
        "",
        "</details>",
      ].join("\n"),
    );
  });

  it("shows why it failed", () => {
    const failures = [
      failure(new UserError("Pulumi.main.yaml: 1 problem\n  slipway:owner: missing")),
    ];
    const { open, fenced } = read(planMarkdown(result([], { ok: false, failures })));
    assert.ok(open.includes("**It failed:**"));
    assert.equal(fenced[0], failures[0]?.message);
  });

  const hostile = {
    backticks: "a```b`c``",
    "a pipe": "a|b",
    "a pipe after a backslash": String.raw`a\|b`,
    "a new line that would end the table": "a\n\n# Approved\n\n| x | y | z |",
    "a closing fence": "a\n```\n# Approved",
    "a long closing fence": "a\n``````````\n# Approved",
    "a closing tag": "</details><h1>Approved</h1>",
    "a mention and a link": "@everyone [here](https://example.com)",
    "a carriage return": "a\r\r# Approved",
    "backticks at both ends": "`a`",
    "backticks around a carriage return": "`\r``",
  };
  for (const [what, text] of Object.entries(hostile)) {
    it(`keeps ${what} in a name, a value or an error inside its code`, () => {
      staysInside(text);
    });
  }

  it("keeps any text inside its code", () => {
    const characters = fc.constantFrom("`", "|", "\\", "\n", "\r", "a", " ", "<", "#", "~");
    fc.assert(fc.property(fc.string({ unit: characters, minLength: 1 }), staysInside));
  });

  /** The same plan with a harmless text has the same lines outside code, whatever the text. */
  function staysInside(text: string): void {
    const plan = (word: string) =>
      planMarkdown(
        result([step({ name: word, diff: [{ path: word, new: word }] }), step({ name: "last" })], {
          stack: word,
          failures: [failure(new UserError(word))],
        }),
      );
    const { open, fenced } = read(plan(text));
    const harmless = read(plan("harmless"));
    assert.equal(open.length, harmless.open.length, "no line is added outside code");
    assert.equal(fenced.length, 2);
    const rows = rowsOf(plan(text));
    assert.deepEqual(
      rows.map((row) => row.length),
      [3, 3],
    );
    const name = rows[0]?.[2] ?? "";
    assert.notEqual(codeSpan(name), undefined, `${name} is one code span`);
    assert.equal(rows[1]?.[2], "`last`");
    assert.ok(!open.some((line) => line.includes("\r")));
  }
});
