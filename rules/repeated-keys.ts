import type { Problem } from "./problems.ts";

/** Texts and the marks between them; numbers and words do not matter here. A text's run of plain characters is one step. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;
/** Who repeats more is told no more: each path may be as long as the document is deep. */
const MOST = 20;

/** Where the reader is: in a map, at one of its keys, or in a list, at one of its entries. */
interface Place {
  readonly keys?: Set<string>;
  step: string | number;
}

/**
 * The keys that stand twice in a map of a JSON document. `JSON.parse` takes the last of them, others take the first: what one
 * program checks is then not what another one uses.
 * @param json that `JSON.parse` takes
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function repeatedKeys(json: string): readonly Problem[] {
  const problems: Problem[] = [];
  const places: Place[] = [];
  let text = "";
  for (const [token] of json.matchAll(TOKEN)) {
    const place = places.at(-1);
    if (token === "{") places.push({ keys: new Set(), step: "" });
    else if (token === "[") places.push({ step: 0 });
    else if (token === "}" || token === "]") places.pop();
    else if (token === "," && typeof place?.step === "number") place.step += 1;
    else if (token === ":" && place?.keys !== undefined) {
      // In whatever letters it is written: "\u0061" is "a".
      const key = JSON.parse(text) as string;
      place.step = key;
      if (place.keys.has(key)) {
        const path = places.map(({ step }) => step).join(".");
        problems.push({ path, message: "stands there twice; write each key once" });
        if (problems.length === MOST) return problems;
      }
      place.keys.add(key);
    } else text = token;
  }
  return problems;
}
