import assert from "node:assert/strict";
import { namesMarkdown } from "../../../cli/print/names-text.ts";

describe("names as a Markdown table", () => {
  const answer = {
    ref: "refs/heads/a",
    event: "push",
    publish: true,
    channel: "a",
    environment: "docker-stage",
    names: {},
    reason: "why",
  };

  it("is a heading and a row a ref, empty where there is nothing", () => {
    const refused = { ...answer, publish: false, channel: null, environment: null };
    assert.deepEqual(
      namesMarkdown([
        { answer, pattern: ["T", "T-main"] },
        { answer: refused, pattern: [] },
      ]).split("\n"),
      [
        "| ref | event | channel | environment | names | reason |",
        "| --- | --- | --- | --- | --- | --- |",
        "| `refs/heads/a` | `push` | `a` | `docker-stage` | `T`, `T-main` | why |",
        "| `refs/heads/a` | `push` |  |  |  | why |",
      ],
    );
  });

  it("keeps a ref's bars and backticks, and a reason's stars, from meaning something", () => {
    const ref = "refs/heads/a|b``c";
    const row = namesMarkdown([
      { answer: { ...answer, ref, reason: `${ref} is no x/**` }, pattern: [] },
    ]);
    assert.match(row, /\| ``` refs\/heads\/a\\\|b``c ``` \|/);
    assert.match(row, /refs\/heads\/a\\\|b\\`\\`c is no x\/\\\*\\\* \|$/);
  });
});
