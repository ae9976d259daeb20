/* Small workflows of a project without a cloud. */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pushPayload } from "../support/payloads.ts";
import { runWorkflow } from "../support/run-workflow.ts";
import { jobOf, type Result, traceText, type WorkflowTrace } from "../support/trace.ts";
import { WorkflowProject } from "../support/workflow-project.ts";

describe("the runner of workflows in tests", function () {
  this.timeout(60_000);
  let project: WorkflowProject;
  before(async () => {
    project = await WorkflowProject.begin();
  });
  after(() => project.remove());

  /** Runs jobs that are pushed to main, with other files of the commit. */
  async function run(
    jobs: string,
    files: Readonly<Record<string, string>> = {},
    results: Readonly<Record<string, Result>> = {},
  ): Promise<WorkflowTrace> {
    const text = `on:\n  push:\npermissions: {}\nenv: {OUTER: outer}\njobs:\n${indent(jobs, 2)}`;
    for (const [path, content] of Object.entries({
      ...files,
      ".github/workflows/small.yml": text,
    })) {
      await mkdir(dirname(join(project.root, path)), { recursive: true });
      await writeFile(join(project.root, path), content);
    }
    const commit = await project.commit("Change a workflow");
    await project.push("refs/heads/main");
    const payload = pushPayload(project, "refs/heads/main", commit);
    return runWorkflow({ file: "small.yml", event: "push", payload, project, results });
  }
  const job = (name: string, rest: string, steps: readonly string[]) =>
    `${name}:\n  runs-on: ubuntu-24.04\n  timeout-minutes: 5\n${rest === "" ? "" : `${indent(rest, 2)}\n`}` +
    `  steps:\n${steps.map((step) => indent(`- ${indent(step, 2).trimStart()}`, 4)).join("\n")}\n`;
  const resultsOf = ({ jobs }: WorkflowTrace) =>
    Object.fromEntries(jobs.map(({ id, result }) => [id, result]));

  it("gives a process what GitHub gives and nothing of the developer's", async () => {
    process.env["MARKER_OF_THE_DEVELOPER"] = "1";
    const trace = await run(job("a", "env: {INNER: '${{ github.ref_name }}'}", ["run: env"]));
    delete process.env["MARKER_OF_THE_DEVELOPER"];
    const [only] = jobOf(trace, "a").processes;
    assert.ok(only);
    const { env, output } = only;
    const names = output.split("\n").flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    const isKnown = (name: string) =>
      /^(?:CI|HOME|PATH|INNER|OUTER|GITHUB_\w+|RUNNER_\w+|PWD|SHLVL|_)$/.test(name);
    assert.deepEqual(
      names.filter((name) => !isKnown(name)),
      [],
    );
    assert.equal(env["GITHUB_EVENT_NAME"], "push");
    assert.equal(env["GITHUB_REF_NAME"], "main");
    assert.equal(env["GITHUB_SHA"], trace.sha);
    assert.ok(env["HOME"]?.startsWith(project.home));
  });

  it("runs jobs by what they need, with their outputs, and skips after a failure", async () => {
    const output =
      "run: |\n  echo greeting=hello >> $GITHUB_OUTPUT\n  printf 'all<<E\\n1\\n2\\nE\\n' >> $GITHUB_OUTPUT\nid: say";
    const trace = await run(
      [
        job(
          "last",
          "needs: [first, failing]\nif: ${{ !cancelled() && needs.failing.result == 'failure' }}\nenv: {GREETING: '${{ needs.first.outputs.greeting }}'}",
          ['run: test "$GREETING" = hello'],
        ),
        job(
          "first",
          "outputs: {greeting: '${{ steps.say.outputs.greeting }}', all: '${{ steps.say.outputs.all }}'}",
          [output],
        ),
        job("failing", "", ["run: exit 3", "run: echo never", "if: failure()\nrun: echo cleaned"]),
        job("after", "needs: failing", ["run: echo never"]),
        job("after-last", "needs: last", ["run: echo never"]),
      ].join(""),
    );
    assert.deepEqual(resultsOf(trace), {
      ...{ last: "success", first: "success", failing: "failure", after: "skipped" },
      // Somewhere before it a job failed.
      "after-last": "skipped",
    });
    assert.deepEqual(jobOf(trace, "first").outputs, { greeting: "hello", all: "1\n2" });
    const { steps } = jobOf(trace, "failing");
    assert.deepEqual(
      steps.map(({ result, exitCode }) => [result, exitCode]),
      [
        ["failure", 3],
        ["skipped", undefined],
        ["success", 0],
      ],
    );
    assert.equal(trace.conclusion, "failure");
    assert.match(traceText(trace), /failing: failure/);
  });

  it("runs bash as GitHub does: without pipefail, unless the step names the shell", async () => {
    const steps = ["run: false | true", "shell: bash\nrun: false | true"];
    const trace = await run(job("a", "", steps));
    assert.deepEqual(
      jobOf(trace, "a").steps.map(({ result }) => result),
      ["success", "failure"],
    );
  });

  it("hands on what steps set: variables, folders of PATH, a summary", async () => {
    const trace = await run(
      job("a", "", [
        "run: |\n  mkdir bin\n  printf '#!/bin/sh\\necho mine' > bin/slipway-tool\n  chmod +x bin/slipway-tool\n" +
          '  echo "$PWD/bin" >> "$GITHUB_PATH"\n  echo A=1 >> "$GITHUB_ENV"\n  echo "# done" >> "$GITHUB_STEP_SUMMARY"',
        "env: {B: '${{ env.A }}2'}\nrun: |\n  test \"$B\" = 12\n  slipway-tool",
        'run: test -z "${B:-}"',
      ]),
    );
    assert.equal(trace.conclusion, "success", traceText(trace));
    assert.equal(jobOf(trace, "a").summary, "# done\n");
  });

  it("fails a step that writes what GitHub's runner refuses, and goes on where that is allowed", async () => {
    const trace = await run(
      job("a", "", [
        "continue-on-error: true\nrun: echo nonsense >> $GITHUB_OUTPUT",
        "run: echo on",
      ]),
    );
    const { steps, result } = jobOf(trace, "a");
    assert.deepEqual([result, steps[0]?.result], ["success", "failure"]);
    assert.match(steps[0]?.log ?? "", /Invalid format 'nonsense'/);
  });

  it("hides a mask in logs, keeps what was written, and hands no secret to another job", async () => {
    const trace = await run(
      job("a", "outputs: {told: '${{ steps.s.outputs.told }}', fine: fine}", [
        "id: s\nrun: |\n  echo ::add-mask::hunter2\n  echo is hunter2\n  echo told=hunter2 >> $GITHUB_OUTPUT",
      ]),
    );
    const { steps, processes, outputs, why } = jobOf(trace, "a");
    assert.doesNotMatch(steps[0]?.log ?? "", /hunter2/);
    assert.match(processes[0]?.output ?? "", /is hunter2/);
    assert.deepEqual(outputs, { fine: "fine" });
    assert.match(why ?? "", /Skip output 'told'/);
  });

  it("kills all that a step started when its time is over", async () => {
    const trace = await run(
      job("a", "", [
        "timeout-minutes: 0.05\nrun: |\n  sleep 300 &\n  echo child $!\n  sleep 300",
        "if: always()\nrun: echo on",
      ]),
    );
    const { steps } = jobOf(trace, "a");
    assert.deepEqual(
      steps.map(({ result }) => result),
      ["failure", "success"],
    );
    const log = steps[0]?.log ?? "";
    assert.match(log, /timed out/);
    const child = Number(/child (\d+)/.exec(log)?.[1]);
    await gone(child);
  });

  it("runs a matrix, each combination with a name, a folder and a number of its own", async () => {
    const trace = await run(
      [
        job("plan", "outputs: {present: '${{ steps.p.outputs.present }}'}", [
          `id: p\nrun: echo 'present=[{"image":"b"}]' >> $GITHUB_OUTPUT`,
        ]),
        job(
          "build",
          "needs: plan\nstrategy:\n  fail-fast: false\n  matrix:\n    image: [a, b, c]\n    exclude: ${{ fromJSON(needs.plan.outputs.present) }}\nenv: {IMAGE: '${{ matrix.image }}'}",
          ['run: echo "$IMAGE"; test "$IMAGE" != c'],
        ),
      ].join(""),
    );
    assert.deepEqual(
      trace.jobs.filter(({ id }) => id === "build").map(({ name, result }) => [name, result]),
      [
        ["build (a)", "success"],
        ["build (c)", "failure"],
      ],
    );
  });

  it("runs an action of the checkout, with inputs and outputs of its own", async () => {
    const action = `name: greet
description: Greets.
inputs: {who: {default: nobody}}
outputs: {said: {value: "\${{ steps.s.outputs.said }}"}}
runs:
  using: composite
  steps:
    - id: s
      shell: bash
      env: {WHO: "\${{ inputs.who }}"}
      run: |
        test -f "$GITHUB_ACTION_PATH/action.yml"
        echo "said=hello $WHO" >> "$GITHUB_OUTPUT"
`;
    const checkout = "uses: actions/checkout@v7\nwith: {persist-credentials: false}";
    const trace = await run(
      job("a", "outputs: {said: '${{ steps.g.outputs.said }}'}", [
        checkout,
        "id: g\nuses: ./actions/greet\nwith: {who: you}",
      ]) + job("b", "", [checkout, "uses: ./actions/greet\nwith: {whom: you}"]),
      { "actions/greet/action.yml": action },
    );
    assert.deepEqual(jobOf(trace, "a").outputs, { said: "hello you" });
    assert.match(jobOf(trace, "b").steps.at(-1)?.log ?? "", /has no input whom/);
  });

  it("takes results that a test gives, and what follows from them", async () => {
    const jobs =
      job("a", "", ["run: echo"]) + job("b", "needs: a\nif: ${{ !cancelled() }}", ["run: echo"]);
    assert.deepEqual(resultsOf(await run(jobs, {}, { a: "failure" })), {
      a: "failure",
      b: "success",
    });
    assert.deepEqual(resultsOf(await run(jobs, {}, { a: "cancelled" })), {
      a: "cancelled",
      b: "skipped",
    });
    await assert.rejects(run(jobs, {}, { c: "failure" }), /no job c/);
  });

  it("refuses an action, or an input of one, that it has no stand-in for", async () => {
    const trace = await run(
      job("a", "", ["uses: someone/else@v1"]) +
        job("b", "", ["uses: actions/checkout@v7\nwith: {submodules: true}"]),
    );
    assert.match(jobOf(trace, "a").steps[0]?.log ?? "", /no stand-in for someone\/else/);
    assert.match(jobOf(trace, "b").steps[0]?.log ?? "", /submodules/);
  });
});

function indent(text: string, spaces: number): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(spaces) + line))
    .join("\n");
}

/** Waits until a process is gone; one that is dead may wait a moment for whoever has to take note of it. */
async function gone(pid: number): Promise<void> {
  assert.ok(pid > 0, "the step told its child");
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await setTimeout(100);
  }
}
