import { createHash } from "node:crypto";
import { z } from "zod";
import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, unprocessable } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { GitRepository } from "./git-repository.ts";
import { parameter, repositoryIn, repositoryNamed } from "./lookup.ts";
import { noticePush } from "./pushes.ts";
import { ensureRepositories } from "./repositories.ts";
import { CommitHash, RepositoryFullName } from "./store-names.ts";
import type { Repository, Store } from "./store.ts";

/** A body of `git/create-ref` and `git/update-ref`. */
interface RefRequest {
  readonly ref?: string;
  readonly sha: string;
  readonly force?: boolean;
}

interface PlacedRef {
  readonly ref: string;
  readonly sha: string;
  readonly type: string;
}

/**
 * Branches and tags, of any repository: those that git has, and those of repositories without git data that
 * {@link recordRef} put there.
 * @see https://docs.github.com/rest/git/refs
 * @see https://docs.github.com/rest/git/tags#get-a-tag
 */
export function gitRefHandlers(store: Store, repositories: GitRepositories): Handlers {
  const answer = ({ root }: Call, { owner, name }: Repository, placed: PlacedRef) => {
    const { ref, sha, type } = placed;
    const git = `${root}/repos/${owner}/${name}/git`;
    return {
      ref,
      node_id: nodeIdOf(ref),
      url: `${git}/${ref}`,
      object: { type, sha, url: `${git}/${type}s/${sha}` },
    };
  };
  const found = (repository: Repository, ref: string): PlacedRef | undefined => {
    const git = repositories.of(repository);
    const sha = git?.ref(ref);
    if (git === undefined || sha === undefined) {
      return repository.refs.find((one) => one.ref === ref);
    }
    return { ref, sha, type: git.typeOf(sha) ?? "commit" };
  };
  /** @returns git data that has the commit */
  const gitWith = (repository: Repository, sha: string): GitRepository => {
    const git = repositories.of(repository);
    if (git?.typeOf(sha) !== "commit") throw unprocessable("Object does not exist");
    return git;
  };
  return {
    "git/get-ref": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const ref = found(repository, `refs/${parameter(call, "ref")}`);
      if (ref === undefined) throw notFound();
      return { status: 200, body: answer(call, repository, ref) };
    },
    "git/create-ref": (call: Call): Answer => {
      const { ref = "", sha } = call.body as RefRequest;
      const repository = repositoryIn(store.state, call);
      const git = gitWith(repository, sha);
      if (!/^refs\/(?:heads|tags)\//.test(ref) || !git.isRefName(ref)) {
        throw unprocessable("Reference name is not valid");
      }
      if (found(repository, ref) !== undefined) throw unprocessable("Reference already exists");
      git.setRef(ref, sha);
      noticePush(store, repositories, repository, ref);
      return { status: 201, body: answer(call, repository, { ref, sha, type: "commit" }) };
    },
    "git/update-ref": (call: Call): Answer => {
      const { sha, force = false } = call.body as RefRequest;
      const ref = `refs/${parameter(call, "ref")}`;
      const repository = repositoryIn(store.state, call);
      const before = repositories.of(repository)?.ref(ref);
      if (before === undefined) throw unprocessable("Reference does not exist");
      const git = gitWith(repository, sha);
      if (!force && !git.isAncestor(before, sha)) {
        throw unprocessable("Update is not a fast forward");
      }
      git.setRef(ref, sha);
      noticePush(store, repositories, repository, ref);
      return { status: 200, body: answer(call, repository, { ref, sha, type: "commit" }) };
    },
    "git/delete-ref": (call: Call): Answer => {
      const ref = `refs/${parameter(call, "ref")}`;
      const repository = repositoryIn(store.state, call);
      const git = repositories.of(repository);
      if (git?.ref(ref) === undefined) throw unprocessable("Reference does not exist");
      git.deleteRef(ref);
      noticePush(store, repositories, repository, ref);
      return { status: 204 };
    },
    "git/get-tag": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const tag = repository.tags.find(({ sha }) => sha === parameter(call, "tag_sha"));
      if (tag === undefined) throw notFound();
      const git = `${call.root}/repos/${repository.owner}/${repository.name}/git`;
      return {
        status: 200,
        body: {
          node_id: nodeIdOf(tag.sha),
          tag: tag.name,
          sha: tag.sha,
          url: `${git}/tags/${tag.sha}`,
          message: `${tag.name}\n`,
          tagger: { name: "A tagger", email: "tagger@example.com", date: repository.createdAt },
          object: { type: "commit", sha: tag.commit, url: `${git}/commits/${tag.commit}` },
        },
      };
    },
  };
}

function nodeIdOf(text: string): string {
  return `REF_${createHash("sha256").update(text).digest("base64url")}`;
}

const Recorded = z.strictObject({
  repository: RepositoryFullName,
  /** `refs/heads/main` or `refs/tags/v1.0.0` */
  ref: z.string().regex(/^refs\/(heads|tags)\/./),
  commit: CommitHash,
  /** Of the annotated tag, if it is one. */
  tag: CommitHash.optional(),
});

/** What {@link recordRef} takes. */
export type RecordedRef = z.input<typeof Recorded>;

/**
 * Puts a branch or tag there, or moves it, and makes its repository where there is none.
 * @throws GithubError 422 when the body does not fit
 */
export function recordRef(store: Store, body: unknown): void {
  const parsed = Recorded.safeParse(body);
  if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
  const { repository: fullName, ref, commit, tag } = parsed.data;
  const [owner = "", name = ""] = fullName.split("/");
  ensureRepositories(store, owner, [{ owner, name }]);
  store.change((draft) => {
    const repository = repositoryNamed(draft, fullName);
    repository.refs = [
      ...repository.refs.filter((one) => one.ref !== ref),
      { ref, sha: tag ?? commit, type: tag === undefined ? "commit" : "tag" },
    ];
    if (tag === undefined) return;
    repository.tags = [
      ...repository.tags.filter(({ sha }) => sha !== tag),
      { sha: tag, name: ref.replace("refs/tags/", ""), commit },
    ];
  });
}
