import { createHash } from "node:crypto";
import { z } from "zod";
import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, unprocessable } from "./github-error.ts";
import { parameter, repositoryIn, repositoryNamed } from "./lookup.ts";
import { ensureRepositories } from "./repositories.ts";
import { CommitHash, RepositoryFullName } from "./store-names.ts";
import type { Store } from "./store.ts";

/**
 * Branches and tags, of any repository. There is no git here: {@link recordRef} puts them there.
 * @see https://docs.github.com/rest/git/refs#get-a-reference
 * @see https://docs.github.com/rest/git/tags#get-a-tag
 */
export function gitRefHandlers(store: Store): Handlers {
  return {
    "git/get-ref": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const name = `refs/${parameter(call, "ref")}`;
      const found = repository.refs.find(({ ref }) => ref === name);
      if (found === undefined) throw notFound();
      const { ref, sha, type } = found;
      const git = `${call.root}/repos/${repository.owner}/${repository.name}/git`;
      return {
        status: 200,
        body: {
          ref,
          node_id: nodeIdOf(ref),
          url: `${git}/${ref}`,
          object: { type, sha, url: `${git}/${type}s/${sha}` },
        },
      };
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
