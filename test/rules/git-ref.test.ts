import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { parseRef, refProblem } from "../../rules/git-ref.ts";
import { eventProblem } from "../../rules/workflow-event.ts";

describe("a ref in full", () => {
  for (const [ref, kind, name] of [
    ["refs/heads/main", "branch", "main"],
    ["refs/heads/release/2.10", "branch", "release/2.10"],
    ["refs/heads/users/日本/a+b", "branch", "users/日本/a+b"],
    ["refs/heads/@", "branch", "@"],
    ["refs/tags/v2.10.0-rc1", "tag", "v2.10.0-rc1"],
    ["refs/pull/12/merge", "pull request", "12/merge"],
    ["refs/pull/12/head", "pull request", "12/head"],
  ] as const) {
    it(`is ${ref}, a ${kind}`, () => {
      assert.equal(refProblem(ref), undefined);
      assert.deepEqual(parseRef(ref), { kind, name });
    });
  }

  for (const [ref, message] of [
    ["main", '"main" is not a ref in full; write e.g. "refs/heads/main" or "refs/tags/main"'],
    [
      "heads/release/2.10",
      '"heads/release/2.10" is not a ref in full; write e.g. "refs/heads/release/2.10" or "refs/tags/release/2.10"',
    ],
    [
      "refs/remotes/x",
      '"refs/remotes/x" is not a ref in full; write e.g. "refs/heads/remotes/x" or "refs/tags/remotes/x"',
    ],
    ["", '"" is not a ref in full; write e.g. "refs/heads/main" or "refs/tags/main"'],
    [
      "refs/pull/x/merge",
      '"refs/pull/x/merge" is no pull request\'s ref; write e.g. refs/pull/1/merge',
    ],
    ["refs/pull/1", '"refs/pull/1" is no pull request\'s ref; write e.g. refs/pull/1/merge'],
    [
      "refs/heads/a b",
      '"refs/heads/a b" holds a space or a control character; git has no such ref',
    ],
    [
      "refs/heads/a\n",
      '"refs/heads/a\\n" holds a space or a control character; git has no such ref',
    ],
    ["refs/heads/a..b", '"refs/heads/a..b" holds ".."; git has no such ref'],
    ["refs/heads/a@{1}", '"refs/heads/a@{1}" holds "@{"; git has no such ref'],
    ["refs/heads/*", '"refs/heads/*" holds one of ~ ^ : ? * [ \\; git has no such ref'],
    [
      "refs/heads//a",
      '"refs/heads//a" begins or ends with a slash, or has two in a row; git has no such ref',
    ],
    ["refs/heads/.a", '"refs/heads/.a" has a part that begins with a dot; git has no such ref'],
    [
      "refs/heads/a.lock/b",
      '"refs/heads/a.lock/b" has a part that ends with ".lock"; git has no such ref',
    ],
    ["refs/heads/a.", '"refs/heads/a." ends with a dot; git has no such ref'],
    ["refs/heads/\ud800", '"refs/heads/\\ud800" is not UTF-8'],
    ["refs/heads/\ufffd", '"refs/heads/\ufffd" is not UTF-8'],
  ] as const) {
    it(`is not ${JSON.stringify(ref)}`, () => {
      assert.equal(refProblem(ref), message);
      assert.throws(() => parseRef(ref), { message });
    });
  }

  it("is what git itself accepts", () => {
    const piece = fc.constantFrom(
      ...["a", "b.", ".lock", "lock", ".", "..", "/", "@", "{", "-", "~", "^", ":", "?", "*", "["],
      ...["\\", " ", "\t", "\x7f", "ü", "@{"],
    );
    const samples = fc.sample(fc.array(piece, { minLength: 1, maxLength: 5 }), 60);
    for (const parts of samples) {
      const ref = `refs/heads/${parts.join("")}`;
      assert.equal(refProblem(ref) === undefined, gitAccepts(ref), ref);
    }
  });
});

function gitAccepts(ref: string): boolean {
  try {
    execFileSync("git", ["check-ref-format", ref], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("an event of GitHub's", () => {
  it("is one that starts workflows", () => {
    for (const event of ["push", "pull_request", "workflow_dispatch", "schedule", "merge_group"]) {
      assert.equal(eventProblem(event), undefined);
    }
  });

  it("is told from its like by a suggestion", () => {
    assert.equal(
      eventProblem("dispatch"),
      '"dispatch" is no event that starts a workflow; write e.g. push, workflow_dispatch or pull_request',
    );
    assert.equal(
      eventProblem("pull-request"),
      '"pull-request" is no event that starts a workflow (did you mean "pull_request"?); write e.g. push, workflow_dispatch or pull_request',
    );
  });
});
