import type { Problem } from "./problems.ts";

/** Nothing in a report lies deeper: `access[0].claims.sub`. */
const DEEPEST = 6;
/** Of one list or map: more than any of a report, so that its schema says which is too long. */
const MOST_ENTRIES = 4000;
const LONGEST_KEY = 200;
/** Of the whole report. A schema takes the same memory for each fault, so that these are counted before it looks. */
const MOST_VALUES = 150_000;
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\],]/g;

/**
 * What a parsed JSON no longer shows or what would take a checker's memory: keys that are there twice, of which a parser keeps
 * the last, and lists and maps without measure.
 * @param json text that JSON.parse takes
 */
export function shapeProblems(json: string): readonly Problem[] {
  const open: { readonly keys: Set<string>; entries: number }[] = [];
  const doubled: Problem[] = [];
  let values = 0;
  for (const [token, colon] of json.matchAll(TOKEN)) {
    const inner = open.at(-1);
    if (token === "{" || token === "[") {
      open.push({ keys: new Set(), entries: 0 });
      values += 1;
      if (open.length > DEEPEST) return tooMuch(`nested more than ${DEEPEST} deep`);
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ",") {
      values += 1;
      if (inner !== undefined) inner.entries += 1;
      if ((inner?.entries ?? 0) >= MOST_ENTRIES) {
        return tooMuch(`a list or map of more than ${MOST_ENTRIES} entries`);
      }
    } else if (colon !== undefined && inner !== undefined) {
      const key = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      if (key.length > LONGEST_KEY) return tooMuch(`a key of ${key.length} characters`);
      if (inner.keys.has(key)) {
        doubled.push({ path: key, message: "is there twice in one map; write it once" });
      }
      inner.keys.add(key);
    }
    if (values > MOST_VALUES) return tooMuch(`more than ${MOST_VALUES} values`);
  }
  return doubled;
}

function tooMuch(what: string): readonly Problem[] {
  return [{ path: "(file)", message: `${what}; no report is like that` }];
}
