import assert from "node:assert/strict";
import { repositoryId } from "../../support/emulator.ts";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const COMMITS = ["a", "b"].map((digit) => digit.repeat(40)) as [string, string];
const LIST = "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs";
const GET = "GET /repos/{owner}/{repo}/actions/runs/{run_id}";

describe("runs of workflows", () => {
  const emulator = useEmulator();

  const record = (body: object, headers = {}) =>
    emulator.fetch("/_emulator/runs", {
      method: "POST",
      body: JSON.stringify({ repository: "pytorch/pytorch", ...body }),
      headers,
    });
  const run = (more: object = {}) => ({
    ...{ workflow: "up.yml", headSha: COMMITS[0], headBranch: "main", event: "push" },
    status: "queued",
    ...more,
  });
  const recorded = async (body: object): Promise<number> => {
    const answer = await record(body);
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { id: number }).id;
  };
  const list = async (query: object = {}, workflow: string | number = "up.yml") => {
    const { data } = await emulator.octokit.request(LIST, {
      ...{ ...REPO, workflow_id: workflow, ...query },
    });
    return data;
  };

  it("are none until somebody puts one there", async () => {
    assert.deepEqual(await list(), { total_count: 0, workflow_runs: [] });
  });

  it("are listed newest first, by workflow and by filter", async () => {
    const first = await recorded(run());
    const second = await recorded(run({ headSha: COMMITS[1], headBranch: "release/2.10" }));
    const third = await recorded(
      run({ event: "workflow_dispatch", status: "completed", conclusion: "success" }),
    );
    await recorded(run({ workflow: "drift.yml" }));
    const ids = async (query: object, workflow?: string | number) =>
      (await list(query, workflow)).workflow_runs.map(({ id }) => id);
    assert.deepEqual(await ids({}), [third, second, first]);
    assert.deepEqual(await ids({ head_sha: COMMITS[0] }), [third, first]);
    assert.deepEqual(await ids({ head_sha: COMMITS[0], event: "push" }), [first]);
    assert.deepEqual(await ids({ branch: "release/2.10" }), [second]);
    assert.deepEqual(await ids({ status: "queued" }), [second, first]);
    assert.deepEqual(await ids({ status: "success" }), [third]);
    assert.deepEqual(await ids({ per_page: 1, page: 2 }), [second]);
    const { workflow_runs: runs, total_count: total } = await list({ per_page: 1 });
    assert.equal(total, 3);
    assert.deepEqual(await ids({}, runs[0]!.workflow_id), [third, second, first]);
  });

  it("are told one by one, as they were moved on last", async () => {
    const id = await recorded(run());
    await recorded({ id, status: "completed", conclusion: "failure" });
    const { data } = await emulator.octokit.request(GET, { ...REPO, run_id: id });
    const { status, conclusion, head_sha: commit, path, html_url: page } = data;
    assert.deepEqual([status, conclusion, commit], ["completed", "failure", COMMITS[0]]);
    assert.equal(path, ".github/workflows/up.yml");
    assert.match(page, new RegExp(`/pytorch/pytorch/actions/runs/${id}$`));
    const unknown = emulator.octokit.request(GET, { ...REPO, run_id: 1 });
    assert.equal((await refusal(unknown)).status, 404);
  });

  it("are of a file and a name that have nothing to do with each other, for a branch here or in a fork", async () => {
    const get = async (more: object) => {
      const id = await emulator.github.putRun({
        ...{ headSha: COMMITS[0], headBranch: "main", event: "pull_request", status: "queued" },
        ...more,
      });
      return (await emulator.octokit.request(GET, { ...REPO, run_id: id })).data;
    };
    const copied = await get({ path: ".github/workflows/copied.yml", name: "plan" });
    assert.deepEqual([copied.path, copied.name], [".github/workflows/copied.yml", "plan"]);
    const odd = await get({ workflow: "plan.yml", path: "elsewhere/plan.yml", title: "<b>" });
    assert.deepEqual(
      [odd.path, odd.name, odd.display_title],
      ["elsewhere/plan.yml", "plan", "<b>"],
    );
    const own = repositoryId("pytorch/pytorch");
    assert.deepEqual([odd.repository.id, odd.head_repository.id], [own, own]);
    const fork = await get({ workflow: "plan.yml", headRepository: "somebody/fork" });
    const { id, full_name: name, owner } = fork.head_repository;
    assert.deepEqual(
      [id, name, owner.login],
      [...[repositoryId("somebody/fork"), "somebody/fork", "somebody"]],
    );
    assert.equal(fork.repository.id, own);
    const deleted = await get({ workflow: "plan.yml", headRepository: null });
    assert.equal(deleted.head_repository, null);
  });

  it("are kept when the emulator starts anew", async () => {
    const id = await recorded(run());
    await emulator.restart();
    assert.equal((await list()).workflow_runs[0]?.id, id);
  });

  it("are put there with the token alone, and whole", async () => {
    assert.equal((await record(run(), { authorization: "Bearer wrong" })).status, 401);
    assert.equal((await record(run({ headSha: "main" }))).status, 422);
    assert.equal((await record({ status: "queued" })).status, 422);
    assert.equal((await record(run({ status: "done" }))).status, 422);
    assert.equal((await record({ ...run(), repository: "pytorch/other" })).status, 404);
    assert.equal((await record({ id: 1, status: "queued" })).status, 404);
  });
});
