/* What is not safe in several workflows together, and in those that another repository writes for itself. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { demandsOf } from "../../rules/workflow-safety-conditions.ts";
import { safetyFindings } from "../../rules/workflow-safety.ts";
import { treeOf } from "./support/workflow-tree.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The rules that say something of workflows by their names, each with the file it says it of. */
function rulesOf(texts: Readonly<Record<string, string>>): readonly string[] {
  const files = Object.entries(texts).map(([name, text]) =>
    treeOf(text, `.github/workflows/${name}`),
  );
  const found = safetyFindings(files, {}).map(({ rule, file }) => `${file.slice(18)}: ${rule}`);
  return [...new Set(found)].sort();
}

const workflow = (on: string, job: string, top = "") =>
  `on: ${on}\npermissions: {}\n${top}jobs:\n  work:\n${job.replace(/^/gm, "    ")}\n`;
const call = (name: string, on: string) =>
  workflow(on, `permissions: {}\nuses: ./.github/workflows/${name}`);
const hosted = "runs-on: ubuntu-24.04\ntimeout-minutes: 5\npermissions: {}\n";
const deploy = `${hosted}environment: docker-deploy\nsteps: []`;

describe("workflows together", () => {
  it("hold no credential in one that a pull request calls, through whatever other one", () => {
    const secret = `${hosted}steps:\n  - env: { A: "\${{ secrets.B }}" }\n    run: slipway`;
    const called = workflow("workflow_call", secret.replace("run: slipway", "uses: ./"));
    for (const event of ["pull_request", "merge_group"]) {
      const rules = rulesOf({
        "ci.yml": call("a.yml", event),
        "a.yml": call("b.yml", "workflow_call"),
        "b.yml": called,
      });
      assert.ok(rules.includes("b.yml: pull-request-credential"), event);
    }
    const rules = rulesOf({ "ci.yml": call("b.yml", "push"), "b.yml": called });
    assert.ok(!rules.includes("b.yml: pull-request-credential"));
  });

  it("may call one another in a circle", () => {
    const texts = {
      "a.yml": call("b.yml", "workflow_call"),
      "b.yml": call("a.yml", "workflow_call"),
    };
    assert.deepEqual(rulesOf(texts), []);
  });

  it("publish one run at a time, also where a person starts them", () => {
    const text = workflow("workflow_dispatch", deploy);
    assert.deepEqual(rulesOf({ "own.yml": text }), ["own.yml: concurrency"]);
  });

  it("look for drift without a queue", () => {
    const text = workflow("schedule", deploy.replace("docker-deploy", "docker-drift"));
    assert.deepEqual(rulesOf({ "own.yml": text }), []);
  });

  it("publish in groups of their own", () => {
    const publishing = (group: string) =>
      workflow("workflow_dispatch", deploy, `concurrency: { group: "${group}", queue: max }\n`);
    const one = publishing("one-${{ github.ref }}");
    assert.deepEqual(rulesOf({ "a.yml": one, "b.yml": publishing("two-${{ github.ref }}") }), []);
    assert.deepEqual(rulesOf({ "a.yml": one, "b.yml": one }), [
      "a.yml: concurrency",
      "b.yml: concurrency",
    ]);
    const quiet = (group: string) =>
      workflow("push", `${hosted}steps: []`, `concurrency: "${group}"\n`);
    for (const group of ["one-refs/heads/main", "${{ github.ref }}", "${{ inputs.a }}-x"]) {
      const rules = rulesOf({ "a.yml": one, "b.yml": quiet(group) });
      assert.deepEqual(rules, ["b.yml: concurrency"], group);
    }
    assert.deepEqual(rulesOf({ "a.yml": one, "b.yml": quiet("one") }), []);
    const named = `name: lint\n${quiet("${{ github.workflow }}-${{ github.ref }}")}`;
    assert.deepEqual(rulesOf({ "a.yml": one, "b.yml": named }), []);
  });

  it("run what a pull request says on machines of GitHub's, from a list, too", () => {
    const on = (machine: string) =>
      rulesOf({
        "own.yml": workflow(
          "pull_request",
          `strategy: { matrix: { os: [ubuntu-24.04, macos-15] } }\nruns-on: ${machine}\ntimeout-minutes: 5\npermissions: {}\nsteps: []`,
        ),
      });
    assert.deepEqual(on("${{ matrix.os }}"), []);
    assert.deepEqual(on("${{ matrix.machine }}"), ["own.yml: runner"]);
    assert.deepEqual(on("linux.2xlarge"), ["own.yml: runner"]);
  });
});

describe("a workflow of the documents", () => {
  it("takes an image by an output of Slipway, in a job that says nothing of permissions", async () => {
    const page = await readFile(join(ROOT, "docs/consuming.md"), "utf8");
    const example = /<!-- example: own -->\s*```yaml\n(.*?)```/s.exec(page)?.[1] ?? "";
    const rules = (text: string) => {
      const action = treeOf("runs: { steps: [] }", ".github/actions/setup/action.yml");
      const files = [treeOf(`on: push\n${text}`, ".github/workflows/own.yml"), action];
      const found = safetyFindings(files, {}).filter(({ file }) => file.endsWith("own.yml"));
      // The actions' pins are another test's.
      return found.filter(({ message }) => !message.includes("actions/checkout"));
    };
    assert.notEqual(example, "");
    assert.deepEqual(rules(example), []);
    const others = rules(example.replace("slipway images", "cat images.json; others images"));
    assert.deepEqual([...new Set(others.map(({ rule }) => rule))], ["pinned"]);
  });
});

describe("what a condition demands", () => {
  it("is each of its parts, with or without the marks of an expression", () => {
    for (const [condition, demands] of [
      [undefined, []],
      ["a == 'b'", ["a == 'b'"]],
      ["${{ !cancelled() && a  ==\n 'b' }}", ["!cancelled()", "a == 'b'"]],
      ["a && (b || c)", ["a", "(b || c)"]],
      ["a == '||'", ["a == '||'"]],
    ] as const) {
      assert.deepEqual(demandsOf(condition), demands, condition);
    }
  });

  it("cannot be told where one part may do for another, or a text is no expression", () => {
    for (const condition of [
      "a || b",
      "a && b || c",
      "!(x && a && y)",
      "'x && a && y' != ''",
      "a && '(' || ')'",
      "${{ a }} && b",
      "${{ a }}${{ b }}",
      "a &&",
      true,
    ]) {
      assert.equal(demandsOf(condition), undefined, String(condition));
    }
  });
});
