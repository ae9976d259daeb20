import type { Answer, Call, Handlers } from "./api.ts";
import { notFound } from "./github-error.ts";
import { base64Lines } from "./git-data.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { GitRepository, TreeEntry } from "./git-repository.ts";
import { parameter, repositoryIn } from "./lookup.ts";
import type { Repository, Store } from "./store.ts";

/** Bytes: of larger files GitHub gives no content here. */
const LARGEST_CONTENT = 1024 * 1024;
const SYMLINK = "120000";

/**
 * Files and folders at a branch, tag or commit; those of main, if nothing is said.
 * @see https://docs.github.com/rest/repos/contents#get-repository-content
 */
export function contentHandlers(store: Store, repositories: GitRepositories): Handlers {
  return {
    "repos/get-content": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const git = repositories.of(repository);
      const ref = call.query.get("ref") ?? "main";
      const commit = git?.commitOf(ref);
      if (git === undefined || commit === undefined) throw notFound();
      const path = parameter(call, "path").replace(/\/+$/, "");
      const entry = git.entry(commit, path);
      if (entry === undefined) throw notFound();
      if (entry.type !== "tree") {
        const body = { ...placeOf(call, repository, entry, ref), ...contentOf(git, entry) };
        return { status: 200, body };
      }
      const body = git
        .tree(entry.sha)
        .map((one) => placeOf(call, repository, { ...one, path: `${path}/${one.path}` }, ref));
      return { status: 200, body };
    },
  };
}

function placeOf(
  { root }: Call,
  { owner, name }: Repository,
  { path, sha, type, mode, size = 0 }: TreeEntry,
  ref: string,
): object {
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  const here = `${root}/repos/${owner}/${name}`;
  const kind = type === "tree" ? "tree" : "blob";
  const url = `${here}/contents/${escaped}?ref=${encodeURIComponent(ref)}`;
  const git = `${here}/git/${kind}s/${sha}`;
  const page = `${root}/${owner}/${name}/${kind}/${encodeURIComponent(ref)}/${escaped}`;
  const kinds = { tree: "dir", commit: "submodule", blob: mode === SYMLINK ? "symlink" : "file" };
  return {
    type: kinds[type],
    ...{ size, name: path.split("/").at(-1), path, sha, url, git_url: git, html_url: page },
    download_url: type === "blob" ? `${root}/${owner}/${name}/raw/${sha}/${escaped}` : null,
    _links: { git, self: url, html: page },
  };
}

function contentOf(git: GitRepository, { sha, type, mode, size = 0 }: TreeEntry): object {
  if (type === "commit") return { submodule_git_url: "https://example.com/submodule.git" };
  if (mode === SYMLINK) return { target: git.blob(sha).toString("utf8") };
  return size > LARGEST_CONTENT
    ? { content: "", encoding: "none" }
    : { content: base64Lines(git.blob(sha)), encoding: "base64" };
}
