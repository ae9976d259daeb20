/*
 * Pull requests of a stage whose git data the emulator keeps itself, so that what its API commits, opens and merges is there for
 * git, and the other way round.
 */
import type { Octokit } from "@octokit/core";
import { pullRequestPayload, workflowRunPayload } from "./payloads.ts";
import type { WorkflowTrace } from "./trace.ts";
import { fullName, type PullRequestCommits, type WorkflowProject } from "./workflow-project.ts";
import type { WorkflowStage } from "./workflow-stage.ts";

export class HostedChanges {
  readonly #stage: WorkflowStage;

  private constructor(stage: WorkflowStage) {
    this.#stage = stage;
  }

  /** Lets the emulator have the repository's git data from here on. */
  static async of(stage: WorkflowStage): Promise<HostedChanges> {
    const { path } = stage.project.repository;
    await stage.hosting.machinery.giveGit({ path });
    return new HostedChanges(stage);
  }

  /** Commits what was changed in the work tree and pushes it. Returns the commit. */
  async push(branch: string, message: string): Promise<string> {
    const { project, hosting } = this.#stage;
    const commit = await project.commit(message);
    const ref = `refs/heads/${branch}`;
    await project.push(ref);
    await hosting.machinery.push({ ref });
    return commit;
  }

  /** Opens a pull request to main. Returns its number. */
  async open(head: string): Promise<number> {
    const { data } = await this.#github.request("POST /repos/{owner}/{repo}/pulls", {
      ...{ ...this.#repository, head, base: "main", title: head },
    });
    return data.number;
  }

  /** What a pull request is now. */
  async commits(number: number): Promise<PullRequestCommits> {
    const { data } = await this.#github.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
      ...{ ...this.#repository, pull_number: number },
    });
    const { base, head, merge_commit_sha: merge } = data;
    if (merge === null) throw new Error(`pull request ${number} conflicts with its base`);
    return {
      ...{ number, merge, base: { ref: base.ref, sha: base.sha } },
      head: { ref: head.ref, sha: head.sha, repository: this.#project.repository },
    };
  }

  /** Runs `pins.yml` for a pull request as it is now. */
  async checkPins(number: number): Promise<WorkflowTrace> {
    const payload = pullRequestPayload(this.#project, await this.commits(number));
    return this.#stage.run({ file: "pins.yml", event: "pull_request", payload });
  }

  /** Runs what the end of a run of `pins.yml` starts. */
  async makeCandidates(pins: WorkflowTrace, number: number): Promise<WorkflowTrace> {
    const { head } = await this.commits(number);
    const payload = workflowRunPayload(this.#project, {
      ...{ id: pins.runId, conclusion: pins.conclusion ?? "failure" },
      ...{ name: "pins", path: ".github/workflows/pins.yml" },
      ...{ headBranch: head.ref, headSha: head.sha, headRepository: head.repository },
    });
    return this.#stage.run({ file: "candidate.yml", event: "workflow_run", payload });
  }

  /** Runs what the end of a run of `up.yml` for main starts. */
  async proposePins(up: WorkflowTrace): Promise<WorkflowTrace> {
    const payload = workflowRunPayload(this.#project, {
      ...{ id: up.runId, conclusion: up.conclusion ?? "failure", event: "push" },
      ...{ name: "up", path: ".github/workflows/up.yml" },
      ...{ headBranch: "main", headSha: up.sha, headRepository: this.#project.repository },
    });
    return this.#stage.run({ file: "pins.yml", event: "workflow_run", payload });
  }

  /** Merges a pull request as its button does, and checks main out. Returns the commit. */
  async merge(number: number): Promise<string> {
    const { data } = await this.#github.request(
      "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge",
      { ...this.#repository, pull_number: number },
    );
    await this.#stage.branch("main");
    return data.sha;
  }

  /** Open pull requests from a branch of this repository. */
  async openFrom(branch: string): Promise<readonly number[]> {
    const { data } = await this.#github.request("GET /repos/{owner}/{repo}/pulls", {
      ...{ ...this.#repository, state: "open" },
    });
    return data.filter(({ head }) => head.ref === branch).map(({ number }) => number);
  }

  /** Digests by the name of the check that tells them, on the newest commit of a pull request. */
  async toldDigests(number: number): Promise<ReadonlyMap<string, string>> {
    const { head } = await this.commits(number);
    const { data } = await this.#github.request(
      "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
      { ...this.#repository, ref: head.sha },
    );
    return new Map(data.check_runs.map(({ name, external_id: id }) => [name, id ?? ""]));
  }

  /** Somebody's check of a commit ends. */
  async check(commit: string, conclusion: "success" | "failure"): Promise<void> {
    await this.#github.request("POST /repos/{owner}/{repo}/check-runs", {
      ...{ ...this.#repository, name: "tests", head_sha: commit },
      ...{ status: "completed", conclusion },
    });
  }

  /** A file of a commit or branch. */
  file(commit: string, path: string): Promise<string> {
    return this.#project.fileAt(commit, path);
  }

  get #project(): WorkflowProject {
    return this.#stage.project;
  }

  get #github(): Octokit {
    return this.#stage.github;
  }

  get #repository(): { readonly owner: string; readonly repo: string } {
    const [owner = "", repo = ""] = fullName(this.#project.repository).split("/");
    return { owner, repo };
  }
}
