/*
 * A project with a history and a home: a copy of this one as a work tree, a bare repository that its branches, tags and
 * pull requests are pushed to, as on GitHub, and the repository of somebody's fork.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { idOf } from "../../../../local/github/identifiers.ts";
import { type CliResult, ProjectCopy } from "../../../cli/support/project-copy.ts";

/** A repository as payloads and tokens tell of it. */
export interface HostedRepository {
  readonly owner: string;
  readonly name: string;
  readonly ownerId: number;
  readonly id: number;
  readonly fork: boolean;
  /** Absolute path of the bare repository. */
  readonly path: string;
}

export type RepositoryName = Pick<HostedRepository, "owner" | "name">;

/** Commits of a pull request. */
export interface PullRequestCommits {
  readonly number: number;
  readonly base: { readonly ref: string; readonly sha: string };
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    readonly repository: HostedRepository;
  };
  /** Of `refs/pull/NUMBER/merge`. */
  readonly merge: string;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: "Mona Lisa",
  GIT_AUTHOR_EMAIL: "mona@example.com",
  GIT_COMMITTER_NAME: "Mona Lisa",
  GIT_COMMITTER_EMAIL: "mona@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};

export class WorkflowProject {
  readonly #copy: ProjectCopy;
  /** Absolute path of the work tree. */
  readonly root: string;
  /** Absolute path of the folder for an instance of the local cloud. */
  readonly home: string;
  readonly repository: HostedRepository;
  readonly fork: HostedRepository;

  private constructor(copy: ProjectCopy, { owner, name }: RepositoryName) {
    this.#copy = copy;
    this.root = copy.root;
    this.home = copy.home;
    this.repository = hosted(owner, name, join(copy.home, "git/own.git"), false);
    this.fork = hosted("mallory", name, join(copy.home, "git/fork.git"), true);
  }

  /** A project with one commit on main that everybody has. */
  static async begin(
    repository: RepositoryName = { owner: "pytorch", name: "pytorch" },
  ): Promise<WorkflowProject> {
    const project = new WorkflowProject(await ProjectCopy.make(), repository);
    await mkdir(join(project.home, "git"));
    for (const { path } of [project.repository, project.fork]) {
      await project.git("init", "-q", "--bare", "-b", "main", path);
      // GitHub gives any commit to who asks for it, and parts of a history.
      for (const setting of ["allowAnySHA1InWant", "allowFilter"]) {
        await project.git("-C", path, "config", `uploadpack.${setting}`, "true");
      }
    }
    await project.git("init", "-q", "-b", "main");
    await project.git("remote", "add", "origin", project.repository.path);
    await project.git("remote", "add", "fork", project.fork.path);
    // The copy has them as links, which the ignore file does not speak of.
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n");
    return project;
  }

  /**
   * Makes stack local what stack therock is, on this machine, so that the local cloud is its repository's: with no account
   * on AWS, and with people whom the emulator knows.
   */
  async standInForTherock(): Promise<void> {
    const document = parseDocument(await readFile(join(this.root, "Pulumi.therock.yaml"), "utf8"));
    const changed = {
      ...{ ownerId: this.repository.ownerId, repositoryId: this.repository.id },
      ...{ protect: false, forceDelete: true, local: true, standIns: true },
      refCreators: ["release-engineers"],
      // Those of the Apps are declared again, for what the emulator knows.
      secrets: {},
    };
    for (const [key, value] of Object.entries(changed)) {
      document.setIn(["config", `slipway:${key}`], value);
    }
    document.setIn(["config", "slipway:environments", "docker-deploy", "teams"], ["ci-infra"]);
    await writeFile(join(this.root, "Pulumi.local.yaml"), document.toString());
  }

  /**
   * Makes stack main what stack local is, with some of its families: so the workflows as they are serve it, and it is the
   * only stack of its repository.
   */
  async standInForMain(families: readonly string[]): Promise<void> {
    const document = parseDocument(await readFile(join(this.root, "Pulumi.local.yaml"), "utf8"));
    document.setIn(["config", "slipway:families"], families);
    // No workflow reads it.
    document.deleteIn(["config", "slipway:secrets", "gpu-benchmarks"]);
    await writeFile(join(this.root, "Pulumi.main.yaml"), document.toString());
    if (!(await this.#areKept(families))) {
      await rm(join(this.root, ".github/workflows/docker-cache.yml"));
    }
    for (const other of ["local", "therock"]) await rm(join(this.root, `Pulumi.${other}.yaml`));
  }

  /** Whether runners keep images of one of some families. */
  async #areKept(families: readonly string[]): Promise<boolean> {
    const files = families.map((family) => join(this.root, "images", family, "image.yaml"));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return texts.some((text) => parseDocument(text).has("cache"));
  }

  /** Runs git in the work tree and gives what it prints. */
  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa("git", [...args], { cwd: this.root, env: IDENTITY });
    return stdout;
  }

  /** Commits all that changed. Returns the commit. */
  async commit(message: string): Promise<string> {
    await this.git("add", "-A");
    await this.git("commit", "-q", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  /** Pushes what is checked out to a branch or tag of the own repository, or of the fork. */
  async push(ref: string, to: "origin" | "fork" = "origin"): Promise<void> {
    await this.git("push", "-q", "--force", to, `HEAD:${ref}`);
  }

  /** Opens a pull request for a branch that is pushed, or brings it up to date. */
  async pullRequest(
    number: number,
    { from, head, base = "main" }: { from: "origin" | "fork"; head: string; base?: string },
  ): Promise<PullRequestCommits> {
    const own = this.repository.path;
    const repository = from === "fork" ? this.fork : this.repository;
    await this.git(
      "-C",
      own,
      "fetch",
      "-q",
      repository.path,
      `+refs/heads/${head}:refs/pull/${number}/head`,
    );
    const commitOf = async (ref: string) => this.git("-C", own, "rev-parse", `${ref}^{commit}`);
    const headSha = await commitOf(`refs/pull/${number}/head`);
    const baseSha = await commitOf(`refs/heads/${base}`);
    const tree = await this.git("-C", own, "merge-tree", "--write-tree", baseSha, headSha);
    const merge = await this.git(
      ...["-C", own, "commit-tree", tree, "-p", baseSha, "-p", headSha, "-m", "Merge"],
    );
    await this.git("-C", own, "update-ref", `refs/pull/${number}/merge`, merge);
    return {
      number,
      base: { ref: base, sha: baseSha },
      head: { ref: head, sha: headSha, repository },
      merge,
    };
  }

  /** Merges a pull request as its button does. Returns the commit. */
  async merge({ base, merge }: PullRequestCommits): Promise<string> {
    await this.git("-C", this.repository.path, "update-ref", `refs/heads/${base.ref}`, merge);
    await this.git("fetch", "-q", "origin");
    await this.git("checkout", "-q", "-B", base.ref, `origin/${base.ref}`);
    return merge;
  }

  /** Files that a pull request changes, as GitHub counts: since the two histories parted. */
  async changedFiles({ base, head }: PullRequestCommits): Promise<readonly string[]> {
    const own = this.repository.path;
    const listed = await this.git(
      "-C",
      own,
      "diff",
      "-z",
      "--name-only",
      `${base.sha}...${head.sha}`,
    );
    return listed.split("\0").filter((path) => path !== "");
  }

  /** Files of the own repository that differ between two commits. */
  async filesBetween(before: string, after: string): Promise<readonly string[]> {
    const own = this.repository.path;
    const listed = await this.git("-C", own, "diff", "-z", "--name-only", before, after);
    return listed.split("\0").filter((path) => path !== "");
  }

  /** Commit of a ref of the own repository. */
  async commitOf(ref: string): Promise<string> {
    return this.git("-C", this.repository.path, "rev-parse", `${ref}^{commit}`);
  }

  /** A file of the own repository at a commit. */
  async fileAt(commit: string, path: string): Promise<string> {
    const { stdout } = await execa(
      "git",
      ["-C", this.repository.path, "show", `${commit}:${path}`],
      { env: IDENTITY, stripFinalNewline: false },
    );
    return stdout;
  }

  /** The repository of a full name. */
  repositoryOf(fullName: string): HostedRepository {
    const found = [this.repository, this.fork].find(
      ({ owner, name }) => `${owner}/${name}`.toLowerCase() === fullName.toLowerCase(),
    );
    if (found === undefined) throw new Error(`there is no repository ${fullName}`);
    return found;
  }

  edit(path: string, change: (text: string) => string): Promise<() => Promise<void>> {
    return this.#copy.edit(path, change);
  }

  /** Runs `slipway` as a person does, on the cloud and from the work tree. */
  slipway(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult> {
    return this.#copy.slipway(args, env);
  }

  remove(): Promise<void> {
    return this.#copy.remove();
  }
}

/** `OWNER/NAME` */
export function fullName({ owner, name }: RepositoryName): string {
  return `${owner}/${name}`;
}

function hosted(owner: string, name: string, path: string, fork: boolean): HostedRepository {
  const id = idOf("repository", `${owner}/${name}`);
  return { owner, name, ownerId: idOf("account", owner), id, fork, path };
}
