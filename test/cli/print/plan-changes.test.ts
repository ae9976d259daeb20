import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import {
  comparisonJson,
  comparisonMarkdown,
  comparisonText,
} from "../../../cli/print/plan-changes.ts";
import type { Comparison } from "../../../cli/snapshot/plan-against.ts";
import { snapshotOf } from "../../../rules/snapshot-of.ts";

const COMMIT = "c".repeat(40);
const PLACE = { repository: "pytorch/pytorch", stack: "main", channel: "main", commit: COMMIT };
const ROLE = "aws:iam/role:Role";
const FOUND: Comparison = {
  snapshot: snapshotOf(PLACE, []),
  changes: [
    { change: "create", type: ROLE, name: "new", properties: [{ path: "name", new: "a" }] },
    {
      ...{ change: "replace", type: ROLE, name: "other" },
      properties: [{ path: "path", old: "/a/", new: "/b/", replace: true }],
    },
    { change: "delete", type: ROLE, name: "old", properties: [] },
  ],
  same: 7,
};
const OPTIONS = { properties: false, seconds: 1 };

describe("what changed since a snapshot, printed", () => {
  it("is each resource with the places that differ, and the counts", () => {
    const lines = stripVTControlCharacters(comparisonText(FOUND, OPTIONS)).split("\n");
    assert.deepEqual(
      lines.slice(0, 8).map((line) => line.replaceAll(/ +/g, " ").trim()),
      [
        `Since ${COMMIT}, of which the snapshot is:`,
        "",
        "+ create aws.iam.Role new",
        "± replace aws.iam.Role other",
        'path: "/a/" -> "/b/" (calls for a replacement)',
        "- delete aws.iam.Role old",
        "",
        "1 to create, 1 to replace, 1 to delete, 7 unchanged (1.0 s)",
      ],
    );
  });

  it("has the properties of what is new where every property is asked for", () => {
    const text = comparisonText(FOUND, { ...OPTIONS, properties: true });
    assert.match(text, /\n {8}name: "a"\n/);
  });

  it("says that nothing changes", () => {
    const text = comparisonText({ ...FOUND, changes: [] }, OPTIONS);
    assert.match(stripVTControlCharacters(text), /\n {2}nothing changes\n\n7 unchanged/);
    const markdown = comparisonMarkdown("main", { ...FOUND, changes: [] });
    assert.match(markdown, /7 unchanged/);
    assert.doesNotMatch(markdown, /\||<details>/);
  });

  it("is a table in Markdown that no name or value leaves", () => {
    const name = "a|b`c\n# title";
    const value = "```\n</details> @team";
    const hostile: Comparison = {
      ...FOUND,
      changes: [{ change: "update", type: ROLE, name, properties: [{ path: "name", new: value }] }],
    };
    const markdown = comparisonMarkdown("main", hostile);
    assert.match(markdown, /^\| update \| `aws\.iam\.Role` \| `` a\\\|b`c # title `` \|$/m);
    // Its own fence is longer than any run of backticks inside.
    const [, fence = ""] = /^(`{4,})$/m.exec(markdown) ?? [];
    assert.equal(markdown.split(`\n${fence}\n`).length, 3);
  });

  it("is data under since in JSON", () => {
    assert.deepEqual(comparisonJson(FOUND), {
      since: {
        commit: COMMIT,
        counts: { create: 1, update: 0, replace: 1, delete: 1, same: 7 },
        changes: FOUND.changes,
      },
    });
  });
});
