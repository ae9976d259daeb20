/**
 * What has to hold, all of it, for a job or step to run, as its `if` is written: `["!cancelled()", "a == 'b'"]`. Empty
 * where there is no condition; undefined for one that is no plain list of demands, such as one with `||` outside of
 * brackets.
 */
export function demandsOf(condition: unknown): readonly string[] | undefined {
  if (condition === undefined || condition === null) return [];
  if (typeof condition !== "string") return undefined;
  const text = condition.trim();
  const inner = /^\$\{\{(.*)\}\}$/s.exec(text)?.[1] ?? text;
  // Text beside an expression is a text that is not empty, which is true.
  if (inner.includes("${{") || inner.includes("}}")) return undefined;
  const demands = inner.split("&&").map((part) => part.trim().replace(/\s+/g, " "));
  return demands.every(isWhole) ? demands : undefined;
}

/** Whether a part of a condition is one demand, and was not cut out of brackets or a string. */
function isWhole(part: string): boolean {
  let bare = part.replace(/'(?:[^']|'')*'/g, "0");
  for (let before = ""; before !== bare;) {
    before = bare;
    bare = bare.replace(/\([^()]*\)/g, "");
  }
  return part !== "" && !/[()']|\|\|/.test(bare);
}
