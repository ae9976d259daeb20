// The two pattern languages of GitHub that refs are compared with, written from their documents and not from the rules.

/**
 * Whether GitHub's deployment policies would admit a name: Ruby's `File.fnmatch` with FNM_PATHNAME.
 * @see https://docs.ruby-lang.org/en/master/File.html#method-c-fnmatch
 */
export function fnmatch(pattern: string, name: string): boolean {
  const parts = pattern.split("/");
  const regex = parts
    .map((part, index) => {
      const last = index === parts.length - 1;
      // Folders at any depth, none included; not those that begin with a dot.
      if (part === "**" && !last) return "(?:(?!\\.)[^/]+/)*";
      return fnmatchPart(part) + (last ? "" : "/");
    })
    .join("");
  return new RegExp(`^${regex}$`, "su").test(name);
}

/** One part between slashes; a wildcard at its beginning stands for no dot. */
function fnmatchPart(part: string): string {
  const tokens = part.match(/\[[!^]?[^\]]+\]|\\.|[^\\]/gsu) ?? [];
  const regex = tokens.map((token) => {
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.length > 2 && token.startsWith("[")) return `(?!/)${token.replace(/^\[!/, "[^")}`;
    return literal(token.replace(/^\\/, ""));
  });
  return /^[*?[]/.test(part) ? `(?!\\.)${regex.join("")}` : regex.join("");
}

/**
 * Whether a list of filter patterns of a workflow's trigger lets a name through: the last one that matches decides.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function filterMatch(patterns: readonly string[], name: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (filterRegex(negated ? pattern.slice(1) : pattern).test(name)) matched = !negated;
  }
  return matched;
}

function filterRegex(pattern: string): RegExp {
  const tokens = pattern.match(/\*\*|\[[^\]]+\]|\\.|[^\\]/gsu) ?? [];
  const regex = tokens.map((token) => {
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    // Both are about the character before them.
    if (token === "?" || token === "+") return token;
    if (token.length > 2 && token.startsWith("[")) return token;
    return literal(token.replace(/^\\/, ""));
  });
  return new RegExp(`^${regex.join("")}$`, "su");
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
