import assert from "node:assert/strict";
import { parseUses, readPinnedActions } from "../../rules/pinned-actions.ts";
import { credentialsOf } from "../../rules/workflow-safety-credentials.ts";
import { safetyFindings } from "../../rules/workflow-safety.ts";
import { jobsOf } from "../../rules/workflow-tree.ts";
import { treeOf } from "./support/workflow-tree.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const PINNED = {
  "owner/action": { version: "v1.2.3", commit: COMMIT, sources: ["https://x.org"] },
};

/** The rules that say something of a workflow. */
function rulesOf(text: string, file = ".github/workflows/own.yml"): readonly string[] {
  return [...new Set(safetyFindings([treeOf(text, file)], PINNED).map(({ rule }) => rule))];
}

const job = (lines: string, on = "push") => `
on: ${on}
permissions: {}
jobs:
  work:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
${lines.replace(/^/gm, "    ")}
`;

describe("what is not safe in a workflow", () => {
  it("is nothing in a job without steps that need a permission", () => {
    assert.deepEqual(rulesOf(job("steps:\n  - run: echo hello")), []);
  });

  it("is an expression in a shell's name, and in the script of an action", () => {
    for (const step of [
      "run: a\n    shell: ${{ inputs.x }}",
      "uses: owner/action@v1\n    with: { script: 'f(${{ github.ref }})' }",
    ]) {
      assert.ok(rulesOf(job(`steps:\n  - ${step}`)).includes("expression-in-run"), step);
    }
  });

  it("is no expression that a step hands over by its environment", () => {
    assert.deepEqual(
      rulesOf(job('steps:\n  - env: { A: "${{ github.ref }}" }\n    run: echo "$A"')),
      [],
    );
  });

  it("is an image by a name that may move, and none by its digest", () => {
    const digest = `alpine@sha256:${"a".repeat(64)}`;
    assert.deepEqual(rulesOf(job("container: alpine:3\nsteps: []")), ["pinned"]);
    assert.deepEqual(rulesOf(job("services: { db: { image: 'db:1' } }\nsteps: []")), ["pinned"]);
    assert.deepEqual(rulesOf(job(`container: { image: ${digest} }\nsteps: []`)), []);
  });

  it("is a listed action under another spelling, because only the list's one is known", () => {
    assert.deepEqual(rulesOf(job(`steps:\n  - uses: owner/action@${COMMIT} # v1.2.3`)), []);
    assert.deepEqual(
      rulesOf(job(`steps:\n  - uses: owner/action/part@${COMMIT} # v1.2.3 and more`)),
      [],
    );
    assert.deepEqual(rulesOf(job(`steps:\n  - uses: Owner/action@${COMMIT} # v1.2.3`)), ["pinned"]);
    assert.deepEqual(rulesOf(job(`steps:\n  - uses: owner/action@${COMMIT} # v1.2.30`)), [
      "pinned",
    ]);
    assert.deepEqual(rulesOf(job("steps:\n  - uses: __proto__/toString@v1")), ["pinned"]);
  });

  it("is an old version, in whose place the new one comes and nothing else of the comment", () => {
    for (const [now, then] of [
      [" # v1.0.0 # zizmor: ignore[x]", "v1.2.3 # zizmor: ignore[x]"],
      [" # v1", "v1.2.3"],
      [" # zizmor: ignore[x]", "v1.2.3 zizmor: ignore[x]"],
      ["", "v1.2.3"],
    ] as const) {
      const tree = treeOf(job(`steps:\n  - uses: owner/action@v1${now}`), "own.yml");
      const edits = safetyFindings([tree], PINNED).flatMap((finding) => finding.edits);
      const path = ["jobs", "work", "steps", 0, "uses"];
      const edit = { kind: "set", path, value: `owner/action@${COMMIT}`, comment: then };
      assert.deepEqual(edits, [{ file: tree.file, edit }], now);
    }
  });

  it("is a whole workflow of others that moves", () => {
    const call =
      "on: push\npermissions: {}\njobs:\n  a:\n    permissions: {}\n    uses: owner/action/.github/workflows/x.yml@main\n";
    assert.deepEqual(rulesOf(call), ["pinned"]);
  });

  it("is any form of pull_request_target", () => {
    for (const on of [
      "pull_request_target",
      "[push, pull_request_target]",
      "{ pull_request_target: { types: [opened] } }",
    ]) {
      assert.ok(rulesOf(job("steps: []", on)).includes("pull-request-target"), on);
    }
  });

  it("is a secret of the whole workflow, where pull requests start it", () => {
    const text = job("steps: []", "pull_request").replace(
      "jobs:",
      "env:\n  A: ${{ secrets.TOKEN }}\njobs:",
    );
    assert.deepEqual(rulesOf(text), ["pull-request-credential"]);
  });

  it("is in an action what is not safe in a step", () => {
    const action =
      "runs:\n  using: composite\n  steps:\n    - run: echo ${{ inputs.a }}\n      shell: bash\n    - uses: owner/action@v1\n";
    assert.deepEqual(rulesOf(action, ".github/actions/a/action.yml"), [
      "expression-in-run",
      "pinned",
    ]);
  });
});

describe("a credential of a job", () => {
  const credentials = (lines: string) => credentialsOf(jobsOf(treeOf(job(lines)))[0]!);

  it("is its environment, what it may write, its secrets and its roles", () => {
    for (const [lines, expected] of [
      ["environment: docker-build", "environment docker-build"],
      ["environment: { name: docker-build, url: x }", "environment docker-build"],
      ["steps:\n  - env: { A: '${{ secrets.B }}' }", "secrets.B"],
      ["steps:\n  - if: secrets.B != ''", "secrets.B"],
      ["steps:\n  - with: { a: '${{ secrets[''B''] }}' }", "secrets"],
      ["steps:\n  - with: { a: '${{ secrets.* }}' }", "secrets"],
      ["steps:\n  - with: { a: '${{ contains(secrets, ''x'') }}' }", "secrets"],
      ["steps:\n  - with: { a: '${{ format(''}}'', secrets.B) }}' }", "secrets.B"],
      ["steps:\n  - run: echo ${{ secrets.B }}", "secrets.B"],
      ["steps:\n  - env: { A: '${{ toJSON( secrets ) }}' }", "secrets"],
      ["secrets: inherit", "secrets that it hands on"],
      ["steps:\n  - uses: actions/create-github-app-token@v3", "actions/create-github-app-token"],
    ] as const) {
      assert.deepEqual(credentials(lines), [expected], lines);
    }
  });

  it("is not the token that only reads, nor a word in a script", () => {
    for (const lines of [
      "steps:\n  - env: { A: '${{ secrets.GITHUB_TOKEN }}' }",
      "steps:\n  - env: { A: '${{ github.token }}' }",
      "steps:\n  - run: echo secrets.B",
      "steps:\n  - name: The secrets of ${{ github.ref }} and their secrets",
      "steps:\n  - if: github.ref == 'secrets' && needs.a.outputs.secrets != ''",
      "environment: ''",
    ]) {
      assert.deepEqual(credentials(lines), [], lines);
    }
  });
});

describe("the list of pinned actions", () => {
  it("holds full versions, whole commits and sources, and tells all faults at once", () => {
    assert.deepEqual(readPinnedActions(PINNED), { pinned: PINNED });
    const read = readPinnedActions({
      "owner/a": { version: "v1", commit: COMMIT, sources: [] },
      "owner/b": { version: "v1.0.0", commit: "abc", sources: ["http://x.org"], source: 1 },
      b: PINNED["owner/action"],
    });
    assert.ok("problems" in read);
    const paths = read.problems.map(({ path }) => path).sort();
    assert.equal(paths.length, 6);
    assert.ok("problems" in readPinnedActions(null));
    assert.ok("problems" in readPinnedActions([]));
  });

  it("names actions by owner and name, whatever folder of them is used", () => {
    const used = { repository: "a/b", folder: "/c/d", ref: "v1" };
    assert.deepEqual(parseUses("a/b/c/d@v1"), used);
    for (const other of [
      "./a/b@v1",
      "../a@v1",
      "docker://a@v1",
      "a/b",
      "a@v1",
      "a/b@",
      "a/b@x y",
      "",
    ]) {
      assert.equal(parseUses(other), undefined, other);
    }
  });
});
