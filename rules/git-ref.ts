/** What a full ref begins with, and what follows it. */
const IN_FULL = /^refs\/(?:heads\/.+|tags\/.+|pull\/[1-9][0-9]*\/(?:merge|head))$/s;

/** Rules of git over the text of a ref: what none may hold, and how an error says so. */
const FORBIDDEN: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /[\u0000-\u0020\u007f]/, message: "holds a space or a control character" },
  { pattern: /[~^:?*[\\]/, message: "holds one of ~ ^ : ? * [ \\" },
  { pattern: /\.\./, message: 'holds ".."' },
  { pattern: /@\{/, message: 'holds "@{"' },
  { pattern: /\/\/|^\/|\/$/, message: "begins or ends with a slash, or has two in a row" },
  { pattern: /(?:^|\/)\./, message: "has a part that begins with a dot" },
  { pattern: /\.lock(?:\/|$)/, message: 'has a part that ends with ".lock"' },
  { pattern: /\.$/, message: "ends with a dot" },
];

/**
 * What keeps a text from being a ref in full, as GitHub writes it in `github.ref`: a branch, a tag, or a pull request's.
 * Undefined when nothing does.
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export function refProblem(ref: string): string | undefined {
  const quoted = JSON.stringify(ref.length > 300 ? `${ref.slice(0, 300)}...` : ref);
  const found = FORBIDDEN.find(({ pattern }) => pattern.test(ref));
  if (found !== undefined) return `${quoted} ${found.message}; git has no such ref`;
  // Such a text stands for several refs of other bytes.
  if (!ref.isWellFormed() || ref.includes("\ufffd")) return `${quoted} is not UTF-8`;
  if (IN_FULL.test(ref)) return undefined;
  if (ref.startsWith("refs/pull/")) {
    return `${quoted} is no pull request's ref; write e.g. refs/pull/1/merge`;
  }
  const name = ref.replace(/^(?:refs\/)?(?:heads|tags)\/|^refs\//, "");
  const example = name === "" ? "main" : name;
  return `${quoted} is not a ref in full; write e.g. ${JSON.stringify(`refs/heads/${example}`)} or ${JSON.stringify(`refs/tags/${example}`)}`;
}

/** A ref in two parts: `refs/heads/release/2.10` is the branch `release/2.10`. */
export interface NamedRef {
  readonly kind: "branch" | "tag" | "pull request";
  readonly name: string;
}

/** The parts of a ref that {@link refProblem} finds nothing wrong with. */
export function parseRef(ref: string): NamedRef {
  const problem = refProblem(ref);
  if (problem !== undefined) throw new Error(problem);
  const [, folder, ...rest] = ref.split("/");
  const kind = folder === "heads" ? "branch" : folder === "tags" ? "tag" : "pull request";
  return { kind, name: rest.join("/") };
}

/** The full ref of a branch. */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}
