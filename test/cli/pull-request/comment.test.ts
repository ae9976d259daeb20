import assert from "node:assert/strict";
import { commentOnPullRequest, type CommentResult } from "../../../cli/pull-request/comment.ts";
import { GithubClient } from "../../../github/client.ts";
import type { PreviewReport } from "../../../rules/preview-report.ts";
import { useStage } from "../../provider/support/github-stage.ts";
import { emptyReport, fullReport } from "../../rules/support/preview-reports.ts";
import { zipOf } from "./support/zip.ts";

const HEAD = "a".repeat(40);
const NEXT = "b".repeat(40);
const DATA = [{ filename: "images/ci-image/image.yaml", status: "modified" as const }];
const CODE = [...DATA, { filename: "rules/refs.ts", status: "modified" as const }];
const REPO = { owner: "pytorch", repo: "pytorch" };

describe("the comment on a pull request", () => {
  const stage = useStage();
  let token: string;
  let branch = "";
  let count = 0;
  before(async () => {
    token = await github().putToken();
  });
  beforeEach(() => {
    branch = `topic-${(count += 1)}`;
  });

  const github = () => stage.emulator.github;
  const pullRequest = (
    more: Partial<Parameters<ReturnType<typeof github>["putPullRequest"]>[0]> = {},
  ) => github().putPullRequest({ headRef: branch, headSha: HEAD, files: DATA, ...more });
  const run = (more: Partial<Parameters<ReturnType<typeof github>["putRun"]>[0]> = {}) =>
    github().putRun({
      ...{ workflow: "plan.yml", event: "pull_request", headSha: HEAD, headBranch: branch },
      ...{ status: "completed", conclusion: "success" },
      ...more,
    });
  const keep = (id: number, report: PreviewReport | string, name = "preview") => {
    const content = typeof report === "string" ? report : JSON.stringify(report);
    return github().putArtifact({
      run: id,
      name,
      bytes: zipOf([{ name: "preview.json", content }]),
    });
  };
  const comment = (id: number) =>
    commentOnPullRequest({
      client: new GithubClient({
        owner: "pytorch",
        baseUrl: stage.baseUrl,
        token,
        waitedSecond: 1,
      }),
      ...{ repository: "pytorch", id, progress: () => undefined },
    });
  const commentsOn = async (number: number) => {
    const path = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
    const { data } = await stage.hand.request(path, { ...REPO, issue_number: number });
    return data.map(({ id, body = "", user }) => ({ id, body, author: user?.login }));
  };
  const say = async (number: number, body: string, as = stage.hand) => {
    const path = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    return (await as.request(path, { ...REPO, issue_number: number, body })).data.id;
  };
  const nothing = (result: CommentResult): string => {
    assert.ok(result.outcome === "nothing", result.outcome);
    return result.reason;
  };

  it("shows what a run kept, and is edited in place by the next run", async () => {
    const number = await pullRequest();
    const first = await run();
    await keep(first, fullReport());
    const created = await comment(first);
    assert.partialDeepStrictEqual(created, {
      outcome: "created",
      pullRequest: number,
      reviewed: true,
    });
    const [{ id, body, author } = { id: 0, body: "", author: "" }] = await commentsOn(number);
    assert.equal(author, "github-actions[bot]");
    assert.match(body, /^<!-- slipway preview -->\n/);
    assert.match(body, /\| `ci-image\/cuda12\.8` \|/);
    assert.doesNotMatch(body, /unreviewed/);

    assert.equal((await comment(first)).outcome, "unchanged");
    await github().changePullRequest({ number, headSha: NEXT });
    const second = await run({ headSha: NEXT });
    await keep(second, emptyReport());
    assert.equal((await comment(second)).outcome, "updated");
    const after = await commentsOn(number);
    assert.deepEqual(
      after.map((one) => one.id),
      [id],
    );
    assert.match(after[0]!.body, /Nothing changes/);
  });

  it("leaves comments of others alone, whatever they begin with", async () => {
    const number = await pullRequest();
    const theirs = "<!-- slipway preview -->\n<!-- run 999999 attempt 9 -->\nAll is well.";
    await say(number, theirs);
    const id = await run();
    await keep(id, emptyReport());
    assert.equal((await comment(id)).outcome, "created");
    const comments = await commentsOn(number);
    assert.deepEqual(
      comments.map(({ author }) => author),
      ["slipway-local", "github-actions[bot]"],
    );
    assert.equal(comments[0]!.body, theirs);
  });

  it("finds a fork's pull request by repository and commit, whatever its branch is called", async () => {
    const fork = "octocat/fork";
    const ours = await pullRequest({ headRef: "main" });
    const number = await pullRequest({ headRef: "main", headRepository: fork });
    const id = await run({ headBranch: "main", headRepository: fork });
    await keep(id, emptyReport());
    const result = await comment(id);
    assert.partialDeepStrictEqual(result, { outcome: "created", pullRequest: number });
    assert.deepEqual(await commentsOn(ours), []);
    for (const one of [ours, number]) {
      await github().changePullRequest({ number: one, state: "closed" });
    }
  });

  it("warns of unreviewed code, and shows what that code says too", async () => {
    const number = await pullRequest({ files: CODE });
    const id = await run();
    await keep(id, emptyReport());
    await keep(id, fullReport(), "preview-of-changed-code");
    assert.partialDeepStrictEqual(await comment(id), { outcome: "created", reviewed: false });
    const [{ body } = { body: "" }] = await commentsOn(number);
    assert.match(
      body,
      /Computed by unreviewed code\.\*\* This pull request changes code: `rules\/refs\.ts`\./,
    );
    assert.match(
      body,
      /With the code of the base branch\n\n\*\*Nothing changes[^]*own code\n\n\*\*1 failure/,
    );
  });

  it("doubts a run that may have been for another branch, whose workflow file then ran", async () => {
    const toAnother = await pullRequest({ baseRef: "of-a-writer" });
    const id = await run();
    await keep(id, emptyReport());
    const number = await pullRequest();
    assert.partialDeepStrictEqual(await comment(id), { pullRequest: number, reviewed: false });
    assert.match((await commentsOn(number))[0]!.body, /proposed for another branch too/);
    await github().changePullRequest({ number: toAnother, state: "closed" });
    assert.partialDeepStrictEqual(await comment(id), { pullRequest: number, reviewed: false });
  });

  it("doubts a run whose pull request was for another branch when it began", async () => {
    const number = await pullRequest({ baseRef: "of-a-writer" });
    const id = await run();
    await keep(id, emptyReport());
    await github().changePullRequest({ number, baseRef: "main" });
    assert.partialDeepStrictEqual(await comment(id), { pullRequest: number, reviewed: false });
    assert.match((await commentsOn(number))[0]!.body, /was for another branch when the run began/);
  });

  it("counts what a renamed file was called before", async () => {
    const files = [
      { filename: "docs/refs.md", previousFilename: "rules/refs.ts", status: "renamed" as const },
    ];
    await pullRequest({ files });
    const id = await run();
    await keep(id, emptyReport());
    assert.partialDeepStrictEqual(await comment(id), { reviewed: false });
  });

  it("takes code for unreviewed where GitHub does not list every file, and reads all pages", async () => {
    const many = (length: number) =>
      Array.from({ length }, (_, index) => ({
        filename: `images/a/${index}`,
        status: "added" as const,
      }));
    for (const [files, changedFiles, reviewed] of [
      [many(250), 250, true],
      [[...many(250), CODE[1]!], 251, false],
      [many(250), 251, false],
      [many(3000), 3000, true],
      [many(3001), 3001, false],
    ] as const) {
      branch = `files-${files.length}-${changedFiles}-${String(reviewed)}`;
      await pullRequest({ files: [...files], changedFiles });
      const id = await run();
      await keep(id, emptyReport());
      assert.partialDeepStrictEqual(await comment(id), { reviewed }, branch);
    }
  });

  it("says that there is no preview where the run failed or was cancelled without one", async () => {
    for (const [conclusion, words] of [
      ["failure", /The run failed before there was a preview/],
      ["cancelled", /The run was cancelled before there was a preview/],
      ["timed_out", /The run failed before/],
    ] as const) {
      branch = `ended-${conclusion}`;
      const number = await pullRequest();
      const id = await run({ conclusion });
      const result = await comment(id);
      assert.ok(result.outcome === "created" && result.refusal === undefined);
      const [{ body } = { body: "" }] = await commentsOn(number);
      assert.match(body, words);
      assert.match(body, new RegExp(`\\[this run\\]\\(http.*/actions/runs/${id}\\)`));
    }
  });

  it("stays when a run for the same commit was cancelled, and goes when one failed", async () => {
    const number = await pullRequest();
    const first = await run();
    await keep(first, fullReport());
    await comment(first);
    const shown = await commentsOn(number);
    assert.equal((await comment(await run({ conclusion: "cancelled" }))).outcome, "kept");
    assert.deepEqual(await commentsOn(number), shown);

    const failed = await run({ conclusion: "failure" });
    assert.equal((await comment(failed)).outcome, "updated");
    assert.match((await commentsOn(number))[0]!.body, /The run failed before/);
    assert.equal((await comment(await run({ conclusion: "cancelled" }))).outcome, "updated");
    assert.match((await commentsOn(number))[0]!.body, /was cancelled before/);
  });

  it("goes when a run for the next commit was cancelled", async () => {
    const number = await pullRequest();
    const first = await run();
    await keep(first, fullReport());
    await comment(first);
    await github().changePullRequest({ number, headSha: NEXT });
    const next = await run({ headSha: NEXT, conclusion: "cancelled" });
    assert.equal((await comment(next)).outcome, "updated");
    assert.match((await commentsOn(number))[0]!.body, /# No preview\n[^]*was cancelled before/);
  });

  it("shows the report of a run that failed and kept one", async () => {
    const number = await pullRequest();
    const id = await run({ conclusion: "failure" });
    await keep(id, fullReport());
    await comment(id);
    assert.match((await commentsOn(number))[0]!.body, /### It failed/);
  });

  it("is not written for a run that did nothing, or is under way again", async () => {
    await pullRequest();
    for (const conclusion of ["skipped", "action_required", "stale"] as const) {
      assert.match(nothing(await comment(await run({ conclusion }))), /did nothing/);
    }
    const again = await run({ status: "in_progress", conclusion: null });
    assert.match(nothing(await comment(again)), /is under way \(in_progress\)/);
  });

  it("is refused to runs that make no previews", async () => {
    const number = await pullRequest();
    for (const [more, message] of [
      [{ workflow: "other.yml" }, /is of "\.github\/workflows\/other\.yml"; only/],
      [
        { workflow: "copy.yml", name: "plan" },
        /only \.github\/workflows\/plan\.yml makes previews/,
      ],
      [{ path: ".github/workflows/deep/plan.yml" }, /only/],
      [{ event: "push" }, /was started by "push"/],
      [{ event: "pull_request_target" }, /was started by "pull_request_target"/],
      [{ event: "workflow_dispatch" }, /was started by/],
    ] as const) {
      const id = await run(more);
      await keep(id, emptyReport());
      await assert.rejects(comment(id), { name: "UserError", message });
    }
    await assert.rejects(comment(1), { name: "UserError", message: /has no run 1/ });
    assert.deepEqual(await commentsOn(number), []);
  });

  it("is not written where no open pull request has the head of the run", async () => {
    const id = await run();
    assert.match(nothing(await comment(id)), /no open pull request has the head/);
    const number = await pullRequest({ state: "closed" });
    assert.match(nothing(await comment(id)), /closed or merged/);
    await github().changePullRequest({ number, state: "open", headSha: NEXT });
    assert.match(nothing(await comment(id)), new RegExp(`is ${NEXT} now, not ${HEAD}`));
    await github().changePullRequest({ number, headSha: HEAD, baseRef: "topic" });
    assert.match(nothing(await comment(id)), /is for "topic", which is no channel/);
    await github().changePullRequest({ number, baseRef: "main", headRepository: null });
    assert.match(nothing(await comment(id)), /no open pull request/);
    assert.match(nothing(await comment(await run({ headRepository: null }))), /came from is gone/);
    assert.deepEqual(await commentsOn(number), []);
  });

  it("is refused where several pull requests may be meant, and says which", async () => {
    const numbers = [await pullRequest(), await pullRequest({ baseRef: "release/2.10" })];
    const id = await run();
    await keep(id, emptyReport());
    await assert.rejects(comment(id), {
      name: "UserError",
      message: `several open pull requests have the head of the run: ${numbers
        .toReversed()
        .map((one) => `#${one}`)
        .join(", ")}; give each one a branch of its own`,
    });
  });

  it("writes nothing where the head moves while it is made", async () => {
    const number = await pullRequest();
    const id = await run();
    await keep(id, emptyReport());
    for (const change of [
      { headSha: NEXT },
      { state: "closed" as const },
      { baseRef: "release/2.10" },
    ]) {
      stage.fault = async ({ path }) => {
        if (path === "/user") await github().changePullRequest({ number, ...change });
        return undefined;
      };
      assert.match(nothing(await comment(id)), /^pull request #\d+: /);
      await github().changePullRequest({ number, headSha: HEAD, state: "open", baseRef: "main" });
    }
    assert.deepEqual(await commentsOn(number), []);
  });

  it("says that what a run kept was refused, and nothing of it", async () => {
    const hostile = "@everybody fixes #1 <img src=x>";
    const json = JSON.stringify(emptyReport());
    const cases: Readonly<Record<string, readonly [(id: number) => Promise<unknown>, RegExp]>> = {
      nothing: [async () => undefined, /kept no artifact preview/],
      "no archive": [
        (id) => github().putArtifact({ run: id, name: "preview", bytes: Buffer.from(hostile) }),
        /no zip archive/,
      ],
      "10 MB": [
        (id) => github().putArtifact({ run: id, name: "preview", bytes: Buffer.alloc(10_000_000) }),
        /more than 1114112 bytes/,
      ],
      "no JSON": [(id) => keep(id, hostile), /is no JSON/],
      "an unknown key": [(id) => keep(id, json.replace("{", `{"${hostile}":1,`)), /unknown key/],
      "a key twice": [(id) => keep(id, json.replace("{", '{"stack":"other",')), /twice/],
      "text of several lines": [(id) => keep(id, fullReport("a\nb")), /printable text/],
      "another channel": [
        (id) => keep(id, { ...emptyReport(), channel: "release/2.10" }),
        /is a preview of channel "release\/2\.10"/,
      ],
      expired: [
        (id) => github().putArtifact({ run: id, name: "preview", bytes: zipOf([]), expired: true }),
        /expired/,
      ],
      twice: [
        async (id) => [await keep(id, emptyReport()), await keep(id, emptyReport())],
        /kept 2 artifacts preview/,
      ],
    };
    for (const [what, [put, message]] of Object.entries(cases)) {
      branch = `refused ${what}`.replaceAll(" ", "-");
      const number = await pullRequest();
      const id = await run();
      await put(id);
      const result = await comment(id);
      assert.ok(result.outcome === "created", what);
      assert.match(result.refusal ?? "", message, what);
      const [{ body } = { body: "" }] = await commentsOn(number);
      assert.match(body, /# No preview\n/);
      assert.ok(!body.includes("everybody"), body);
    }
  });

  it("takes the place of an earlier preview when the next one is refused", async () => {
    const number = await pullRequest();
    const first = await run();
    await keep(first, emptyReport());
    await comment(first);
    const second = await run();
    await keep(second, "{}");
    assert.equal((await comment(second)).outcome, "updated");
    assert.match((await commentsOn(number))[0]!.body, /# No preview/);
  });

  describe("of runs at once", () => {
    it("is one, of the later run, whichever comes first", async () => {
      for (const order of [
        [0, 1],
        [1, 0],
        [0, 1, 0],
        [1, 0, 1],
      ]) {
        branch = `at-once-${order.join("-")}`;
        const number = await pullRequest();
        const runs = [await run(), await run()];
        for (const id of runs) await keep(id, emptyReport());
        // Nobody makes a comment before everybody looked and saw none.
        let waiting = order.length;
        const open = Promise.withResolvers<undefined>();
        stage.fault = async ({ method }) => {
          if (method !== "POST") return undefined;
          if (--waiting <= 0) open.resolve(undefined);
          await open.promise;
          return undefined;
        };
        await Promise.all(order.map((index) => comment(runs[index]!)));
        const comments = await commentsOn(number);
        assert.equal(comments.length, 1, branch);
        assert.match(comments[0]!.body, new RegExp(`^<!-- run ${runs[1]!} attempt 1 -->$`, "m"));
      }
    });

    it("stays that of the later run", async () => {
      const number = await pullRequest();
      const [earlier, later] = [await run(), await run()];
      for (const id of [earlier, later]) await keep(id, emptyReport());
      await comment(later);
      const before = await commentsOn(number);
      assert.equal((await comment(earlier)).outcome, "superseded");
      assert.deepEqual(await commentsOn(number), before);
    });

    it("is made anew where somebody took it away meanwhile, and once where it is there twice", async () => {
      const number = await pullRequest();
      const own = stage.emulator.octokitOf(token);
      const old = await say(number, "<!-- slipway preview -->\nof long ago", own);
      await say(number, "<!-- slipway preview -->\nonce more", own);
      const id = await run();
      await keep(id, emptyReport());
      let isTaken = false;
      stage.fault = async ({ method }) => {
        if (method === "PATCH" && !isTaken) {
          isTaken = true;
          const path = "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}";
          await stage.hand.request(path, { ...REPO, comment_id: old });
        }
        return undefined;
      };
      assert.equal((await comment(id)).outcome, "updated");
      const comments = await commentsOn(number);
      assert.equal(comments.length, 1);
      assert.match(comments[0]!.body, /Nothing changes/);
    });
  });
});
