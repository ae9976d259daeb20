/*
 * A project on a local cloud of its own whose foundation a person has applied once, as docs/workflows.md says: from here on
 * everything is done by workflows.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "@octokit/core";
import { parseDocument } from "yaml";
import { ImageListTag } from "../../../../cli/publishing/image-list-tag.ts";
import { Registries } from "../../../../oci/registries.ts";
import type { RegistryName } from "../../../../rules/image-file-schema.ts";
import type { ImageList } from "../../../../rules/image-list.ts";
import { LocalCloud } from "../../../../rules/local-cloud.ts";
import { Hosting } from "./hosting.ts";
import { pullRequestPayload, pushPayload, workflowRunPayload } from "./payloads.ts";
import { runWorkflow, type WorkflowCall } from "./run-workflow.ts";
import type { WorkflowTrace } from "./trace.ts";
import { fullName, type PullRequestCommits, WorkflowProject } from "./workflow-project.ts";

/** What an App that looks at settings, or changes them, may do. */
function ofSettings(level: "read" | "write"): Record<string, "read" | "write"> {
  return {
    ...{ actions: "read", administration: level, environments: level, members: "read" },
    ...{ secrets: level, actions_variables: level, metadata: "read" },
  };
}

/** A GitHub App that workflows ask for tokens. */
interface StageApp {
  readonly slug: string;
  readonly clientId: string;
  readonly configKey: "deployApp" | "driftApp" | "pinsApp";
  /** That holds its key. */
  readonly environment: string;
  readonly secret: string;
  /** Workflow files that read the key. */
  readonly users: readonly string[];
  readonly permissions: Record<string, "read" | "write">;
}

const APPS: readonly StageApp[] = [
  {
    ...{ slug: "slipway-deploy", clientId: "Iv23lideploydeploy00", configKey: "deployApp" },
    ...{ environment: "docker-deploy", secret: "SLIPWAY_APP_KEY", users: ["up.yml"] },
    permissions: ofSettings("write"),
  },
  {
    ...{ slug: "slipway-drift", clientId: "Iv23lidriftdrift0000", configKey: "driftApp" },
    ...{ environment: "docker-drift", secret: "SLIPWAY_DRIFT_APP_KEY", users: ["drift.yml"] },
    permissions: ofSettings("read"),
  },
  {
    ...{ slug: "slipway-pins", clientId: "Iv23lipinspinspins00", configKey: "pinsApp" },
    ...{ environment: "docker-pins", secret: "SLIPWAY_PINS_APP_KEY" },
    users: ["candidate.yml", "pins.yml"],
    permissions: {
      ...{ contents: "write", pull_requests: "write", workflows: "write" },
      ...{ checks: "read", metadata: "read" },
    },
  },
];

/** The repositories of the stacks that a stage may be of. */
const REPOSITORIES = {
  local: { owner: "pytorch", name: "pytorch" },
  therock: { owner: "ROCm", name: "TheRock" },
} as const;

export class WorkflowStage {
  readonly project: WorkflowProject;
  readonly cloud: LocalCloud;
  readonly hosting: Hosting;
  /** GitHub as somebody sees it who may do everything. */
  readonly github: Octokit;

  private constructor(project: WorkflowProject, cloud: LocalCloud) {
    this.project = project;
    this.cloud = cloud;
    this.hosting = new Hosting(cloud, project.repository);
    const { endpoint, token } = cloud.github;
    this.github = new Octokit({ baseUrl: endpoint, auth: token });
  }

  /**
   * @param families of stack main
   * @param stack what main stands in for: local, or therock, which has no AWS
   */
  static async begin(
    families: readonly string[],
    stack: keyof typeof REPOSITORIES = "local",
  ): Promise<WorkflowStage> {
    const project = await WorkflowProject.begin(REPOSITORIES[stack]);
    if (stack === "therock") await project.standInForTherock();
    await must(project, "local", "start");
    const text = await readFile(join(project.home, "cloud.json"), "utf8");
    const stage = new WorkflowStage(project, LocalCloud.parse(JSON.parse(text)));
    await project.standInForMain(families);
    const keys = await stage.#registerApps();
    await stage.#declareApps();
    await must(project, "workflows", "check", "--write");
    // The environments come first, since a value is sealed for one.
    await must(project, "up", "--stack", "main", "--engine", "embedded");
    for (const [secret, key] of keys) {
      const args = ["secrets", "set", secret, "--stack", "main", "--from-env", "KEY"];
      await must(project, ...args, { KEY: key });
    }
    await must(project, "up", "--stack", "main", "--engine", "embedded");
    await project.commit("Publish images by Slipway");
    await project.push("refs/heads/main");
    await project.push("refs/heads/main", "fork");
    await must(project, "snapshot", "publish", "--stack", "main");
    return stage;
  }

  run(call: Omit<WorkflowCall, "project" | "cloud">): Promise<WorkflowTrace> {
    return runWorkflow({ ...call, project: this.project, cloud: this.cloud });
  }

  /** Runs `slipway` as a person does; it must succeed. Returns what it prints. */
  slipway(...args: readonly string[]): Promise<string> {
    return must(this.project, ...args);
  }

  /** Checks out a new branch from main as it is now. */
  async branch(name: string): Promise<void> {
    await this.project.git("fetch", "-q", "origin");
    await this.project.git("checkout", "-q", "--force", "-B", name, "origin/main");
  }

  /** Runs `up.yml` for what was pushed to a ref. */
  async pushed(ref: string, results: WorkflowCall["results"] = {}): Promise<WorkflowTrace> {
    const payload = pushPayload(this.project, ref, await this.project.commitOf(ref));
    return this.run({ file: "up.yml", event: "push", payload, results });
  }

  /** Opens a pull request for a branch that is pushed. */
  async openPullRequest(
    from: "origin" | "fork",
    head: string,
    { base = "main", title = head }: { base?: string; title?: string } = {},
  ): Promise<PullRequestCommits> {
    const { repository, fork } = this.project;
    const headRepository = fullName(from === "fork" ? fork : repository);
    const number = await this.hosting.machinery.putPullRequest({
      ...{ headRepository, headRef: head, title, baseRef: base },
      headSha: await this.project.git("rev-parse", "HEAD"),
    });
    return this.updatePullRequest(number, from, head, base);
  }

  /** Brings a pull request up to date with what was pushed to its branch. */
  async updatePullRequest(
    number: number,
    from: "origin" | "fork",
    head: string,
    base = "main",
  ): Promise<PullRequestCommits> {
    const commits = await this.project.pullRequest(number, { from, head, base });
    const files = await this.project.changedFiles(commits);
    await this.hosting.machinery.changePullRequest({
      ...{ number, headSha: commits.head.sha, baseSha: commits.base.sha },
      files: files.map((filename) => ({ filename, status: "modified" })),
    });
    return commits;
  }

  /** Runs `plan.yml` for a pull request, and `comment.yml` for what came of it. */
  async planAndComment(
    pullRequest: PullRequestCommits,
    action: "opened" | "synchronize" = "opened",
  ): Promise<{ readonly plan: WorkflowTrace; readonly comment: WorkflowTrace }> {
    const opened = pullRequestPayload(this.project, pullRequest, { action });
    const plan = await this.run({ file: "plan.yml", event: "pull_request", payload: opened });
    const payload = workflowRunPayload(this.project, {
      ...{ id: plan.runId, conclusion: plan.conclusion ?? "failure" },
      ...{ headBranch: pullRequest.head.ref, headSha: pullRequest.head.sha },
      headRepository: pullRequest.head.repository,
    });
    const comment = await this.run({ file: "comment.yml", event: "workflow_run", payload });
    return { plan, comment };
  }

  /** Digest of `family:tag` on a registry; undefined where there is none. */
  async digest(registry: RegistryName, name: string): Promise<string | undefined> {
    const [family = "", tag = ""] = name.split(":");
    return this.#imageRepository(registry, family).manifests.digest(tag);
  }

  /** Digests of a family on a registry, by tag. */
  async digests(registry: RegistryName, family: string): Promise<ReadonlyMap<string, string>> {
    const repository = this.#imageRepository(registry, family);
    const found = await Promise.all(
      (await repository.tags()).map(async (tag) => {
        const digest = await repository.manifests.digest(tag);
        return digest === undefined ? [] : [[tag, digest] as const];
      }),
    );
    return new Map(found.flat());
  }

  /** Lets a tag of a family lead to an image that is there, as whoever may push can. */
  async rename(registry: RegistryName, family: string, tag: string, digest: string): Promise<void> {
    const { manifests } = this.#imageRepository(registry, family, "push");
    await manifests.put(tag, await manifests.get(digest));
  }

  /** The list of images of a channel's tag, on the registry that it is on: `main`, `release-2.10`. */
  async imageList(tag: string): Promise<ImageList> {
    for (const registry of ["ghcr.io", "docker.io"] as const) {
      const { host, username, password } = this.cloud.registries[registry];
      const login = { [host]: { username, password } };
      const repository = `${host}/${this.#imageOwner}/slipway-images`;
      const list = await new ImageListTag(repository, tag, new Registries(), login).read();
      if (list !== undefined) return list;
    }
    throw new Error(`no registry has a list of images ${tag}`);
  }

  /** Comments of a pull request. */
  async comments(number: number): Promise<readonly { id: number; body: string; user: string }[]> {
    const { data } = await this.github.request(
      "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      { ...this.#repository, issue_number: number },
    );
    return data.map(({ id, body, user }) => ({
      id: Number(id),
      body: body ?? "",
      user: user?.login ?? "",
    }));
  }

  /** Issues of the repository, open and closed. */
  async issues(): Promise<
    readonly { number: number; title: string; state: string; body: string }[]
  > {
    const { data } = await this.github.request("GET /repos/{owner}/{repo}/issues", {
      ...{ ...this.#repository, state: "all" },
    });
    return data
      .filter((issue) => issue.pull_request === undefined)
      .map(({ number, title, state, body }) => ({ number, title, state, body: body ?? "" }));
  }

  get #repository(): { readonly owner: string; readonly repo: string } {
    const { owner, name: repo } = this.project.repository;
    return { owner, repo };
  }

  /** Images have it in lower case. */
  get #imageOwner(): string {
    return this.project.repository.owner.toLowerCase();
  }

  #imageRepository(registry: RegistryName, family: string, right?: "push") {
    const { host, username, password } = this.cloud.registries[registry];
    const credentials = { [host]: { username, password } };
    return new Registries().repository(`${host}/${this.#imageOwner}/${family}`, credentials, right);
  }

  /** @returns their keys, by the name of the secret */
  async #registerApps(): Promise<ReadonlyMap<string, string>> {
    const keys = new Map<string, string>();
    for (const { slug, clientId, secret, permissions } of APPS) {
      const { privateKey } = await this.hosting.machinery.putApp({ slug, clientId, permissions });
      keys.set(secret, privateKey);
    }
    return keys;
  }

  async #declareApps(): Promise<void> {
    await this.project.edit("Pulumi.main.yaml", (text) => {
      const document = parseDocument(text);
      for (const { clientId, configKey, environment, secret, users } of APPS) {
        document.setIn(["config", `slipway:${configKey}`], clientId);
        document.setIn(["config", "slipway:secrets", environment, secret], {
          ...{ owner: "ci-infra", purpose: "The private key of a GitHub App." },
          ...{ users: [...users], expires: "never", source: "sealed" },
        });
      }
      return document.toString();
    });
  }
}

/** Of both schemes, with as few images as there are. */
const FAMILIES = ["almalinux-builder", "no_rocm_image_ubuntu24_04"];
let started: Promise<WorkflowStage> | undefined;

/**
 * The stage that all test files share, begun before the first test that needs it; its folders go with the process. Whoever
 * leaves main other than it was says so to nobody: tests look at what they did themselves.
 */
export function sharedStage(): () => WorkflowStage {
  let stage: WorkflowStage | undefined;
  before("apply the foundation", async function () {
    this.timeout(20 * 60_000); // On a fresh machine the tools are built here.
    stage = await (started ??= WorkflowStage.begin(FAMILIES));
  });
  return () => {
    if (stage === undefined) throw new Error("the stage is there only while tests run");
    return stage;
  };
}

async function must(
  project: WorkflowProject,
  ...args: readonly (string | Readonly<Record<string, string>>)[]
): Promise<string> {
  const words = args.filter((arg) => typeof arg === "string");
  const env = args.find((arg) => typeof arg === "object");
  const { exitCode, stdout, stderr } = await project.slipway(words, env);
  assert.equal(exitCode, 0, `slipway ${words.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}
