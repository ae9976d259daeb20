import assert from "node:assert/strict";
import { refsVerdict } from "../../../cli/print/trust-refs.ts";
import { roleText } from "../../../cli/print/trust-role.ts";
import { trustText } from "../../../cli/print/trust-text.ts";
import { WIDTH } from "../../../cli/print/wrapped.ts";

const cell = { granted: false, passes: false, wrong: false };
const long = `sub is repo:pytorch/pytorch:environment:${"docker-".repeat(6)}; environment is ${"docker-".repeat(5)}`;
const row = {
  token: "granted: environment docker-deploy, workflow up.yml",
  subjects: { name: cell, immutable: cell },
  reason: long,
};
const role = {
  key: "push" as const,
  role: "gha_workflow_docker_push",
  grants: ["environment docker-build"],
  policy: { Version: "2012-10-17" as const, Statement: [] },
  rows: [row, { ...row, token: "own main", reason: "sub is missing" }],
};
const ref = { kind: "branch", pattern: "main" } as const;
const onMain = {
  by: "environment docker-build",
  ref,
  ruleset: "main",
  needed: true,
} as const;

describe("the text of trust", () => {
  it("has the reason of a role below each token, and fits on a screen", () => {
    const lines = roleText(role).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > WIDTH),
      [],
    );
    assert.match(
      lines.join("\n"),
      /own main +refused +refused\n {4}sub is missing\n\nOnly tokens that are granted pass\.$/,
    );
  });

  it("says that what the stack declares is judged, on a screen's width", () => {
    const repository = {
      owner: "pytorch",
      name: "a-repository-with-a-rather-long-name",
      ownerId: 21003710,
      repositoryId: 65600975,
      subjectForm: "immutable",
    } as const;
    const roles = [
      {
        ...role,
        rows: [
          {
            ...row,
            subjects: { name: { granted: false, passes: true, wrong: true }, immutable: cell },
          },
        ],
      },
    ];
    const text = trustText({ stack: "main", repository, roles, refs: [onMain] });
    assert.match(
      text,
      /^Judged is what the stack declares; a trust that was changed by hand on AWS,/m,
    );
    assert.deepEqual(
      text.split("\n").filter((line) => line.length > WIDTH),
      [],
    );
  });

  it("says that main's ruleset keeps nobody from pushing, where something rests on it", () => {
    const pushing = /whoever may push\s+to\s+the\s+repository may push to main\.$/;
    assert.match(refsVerdict([onMain]), pushing);
    const tags = {
      ...onMain,
      ref: { kind: "tag", pattern: "v*" },
      ruleset: "version-tags",
    } as const;
    assert.doesNotMatch(refsVerdict([tags]), pushing);
  });
});
