/*
 * A repository on the local cloud with a pull request that changes images, and jobs of candidate.yml as far as commands see them:
 *
 *   const stage = useCandidateStage();
 *   const pull = await stage.pullRequest({ "images/ci-image/Dockerfile": (text) => `${text}LABEL changed=yes\n` });
 *   await stage.slipway(["candidate", "build", ...]);
 */
import { createServer, type Server } from "node:http";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ECR, RepositoryAlreadyExistsException } from "@aws-sdk/client-ecr";
import { execa } from "execa";
import { checkRunsOf } from "../../../../github/check-runs.ts";
import { GithubClient } from "../../../../github/client.ts";
import { testMerge } from "../../../../github/merge-commit.ts";
import {
  type CredentialsByHost,
  Registries,
  type RepositoryClient,
} from "../../../../oci/registries.ts";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import { testIdentity, withCloud } from "../../../support/cloud.ts";
import { EmulatedGithub } from "../../../support/emulator.ts";
import { issuerOf } from "../../../support/oidc-issuer.ts";

const CHECKOUT = join(import.meta.dirname, "../../../..");
const MAIN = join(CHECKOUT, "cli/main.ts");
const RUN = 77;

/** A pull request with checkouts of its commits. */
export interface StagedPullRequest {
  readonly number: number;
  readonly branch: string;
  readonly head: string;
  readonly merge: string;
  readonly base: string;
  /** Folder that is at the merge. */
  readonly checkout: string;
  /** Folder that is at the base. */
  readonly baseCheckout: string;
}

/** Changes of files by path; one that is not there is empty before. */
export type Changes = Readonly<Record<string, (text: string) => string>>;

export class CandidateStage {
  readonly folder: string;
  readonly cloud: LocalCloud;
  readonly #github: EmulatedGithub;
  readonly #work: string;
  readonly #bare: string;
  #count = 0;
  #token = "";
  #issuer: Server | undefined;

  constructor(folder: string, cloud: LocalCloud) {
    this.folder = folder;
    this.cloud = cloud;
    this.#github = new EmulatedGithub(cloud.github);
    this.#work = join(folder, "work");
    this.#bare = join(folder, "bare.git");
  }

  async open(): Promise<void> {
    await mkdir(this.#work);
    await cp(join(CHECKOUT, "images"), join(this.#work, "images"), { recursive: true });
    for (const name of await readdir(CHECKOUT)) {
      if (/^Pulumi\..+\.yaml$/.test(name)) {
        await cp(join(CHECKOUT, name), join(this.#work, name));
      }
    }
    await this.#git(this.#work, "init", "-q", "-b", "main");
    await this.#commit("Begin");
    await this.#git(this.folder, "clone", "-q", "--bare", this.#work, this.#bare);
    await this.#git(this.#work, "remote", "add", "origin", this.#bare);
    await this.#github.giveGit({ path: this.#bare });
    this.#token = await this.#github.putToken();
    await this.#createRepositories();
    this.#issuer = await this.#listen();
  }

  async close(): Promise<void> {
    const issuer = this.#issuer;
    if (issuer !== undefined) await new Promise((resolve) => issuer.close(resolve));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Opens a pull request of a branch of its own. */
  async pullRequest(changes: Changes): Promise<StagedPullRequest> {
    const branch = `topic-${(this.#count += 1)}`;
    await this.#git(this.#work, "checkout", "-q", "-b", branch, "main");
    const headSha = await this.#change(changes, branch);
    const number = await this.#github.putPullRequest({ headRef: branch, headSha });
    return this.#at(number, branch);
  }

  /** Adds a commit to a pull request. */
  async moveOn(
    { number, branch }: StagedPullRequest,
    changes: Changes,
  ): Promise<StagedPullRequest> {
    await this.#git(this.#work, "checkout", "-q", branch);
    await this.#change(changes, branch);
    return this.#at(number, branch);
  }

  /** A run of a workflow for a pull request that ended well. @returns its id */
  async runOf(
    { branch, head }: Pick<StagedPullRequest, "branch" | "head">,
    more: Partial<Parameters<EmulatedGithub["putRun"]>[0]> = {},
  ): Promise<string> {
    const id = await this.#github.putRun({
      ...{ workflow: "pins.yml", event: "pull_request", headSha: head, headBranch: branch },
      ...{ status: "completed", conclusion: "success", ...more },
    });
    return String(id);
  }

  /** GitHub itself, of which tests change what people would. */
  get github(): EmulatedGithub {
    return this.#github;
  }

  get client(): GithubClient {
    const { endpoint: baseUrl, token } = this.cloud.github;
    return new GithubClient({ owner: testIdentity.owner, baseUrl, token });
  }

  /** The check runs of candidates that a commit has: name and external id. */
  async checks(commit: string): Promise<readonly (readonly [string, string | undefined])[]> {
    const runs = await checkRunsOf(this.client, testIdentity.repository, commit);
    return runs.map(({ name, externalId }) => [name, externalId] as const);
  }

  /** The repository of a family's candidates. */
  candidates(registry: "ecr" | "ghcr.io", family: string): RepositoryClient {
    return this.repository(registry, `${family}-candidate`);
  }

  repository(registry: "ecr" | "ghcr.io", name: string): RepositoryClient {
    const logins: CredentialsByHost = Object.fromEntries(
      Object.values(this.cloud.registries).map(({ host, ...login }) => [host, login]),
    );
    const { host } = this.cloud.registries[registry];
    const path = `${host}/${testIdentity.owner}/${name}`;
    return new Registries().repository(path, logins, "push");
  }

  /** Runs `slipway` as a job of candidate.yml. */
  async slipway(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    const { port } = this.#issuer?.address() as AddressInfo;
    const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], {
      env: {
        ...{ SLIPWAY_HOME: this.cloud.folder, NO_COLOR: "1", GITHUB_ACTIONS: undefined },
        ...{ GITHUB_TOKEN: this.#token, GITHUB_REPOSITORY: "pytorch/pytorch" },
        ...{ GITHUB_API_URL: this.cloud.github.endpoint, GITHUB_RUN_ID: String(RUN) },
        ...{ GITHUB_SERVER_URL: this.cloud.github.endpoint, GITHUB_RUN_ATTEMPT: "1" },
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of this job",
        ...env,
      },
      stdin: "ignore",
      reject: false,
      timeout: 5 * 60_000,
    });
    return { exitCode, stdout, stderr };
  }

  async #change(changes: Changes, branch: string): Promise<string> {
    for (const [path, change] of Object.entries(changes)) {
      const file = join(this.#work, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, change(await readFile(file, "utf8").catch(() => "")));
    }
    const commit = await this.#commit(`Change ${Object.keys(changes).join(", ")}`);
    await this.#git(this.#work, "push", "-q", "origin", branch);
    return commit;
  }

  async #at(number: number, branch: string): Promise<StagedPullRequest> {
    await this.#github.push({ ref: `refs/heads/${branch}` });
    const { commit: merge = "" } = await testMerge(this.client, testIdentity.repository, number);
    const parents = await this.#git(this.#bare, "rev-parse", `${merge}^1`, `${merge}^2`);
    const [base = "", head = ""] = parents.split("\n");
    const [checkout, baseCheckout] = await Promise.all([merge, base].map((one) => this.#out(one)));
    if (checkout === undefined || baseCheckout === undefined) throw new Error("no checkout");
    return { number, branch, head, merge, base, checkout, baseCheckout };
  }

  async #out(commit: string): Promise<string> {
    const folder = await mkdtemp(join(this.folder, "checkout-"));
    await this.#git(folder, "init", "-q");
    await this.#git(folder, "fetch", "-q", this.#bare, "+refs/*:refs/remotes/origin/*");
    await this.#git(folder, "checkout", "-q", "--detach", commit);
    return folder;
  }

  async #commit(message: string): Promise<string> {
    await this.#git(this.#work, "add", "-A");
    await this.#git(this.#work, "commit", "-q", "-m", message);
    return this.#git(this.#work, "rev-parse", "HEAD");
  }

  async #git(folder: string, ...args: readonly string[]): Promise<string> {
    const settings = ["user.name=Test", "user.email=test@localhost", "commit.gpgsign=false"];
    const given = settings.flatMap((setting) => ["-c", setting]);
    return (await execa("git", [...given, ...args], { cwd: folder })).stdout;
  }

  async #createRepositories(): Promise<void> {
    const ecr = new ECR({
      endpoint: this.cloud.aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    for (const family of ["almalinux-builder", "ci-image"]) {
      const repositoryName = `${testIdentity.owner}/${family}-candidate`;
      const asked = { repositoryName, imageTagMutability: "IMMUTABLE" as const };
      await ecr.createRepository(asked).catch((error: unknown) => {
        // Of another suite in this process.
        if (!(error instanceof RepositoryAlreadyExistsException)) throw error;
      });
    }
    ecr.destroy();
  }

  async #listen(): Promise<Server> {
    const { ownerId, repositoryId } = await this.client.repositoryNumbers(testIdentity.repository);
    const issuer = await issuerOf(this.cloud);
    const job = {
      ...{ repository: "pytorch/pytorch", repositoryId, ownerId, workflow: "candidate.yml" },
      ...{ ref: "refs/heads/main", sha: "a".repeat(40), event: "workflow_run", run: RUN },
      environment: "docker-candidate",
    };
    const server = createServer(issuer.handler(job, "of this job"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }
}

/** The stage of a suite, made before its tests and removed after them. */
export function useCandidateStage(): () => CandidateStage {
  const cloud = withCloud();
  let stage: CandidateStage | undefined;
  before("open the stage", async function () {
    this.timeout(120_000);
    stage = new CandidateStage(await mkdtemp(join(tmpdir(), "slipway-candidates-")), cloud());
    await stage.open();
  });
  after(async () => {
    await stage?.close();
  });
  return () => {
    if (stage === undefined) throw new Error("the stage is there only while tests run");
    return stage;
  };
}
