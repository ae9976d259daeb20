/** What GitHub puts into the subject of a token: which repository, and which of its jobs. */
export interface Subject {
  readonly owner: string;
  readonly name: string;
  /** Both or neither: the form that survives a recycled name. */
  readonly ids?: { readonly owner: string; readonly repository: string };
  readonly job: SubjectJob;
}

/** Which jobs of a repository a subject stands for. */
export type SubjectJob =
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "branch"; readonly name: string }
  | { readonly kind: "tag"; readonly name: string }
  | { readonly kind: "pull request" };

const NAME = "[A-Za-z0-9_.-]+";
const SUBJECT = new RegExp(
  `^repo:(?:(${NAME})@([0-9]+)/(${NAME})@([0-9]+)|(${NAME})/(${NAME})):` +
    "(?:environment:([^:]+)|ref:refs/heads/([^:]+)|ref:refs/tags/([^:]+)|(pull_request))$",
  "s",
);

/**
 * Reads a subject in GitHub's own forms; undefined for any other text, one of a customised template included.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function parseSubject(text: string): Subject | undefined {
  const match = SUBJECT.exec(text);
  if (match === null) return undefined;
  const [, idOwner, ownerId, idName, repositoryId, owner, name, environment, branch, tag] = match;
  const job = ((): SubjectJob => {
    if (environment !== undefined) {
      return { kind: "environment", name: environment.replaceAll("%3A", ":") };
    }
    if (branch !== undefined) return { kind: "branch", name: branch };
    return tag !== undefined ? { kind: "tag", name: tag } : { kind: "pull request" };
  })();
  return {
    owner: idOwner ?? owner ?? "",
    name: idName ?? name ?? "",
    ...(ownerId !== undefined &&
      repositoryId !== undefined && { ids: { owner: ownerId, repository: repositoryId } }),
    job,
  };
}

/** A subject as GitHub writes it; a colon in an environment's name becomes `%3A`. */
export function subjectText({ owner, name, ids, job }: Subject): string {
  const repository =
    ids === undefined ? `${owner}/${name}` : `${owner}@${ids.owner}/${name}@${ids.repository}`;
  return `repo:${repository}:${jobText(job)}`;
}

function jobText(job: SubjectJob): string {
  switch (job.kind) {
    case "environment":
      return `environment:${job.name.replaceAll(":", "%3A")}`;
    case "branch":
      return `ref:refs/heads/${job.name}`;
    case "tag":
      return `ref:refs/tags/${job.name}`;
    case "pull request":
      return "pull_request";
  }
}

/** A job in words: `branch main`. */
export function jobWords(job: SubjectJob): string {
  return "name" in job ? `${job.kind} ${job.name}` : "pull requests";
}
