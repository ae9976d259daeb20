import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { withEdits } from "../../../cli/workflows/write-edits.ts";
import type { Edit } from "../../../rules/workflow-tree.ts";

const WORKFLOW = `# Publishes.
on:
  push:
    branches: [main, release/*] # the rule
    tags: ["v*"]
  workflow_dispatch:

jobs:
  # Looks what is missing.
  plan:
    runs-on: ubuntu-24.04
    timeout-minutes: 15

  build:
    needs: plan
    if: >-
      needs.plan.outputs.missing == 'true' &&
      github.ref == 'refs/heads/main'
    strategy:
      matrix:
        image:
          - a/one # the first
          # Two is slow.
          - a/two
          - b
    steps:
      - uses: "owner/name@v1"   # old
        with:
          text: |
            keep   this
              as it is

  # Goes.
  # With both lines.
  stage:
    needs: [plan]
    steps:
      - run: |
          echo last

  end:
    needs: [build, stage]
`;
const IMAGES = ["jobs", "build", "strategy", "matrix", "image"];

describe("edits of a YAML file", () => {
  it("replace a value and leave every other byte as it is", () => {
    const edited = withEdits(WORKFLOW, [
      { kind: "set", path: ["jobs", "plan", "timeout-minutes"], value: 20 },
    ]);
    assert.equal(edited, WORKFLOW.replace("timeout-minutes: 15", "timeout-minutes: 20"));
  });

  it("replace a list in brackets, quoting what has brackets of its own", () => {
    const value = ["v[0-9]+-rc[0-9]+", "w*"];
    const edited = withEdits(WORKFLOW, [{ kind: "set", path: ["on", "push", "tags"], value }]);
    assert.equal(edited, WORKFLOW.replace('["v*"]', '["v[0-9]+-rc[0-9]+", w*]'));
    const { on } = parse(edited) as { on: { push: { tags: string[] } } };
    assert.deepEqual(on.push.tags, value);
  });

  it("keep the comment behind a list in brackets", () => {
    const edit = { kind: "set", path: ["on", "push", "branches"], value: ["main"] } as const;
    assert.match(withEdits(WORKFLOW, [edit]), /^ {4}branches: \[main\] # the rule$/m);
  });

  it("replace a value and the comment behind it", () => {
    const path = ["jobs", "build", "steps", 0, "uses"];
    const edited = withEdits(WORKFLOW, [
      { kind: "set", path, value: "owner/name@abc", comment: "v2.0.0" },
    ]);
    assert.equal(edited, WORKFLOW.replace('"owner/name@v1"   # old', "owner/name@abc # v2.0.0"));
  });

  it("add a key behind the others of its map", () => {
    const path = ["jobs", "plan", "permissions"];
    const edited = withEdits(WORKFLOW, [{ kind: "set", path, value: "none" }]);
    assert.equal(
      edited,
      WORKFLOW.replace("timeout-minutes: 15\n", "timeout-minutes: 15\n    permissions: none\n"),
    );
  });

  it("add an event without anything behind it", () => {
    const edited = withEdits(WORKFLOW, [{ kind: "set", path: ["on", "schedule"], value: null }]);
    assert.match(edited, /^ {2}workflow_dispatch:\n {2}schedule:\n\njobs:$/m);
  });

  it("take an item of a list out with the comment above it", () => {
    const edited = withEdits(WORKFLOW, [{ kind: "set", path: IMAGES, value: ["a/one", "b"] }]);
    assert.equal(edited, WORKFLOW.replace("          # Two is slow.\n          - a/two\n", ""));
  });

  it("put a new item of a list where it stands in the wanted order", () => {
    const value = ["a/one", "a/three", "a/two", "b"];
    const edited = withEdits(WORKFLOW, [{ kind: "set", path: IMAGES, value }]);
    assert.equal(edited, WORKFLOW.replace("# the first\n", "# the first\n          - a/three\n"));
  });

  it("take a job out with the comments and the blank line above it", () => {
    const edited = withEdits(WORKFLOW, [
      { kind: "remove", path: ["jobs", "stage"] },
      { kind: "set", path: ["jobs", "end", "needs"], value: ["build"] },
    ]);
    const begin = WORKFLOW.indexOf("\n  # Goes.");
    const end = WORKFLOW.indexOf("\n  end:");
    const without = WORKFLOW.slice(0, begin) + WORKFLOW.slice(end);
    assert.equal(edited, without.replace("[build, stage]", "[build]"));
  });

  it("leave a file as it is where the place is not there", () => {
    const edits: readonly Edit[] = [
      { kind: "set", path: ["jobs", "none", "timeout-minutes"], value: 1 },
      { kind: "remove", path: ["jobs", "none"] },
      { kind: "remove", path: ["name", "x"] },
    ];
    assert.equal(withEdits(WORKFLOW, edits), WORKFLOW);
  });

  it("leave an empty file as it is", () => {
    assert.equal(withEdits("", [{ kind: "set", path: ["on"], value: "push" }]), "");
  });

  it("make of any list any other, once and for all, and touch no other line", () => {
    const label = fc.stringMatching(/^[a-z]{1,3}(?:\/[a-z0-9.]{1,4})?$/);
    const labels = fc.uniqueArray(label, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(labels, labels, (now, then) => {
        const text = `jobs:\n  build:\n    matrix:\n      # All.\n${now.map((one) => `      - ${JSON.stringify(one)} # ${one}\n`).join("")}  # Last.\n  end:\n    x: 1\n`;
        const edit: Edit = { kind: "set", path: ["jobs", "build", "matrix"], value: then };
        const edited = withEdits(text, [edit]);
        const { jobs } = parse(edited) as { jobs: { build: { matrix: string[] }; end: unknown } };
        assert.deepEqual([...jobs.build.matrix].sort(), [...then].sort());
        assert.deepEqual(jobs.end, { x: 1 });
        for (const one of now) {
          const line = `      - ${JSON.stringify(one)} # ${one}\n`;
          assert.equal(edited.includes(line), then.includes(one));
        }
        assert.ok(edited.startsWith("jobs:\n  build:\n    matrix:\n      # All.\n"));
        assert.ok(edited.endsWith("  # Last.\n  end:\n    x: 1\n"));
        assert.equal(withEdits(edited, [edit]), edited);
      }),
    );
  });

  it("make of any list of maps any other, and leave those that stay as they are written", () => {
    const text = fc.stringMatching(/^[a-z]{1,3}(?:\/[a-z0-9.]{1,4})?$/);
    const pair = fc.record({ runner: text, image: text });
    const selector = (one: object) => JSON.stringify(one);
    const pairs = fc.uniqueArray(pair, { minLength: 1, maxLength: 5, selector });
    fc.assert(
      fc.property(pairs, pairs, (now, then) => {
        const lines = now.map(
          ({ runner, image }) =>
            `      # ${runner}\n      - image: ${JSON.stringify(image)}\n        runner: ${JSON.stringify(runner)} # ${image}\n`,
        );
        const file = `jobs:\n  build:\n    include:\n${lines.join("")}  # Last.\n  end:\n    x: 1\n`;
        const edit: Edit = { kind: "set", path: ["jobs", "build", "include"], value: then };
        const edited = withEdits(file, [edit]);
        const { jobs } = parse(edited) as { jobs: { build: { include: object[] }; end: unknown } };
        const sorted = (list: readonly object[]) =>
          list.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
        assert.deepEqual(sorted(jobs.build.include), sorted(then));
        assert.deepEqual(jobs.end, { x: 1 });
        for (const [index, one] of now.entries()) {
          const stays = then.some((other) => selector(other) === selector(one));
          // The comment above the first one stands above the list.
          const own = index === 0 ? lines[index]?.replace(/^.*\n/, "") : lines[index];
          assert.equal(edited.includes(own ?? "?"), stays);
        }
        assert.ok(edited.endsWith("  # Last.\n  end:\n    x: 1\n"));
        assert.equal(withEdits(edited, [edit]), edited);
      }),
    );
  });
});
