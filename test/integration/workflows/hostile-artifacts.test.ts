/* What a pull request's run may keep in the place of its preview: refused with a reason in the log, or shown as mere text. */
import assert from "node:assert/strict";
import { type PreviewReport, readPreviewReport } from "../../../rules/preview-report.ts";
import { zipOf } from "../../cli/pull-request/support/zip.ts";
import { outline } from "../../rules/support/markdown.ts";
import { fullReport } from "../../rules/support/preview-reports.ts";
import { assertUntouched, CANARY, runsFolder } from "./support/canary.ts";
import { workflowRunPayload } from "./support/payloads.ts";
import { jobOf, logOf, printTrace, type WorkflowTrace } from "./support/trace.ts";
import type { PullRequestCommits } from "./support/workflow-project.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const FILE = "preview.json";
const MEBIBYTE = 1 << 20;
const json = JSON.stringify(fullReport());
const archive = (content: string | Buffer, name = FILE) => zipOf([{ name, content }]);
const changed = (change: object) => archive(JSON.stringify({ ...fullReport(), ...change }));

/** Each with what the log says of it; what else an archive may be is tried without a workflow. */
const REFUSED: Readonly<Record<string, readonly [() => Buffer, RegExp]>> = {
  "10 MB of noise": [() => Buffer.alloc(10_000_000, "noise"), /more than \d+ bytes/],
  "a bomb that says it is small": [
    () => zipOf([{ name: FILE, content: Buffer.alloc(300 * MEBIBYTE), size: 10 }]),
    /too many bytes/,
  ],
  "a path up": [() => archive(json, `../${FILE}`), /no zip archive/],
  "a path from the root": [() => archive(json, `/tmp/${CANARY}`), /no zip archive/],
  "a path with backslashes": [() => archive(json, `..\\..\\${FILE}`), /no zip archive/],
  "a name with a zero": [
    () => archive(json, `${FILE}\u0000${CANARY}`),
    /is "preview\.json\\\\?u0000/,
  ],
  "a name that speaks to the runner": [
    () => archive(json, "::set-output name=a::b\n##[add-path]/tmp"),
    /is ": :set-output name=a: :b\\n# #\[add-path\]\/tmp"/,
  ],
  "two files": [
    () =>
      zipOf([
        { name: FILE, content: json },
        { name: CANARY, content: "x" },
      ]),
    /2 files/,
  ],
  "a link": [() => zipOf([{ name: FILE, content: "/etc/passwd", mode: 0o120777 }]), /is a link/],
  "no JSON": [() => archive(`$(touch ${CANARY})`), /is no JSON/],
  "a key twice": [() => archive(json.replace("{", '{"stack":"other",')), /stack: is there twice/],
  "a key too many": [
    () => archive(json.replace("{", '{"::stop-commands::x\\n##[error]@everyone":1,')),
    /unknown key/,
  ],
  "a number without measure": [
    () => archive(json.replace('"moreReasons":2', '"moreReasons":1e999')),
    /moreReasons: .*a whole number from 0/,
  ],
  "a nest": [() => archive("[".repeat(500_000) + "]".repeat(500_000)), /nested more than/],
  "an escape code in a text": [
    () => changed({ failures: [{ where: "\u001b[31m", message: "c" }] }),
    /printable text/,
  ],
  "another channel": [() => changed({ channel: "release/2.10" }), /is a preview of channel/],
  "another commit's text": [() => changed({ pullRequestCommit: "$(id)" }), /40 hex digits/],
};

/** In as many places as take them. */
const SHOWN = [
  `@pytorch/everybody fixes #1 $(touch ${CANARY}) ::set-output name=a::b ##[add-path]/tmp`,
  "<img src=x onerror=alert(1)> </code></details> <!-- --> [a](javascript:b) https://evil.example",
  "`` ` | --- | \\| ![x](https://evil.example/x.png) <!-- slipway preview --> ${{ github.token }}",
];

describe("what a hostile run kept as its preview", function () {
  this.timeout(5 * 60_000);
  const stage = sharedStage();
  let pullRequest: PullRequestCommits;

  before("open a pull request", async () => {
    await stage().branch("artifacts");
    await stage().project.commit("Change nothing");
    await stage().project.push("refs/heads/artifacts", "fork");
    pullRequest = await stage().openPullRequest("fork", "artifacts");
  });

  /** Runs the workflow that comments for a run that kept these bytes. */
  const comment = async (bytes: Buffer): Promise<WorkflowTrace> => {
    const { project, hosting } = stage();
    const { head } = pullRequest;
    const id = await hosting.machinery.putRun({
      ...{ workflow: "plan.yml", name: "plan", event: "pull_request", status: "completed" },
      ...{ conclusion: "success", headSha: head.sha, headBranch: head.ref },
      headRepository: "mallory/pytorch",
    });
    await hosting.machinery.putArtifact({ run: id, name: "preview", bytes });
    const payload = workflowRunPayload(project, {
      ...{ id, conclusion: "success", headBranch: head.ref, headSha: head.sha },
      headRepository: head.repository,
    });
    const trace = await stage().run({ file: "comment.yml", event: "workflow_run", payload });
    await assertUntouched(printTrace(trace), runsFolder(project));
    return trace;
  };
  const shown = async (): Promise<string> => {
    const [{ body, user } = { body: "", user: "" }, ...others] = await stage().comments(
      pullRequest.number,
    );
    assert.deepEqual([user, others], ["github-actions[bot]", []]);
    return body;
  };

  for (const [what, [bytes, reason]] of Object.entries(REFUSED)) {
    it(`is refused with ${what}, and the comment says so without it`, async () => {
      const trace = await comment(bytes());
      assert.equal(trace.conclusion, "failure");
      const step = jobOf(trace, "comment").steps.at(-1);
      assert.deepEqual([step?.name, step?.exitCode], ["Comment", 1]);
      assert.match(logOf(jobOf(trace, "comment"), "Comment"), reason);
      const body = await shown();
      assert.match(body, /# No preview\n[^]*was refused; the log of the workflow/);
      assert.doesNotMatch(body, /canary|everyone|\$\(|::|##\[/);
    });
  }

  it("takes the place of a preview of the same commit, since nobody knows which one is true", async () => {
    assert.equal((await comment(archive(json))).conclusion, "success");
    assert.match(await shown(), /# Preview of stack/);
    assert.equal((await comment(archive("{}"))).conclusion, "failure");
    assert.match(await shown(), /# No preview/);
  });

  it("is shown as mere text, with nothing that Markdown, HTML or GitHub makes something of", async () => {
    const usual = await commentOn("x");
    for (const text of SHOWN) assert.deepEqual(await commentOn(text), usual, text);
  });

  it("is shown for the head that GitHub names, whatever commit and stack it tells of", async () => {
    const other = "b".repeat(40);
    const told = { stack: "production", baseCommit: other, pullRequestCommit: other };
    assert.equal((await comment(changed(told))).conclusion, "success");
    assert.ok((await shown()).includes(`Of commit \`${pullRequest.head.sha}\`, by [this run]`));
  });

  /** The kinds of nodes of the comment on a report that has a text wherever it may. */
  const commentOn = async (text: string): Promise<string> => {
    const { report, places } = withText(text);
    assert.ok(places > 20, `${places} places`);
    assert.equal((await comment(archive(JSON.stringify(report)))).conclusion, "success");
    // The run that it links differs.
    return JSON.stringify(outline((await shown()).replaceAll(/run(s\/| )\d+/g, "run$10")));
  };
});

/** The full report with a text in every place that takes any text. */
function withText(text: string): { readonly report: PreviewReport; readonly places: number } {
  // Walked by its keys, whatever they are, and changed in place; its types admit neither.
  const report = structuredClone(fullReport()) as unknown as Record<string, unknown>;
  let places = 0;
  const put = (holder: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value === "object" && value !== null) put(value as Record<string, unknown>);
      if (typeof value !== "string") continue;
      // What has a grammar, or a few words, takes the odd text as little as this.
      holder[key] = SHOWN[0];
      const isFree = "report" in readPreviewReport(JSON.stringify(report));
      holder[key] = isFree ? text : value;
      if (isFree) places += 1;
    }
  };
  put(report);
  return { report: report as unknown as PreviewReport, places };
}
