import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Octokit } from "@octokit/core";
import { runOnGithub } from "../../../cli/drift/run-github.ts";
import { tell, type TellDriftOptions } from "../../../cli/drift/tell-drift.ts";
import type { DriftLook } from "../../../rules/drift-report.ts";
import { REPO, TestEmulator } from "../../local/github/test-emulator.ts";
import { FINDING, reportOf } from "../../rules/support/drift-reports.ts";

const LABEL = "slipway-drift";

describe("the issue on drift", () => {
  let emulator: TestEmulator;
  let folder: string;
  let token: string;
  /** A person with write access. */
  let person: Octokit;
  let nights = 0;

  beforeEach(async () => {
    emulator = new TestEmulator();
    await emulator.start();
    folder = mkdtempSync(join(tmpdir(), "drift-"));
    token = await emulator.github.putToken({ permissions: { issues: "write" } });
    person = emulator.octokitOf(await emulator.github.putToken({ login: "alice" }));
  });
  afterEach(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A night's run of the workflow. @param looks what was found; undefined where the look wrote nothing, or another text */
  async function night(
    looks: Readonly<Record<string, DriftLook>> | string | undefined,
    results: Partial<Omit<TellDriftOptions, "report">> = {},
  ) {
    nights += 1;
    const report = join(folder, `${nights}.json`);
    if (typeof looks === "string") writeFileSync(report, looks);
    else if (looks !== undefined) writeFileSync(report, JSON.stringify(reportOf(looks)));
    const run = runOnGithub({
      GITHUB_TOKEN: token,
      GITHUB_REPOSITORY: "pytorch/pytorch",
      GITHUB_API_URL: `${emulator.url}/api/v3`,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_RUN_ID: String(nights),
    });
    return tell(run, { report, look: "success", realBase: "skipped", ...results });
  }

  async function issues() {
    const { data } = await emulator.octokit.request("GET /repos/{owner}/{repo}/issues", {
      ...{ ...REPO, state: "all", direction: "asc" },
    });
    return data.map(({ number, state, user, title, body }) => ({
      ...{ number, state, user: user?.login, title, body: body ?? "" },
    }));
  }

  async function comments(number: number): Promise<readonly string[]> {
    const { data } = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      { ...REPO, issue_number: number },
    );
    return data.map(({ body = "" }) => body);
  }

  const states = async () => (await issues()).map(({ state }) => state);
  const close = (number: number) =>
    person.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
      ...{ ...REPO, issue_number: number, state: "closed" },
    });
  const found = { secrets: { findings: [FINDING] } };

  it("is none while all is clean", async () => {
    assert.deepEqual(await night({ preview: {} }), { action: "none is needed" });
    assert.deepEqual(await issues(), []);
  });

  it("is opened once, written anew every night, and closed with a comment when all is clean", async () => {
    const opened = await night(found, { look: "failure" });
    assert.equal(opened.action, "opened");
    assert.equal((await night(found, { look: "failure" })).action, "updated");
    const [issue, ...others] = await issues();
    assert.deepEqual([issue?.user, others], ["github-actions[bot]", []]);
    assert.equal(issue?.title, "Not everything is as the stack declares it");
    assert.match(issue.body, new RegExp(`/actions/runs/${nights}\\)`));
    assert.deepEqual(await comments(1), []);

    const closed = await night({ secrets: {} });
    assert.deepEqual(closed, { action: "closed", issue: opened.issue });
    assert.deepEqual(await states(), ["closed"]);
    assert.match((await comments(1)).join(), /^Everything is as it is declared again/);
    assert.equal((await night({ secrets: {} })).action, "none is needed");
    assert.equal((await comments(1)).length, 1);
  });

  it("gets a comment, which notifies people, for what is new and nothing else", async () => {
    await night(found, { look: "failure" });
    const more = { findings: [FINDING, { subject: "push-role", message: "up would update it" }] };
    await night({ secrets: more }, { look: "failure" });
    await night({ secrets: more }, { look: "failure" });
    const [comment = "", ...others] = await comments(1);
    assert.deepEqual(others, []);
    assert.match(comment, /^New since the last look .*\n\n- `secrets: push-role`\n/);
  });

  it("is a new one where people closed the last, which stays closed", async () => {
    await night(found, { look: "failure" });
    await close(1);
    assert.equal((await night(found, { look: "failure" })).action, "opened");
    assert.deepEqual(await states(), ["closed", "open"]);
    await night({ secrets: {} });
    assert.deepEqual(await states(), ["closed", "closed"]);
    assert.deepEqual(await comments(1), []);
  });

  it("is no issue of somebody else with its label and its first line, and none of its own with another", async () => {
    const marked = { ...REPO, title: "x", body: "<!-- slipway drift -->\n", labels: [LABEL] };
    await person.request("POST /repos/{owner}/{repo}/issues", marked);
    const workflow = emulator.octokitOf(token);
    await workflow.request("POST /repos/{owner}/{repo}/issues", { ...marked, body: "of another" });
    assert.equal((await night({ preview: {} })).action, "none is needed");
    assert.equal((await night(found, { look: "failure" })).action, "opened");
    await night({ preview: {} });
    assert.deepEqual(await states(), ["open", "open", "closed"]);
    assert.equal((await issues())[0]?.body, marked.body);
  });

  it("says that nobody knows, and where to look, when the look wrote nothing or what is no report", async () => {
    assert.equal((await night(undefined, { look: "failure" })).action, "opened");
    const body = async () => (await issues())[0]?.body ?? "";
    assert.match(await body(), /\*\*Nobody knows: .*`there is no file`/);
    assert.match(await body(), new RegExp(`/pytorch/pytorch/actions/runs/${nights}\\)`));
    const error = console.error;
    const said: unknown[] = [];
    console.error = (line: unknown) => said.push(line);
    try {
      assert.equal((await night('{"marker": "@octocat"}', { look: "failure" })).action, "updated");
    } finally {
      console.error = error;
    }
    assert.match(String(said[0]), /marker: unknown key/);
    assert.match(await body(), /`the file is no report; /);
    assert.doesNotMatch(await body(), /octocat/);
    assert.equal((await night(undefined, { look: "success" })).action, "updated");
  });

  it("is open for a build on a real base that failed, until one succeeds and not until a night without one", async () => {
    await night({ preview: {} }, { realBase: "failure" });
    const url = `/actions/runs/${nights}`;
    await night({ preview: {} });
    const [issue] = await issues();
    assert.equal(issue?.state, "open");
    assert.ok(
      issue.body.includes(
        `image on its real base **failed**: [run](https://github.com/pytorch/pytorch${url})`,
      ),
    );
    assert.equal((await night({ preview: {} }, { realBase: "success" })).action, "closed");
  });

  it("tells of the weekly build, and keeps what the night's look found", async () => {
    await night(found, { look: "failure" });
    const built = await night(undefined, { look: "skipped", realBase: "failure" });
    assert.equal(built.action, "updated");
    const body = async () => (await issues())[0]?.body ?? "";
    assert.match(await body(), /real base \*\*failed\*\*/);
    assert.match(await body(), /^## Found: secrets$/m);
    assert.match((await comments(1)).join(), /`real base: the build failed`/);
    assert.equal((await comments(1)).length, 1);
    await night(undefined, { look: "skipped", realBase: "success" });
    assert.doesNotMatch(await body(), /real base/);
    assert.match(await body(), /^## Found: secrets$/m);
    assert.deepEqual(await states(), ["open"]);
    await night({ secrets: {} });
    assert.deepEqual(await states(), ["closed"]);
  });

  it("is opened and closed for the weekly build alone", async () => {
    const failed = await night(undefined, { look: "skipped", realBase: "failure" });
    assert.equal(failed.action, "opened");
    const good = await night(undefined, { look: "skipped", realBase: "success" });
    assert.equal(good.action, "closed");
  });

  it("is left alone by a run that looked at nothing", async () => {
    await night(found, { look: "failure" });
    assert.equal((await night(undefined, { look: "skipped" })).action, "left alone");
    assert.deepEqual(await states(), ["open"]);
  });

  it("shows hostile texts of a report as code, and nothing of them as anything else", async () => {
    const subject = "@octocat fixes #1 <!-- known --> ](https://example.com)\n`|";
    await night({ bases: { findings: [{ subject, message: "$(id)" }] } }, { look: "failure" });
    const body = (await issues())[0]?.body ?? "";
    assert.match(
      body,
      /^- `@octocat fixes #1 <!-- known --> \]\(https:\/\/example.com\) \\u\{60\}\\u\{7c\}`: `\$\(id\)`$/m,
    );
  });
});

describe("the run that an issue on drift is told by", () => {
  it("is refused with everything that is missing or wrong, and no token", () => {
    assert.throws(
      () =>
        runOnGithub({
          ...{ GITHUB_TOKEN: "marker", GITHUB_REPOSITORY: "pytorch", GITHUB_API_URL: "ftp://x" },
          GITHUB_SERVER_URL: "https://github.com",
        }),
      (error: Error) => {
        assert.match(error.message, /^environment: 3 problems\n/);
        assert.match(error.message, /GITHUB_API_URL: "ftp:\/\/x" is not an https URL/);
        assert.match(error.message, /GITHUB_REPOSITORY: "pytorch" is not OWNER\/NAME/);
        assert.match(error.message, /GITHUB_RUN_ID: missing; the number of a run/);
        assert.doesNotMatch(error.message, /marker/);
        return true;
      },
    );
  });
});
