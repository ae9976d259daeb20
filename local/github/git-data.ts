import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, unprocessable } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { Commit, GitRepository, Person, TreeEntry } from "./git-repository.ts";
import { idOf } from "./identifiers.ts";
import { parameter, repositoryIn } from "./lookup.ts";
import { mayDo } from "./permissions.ts";
import type { Repository, Store } from "./store.ts";

/** A body of `git/create-tree`. */
interface TreeRequest {
  readonly base_tree?: string;
  readonly tree: readonly {
    readonly path?: string;
    readonly mode?: string;
    readonly type?: string;
    readonly sha?: string | null;
    readonly content?: string;
  }[];
}

type PersonRequest = Partial<Record<"name" | "email" | "date", string>>;

/** A body of `git/create-commit`. */
interface CommitRequest {
  readonly message: string;
  readonly tree: string;
  readonly parents?: readonly string[];
  readonly author?: PersonRequest;
  readonly committer?: PersonRequest;
}

const WORKFLOWS = ".github/workflows/";
/** Entries of one listed tree; GitHub's other limit, 7 MB, is not heeded. */
const MOST_ENTRIES = 100_000;

/**
 * Blobs, trees and commits, which git itself keeps. GitHub refuses them to an empty repository, and this does not.
 * @see https://docs.github.com/rest/git
 */
export function gitDataHandlers(store: Store, repositories: GitRepositories): Handlers {
  const writable = (call: Call): [Repository, GitRepository] => {
    const repository = repositoryIn(store.state, call);
    return [repository, repositories.made(repository)];
  };
  const readable = (
    call: Call,
    name: string,
    type: string,
  ): [Repository, GitRepository, string] => {
    const repository = repositoryIn(store.state, call);
    const git = repositories.of(repository);
    const sha = parameter(call, name);
    if (git?.typeOf(sha) !== type) throw notFound();
    return [repository, git, sha];
  };
  return {
    "git/create-blob": (call: Call): Answer => {
      const { content, encoding = "utf-8" } = call.body as { content: string; encoding?: string };
      const [repository, git] = writable(call);
      const sha = git.writeBlob(Buffer.from(content, encoding === "base64" ? "base64" : "utf8"));
      return { status: 201, body: { sha, url: urlOf(call, repository, "blobs", sha) } };
    },
    "git/get-blob": (call: Call): Answer => {
      const [repository, git, sha] = readable(call, "file_sha", "blob");
      const bytes = git.blob(sha);
      return {
        status: 200,
        body: {
          ...{ sha, node_id: gitNodeId("Blob", sha), size: bytes.length },
          url: urlOf(call, repository, "blobs", sha),
          ...{ content: base64Lines(bytes), encoding: "base64" },
        },
      };
    },
    "git/create-tree": (call: Call): Answer => {
      const { base_tree: base, tree: entries } = call.body as TreeRequest;
      // Of what a token may not write GitHub says that it is not there.
      const isRefused = entries.some(({ path = "" }) => path.startsWith(WORKFLOWS));
      if (isRefused && !mayDo(call.caller, "workflows", "write")) throw notFound();
      const [repository, git] = writable(call);
      if (base !== undefined && !["tree", "commit"].includes(git.typeOf(base) ?? "")) {
        throw unprocessable("base_tree is not a valid tree oid");
      }
      const changes = entries.map(({ path = "", mode = "", sha, content }) => {
        const blob = content === undefined ? sha : git.writeBlob(Buffer.from(content));
        const isThere = blob === null || (blob !== undefined && git.typeOf(blob) !== undefined);
        if (path === "" || mode === "") {
          throw unprocessable("Must supply a valid tree.mode and path");
        }
        if (!isThere) throw unprocessable("tree.sha is not a valid blob or tree");
        return { path, mode, sha: blob };
      });
      const sha = git.writeTree(base, changes);
      return { status: 201, body: treeAnswer(call, repository, sha, git.tree(sha)) };
    },
    "git/get-tree": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const git = repositories.of(repository);
      const commit = git?.typeOf(parameter(call, "tree_sha")) === "tree";
      const sha = commit ? parameter(call, "tree_sha") : git?.commitOf(parameter(call, "tree_sha"));
      if (git === undefined || sha === undefined) throw notFound();
      const tree = commit ? sha : git.commit(sha).tree;
      // Whatever the value is, `false` and `0` too.
      const entries = git.tree(tree, call.query.has("recursive"));
      return { status: 200, body: treeAnswer(call, repository, tree, entries) };
    },
    "git/create-commit": (call: Call): Answer => {
      const { message, tree, parents = [], author, committer } = call.body as CommitRequest;
      const [repository, git] = writable(call);
      if (git.typeOf(tree) !== "tree") throw unprocessable("Tree SHA does not exist");
      if (parents.some((parent) => git.typeOf(parent) !== "commit")) {
        throw unprocessable("Parent SHA does not exist or is not a commit object");
      }
      const by = personOf(author, caller(call));
      const sha = git.writeCommit({
        ...{ message, tree, parents, author: by, committer: personOf(committer, by) },
      });
      return { status: 201, body: commitAnswer(call, repository, git.commit(sha)) };
    },
    "git/get-commit": (call: Call): Answer => {
      const [repository, git, sha] = readable(call, "commit_sha", "commit");
      return { status: 200, body: commitAnswer(call, repository, git.commit(sha)) };
    },
  };
}

/** Whoever makes a request, as an author. */
export function caller({ caller: { login } }: Call): Person {
  return {
    name: login,
    email: `${idOf("account", login)}+${login}@users.noreply.github.com`,
    time: Math.floor(Date.now() / 1000),
  };
}

function personOf(asked: PersonRequest | undefined, otherwise: Person): Person {
  const { name = otherwise.name, email = otherwise.email, date } = asked ?? {};
  const time = date === undefined ? otherwise.time : Math.floor(Date.parse(date) / 1000);
  return { name, email, time };
}

/** The global node id of an object of git. */
export function gitNodeId(type: string, sha: string): string {
  return `${type}_${Buffer.from(sha).toString("base64url")}`;
}

/** As GitHub gives it, in lines of 60 characters. */
export function base64Lines(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll(/.{1,60}/g, "$&\n");
}

function urlOf({ root }: Call, { owner, name }: Repository, kind: string, sha: string): string {
  return `${root}/repos/${owner}/${name}/git/${kind}/${sha}`;
}

function treeAnswer(
  call: Call,
  repository: Repository,
  sha: string,
  entries: readonly TreeEntry[],
): object {
  return {
    sha,
    url: urlOf(call, repository, "trees", sha),
    truncated: entries.length > MOST_ENTRIES,
    tree: entries.slice(0, MOST_ENTRIES).map(({ mode, type, size, path, sha: of }) => ({
      ...{ path, mode, type, sha: of },
      ...(size !== undefined && { size }),
      ...(type !== "commit" && { url: urlOf(call, repository, `${type}s`, of) }),
    })),
  };
}

function commitAnswer(call: Call, repository: Repository, commit: Commit): object {
  const { sha, tree, parents, message, author, committer } = commit;
  const page = `${call.root}/${repository.owner}/${repository.name}/commit`;
  const person = ({ name, email, time }: Person) => ({
    ...{ name, email, date: new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z") },
  });
  return {
    ...{ sha, node_id: gitNodeId("C", sha), message },
    url: urlOf(call, repository, "commits", sha),
    html_url: `${page}/${sha}`,
    ...{ author: person(author), committer: person(committer) },
    tree: { sha: tree, url: urlOf(call, repository, "trees", tree) },
    parents: parents.map((parent) => ({
      sha: parent,
      url: urlOf(call, repository, "commits", parent),
      html_url: `${page}/${parent}`,
    })),
    verification: {
      ...{ verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
    },
  };
}
