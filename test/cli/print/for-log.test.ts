import assert from "node:assert/strict";
import { forLog, warningLine } from "../../../cli/print/for-log.ts";

describe("what the log of a workflow shows of a refusal", () => {
  it("is no command of the runner", () => {
    const message =
      "file: 1 problem\n  ::add-mask::x: unknown key ##[add-matcher]x \u001b[31m\r\u202e";
    assert.equal(
      forLog(message),
      "file: 1 problem\n  : :add-mask: :x: unknown key # #[add-matcher]x \\u{1b}[31m\\u{d}\\u{202e}",
    );
  });

  it("is no command of the runner, however many colons and signs there are", () => {
    for (const text of [":::", "::::", "##[[", "####[", "#:#:[", "::::::error::"]) {
      assert.doesNotMatch(forLog(text), /::|##\[/);
    }
  });
});

describe("the warning of a workflow's run", () => {
  it("is one line, whatever it quotes", () => {
    assert.equal(
      warningLine('100% of "a\r\n::error::b"\n##[error]c'),
      '::warning::100%25 of "a\\u{d}%0A: :error: :b"%0A# #[error]c',
    );
  });
});
