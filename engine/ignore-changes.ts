import { UserError } from "../rules/problems.ts";
import { isList, isMap, isSecret } from "./values.ts";
import type { PropertyMap, PropertyValue } from "./values.ts";

/**
 * Inputs in which each ignored path has what was there before, or nothing if nothing was.
 *
 * @param paths `tags`, `tags.owner`, `rules[0].name`; a path through a secret or through something that is not there any
 * more changes nothing.
 * @throws {UserError} for `*`, which this engine does not have.
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/
 */
export function ignoreChanges(
  news: PropertyMap,
  old: PropertyMap,
  paths: readonly string[],
): PropertyMap {
  let inputs: PropertyValue = news;
  for (const path of paths) inputs = keepOld(inputs, old, parsePath(path));
  return isMap(inputs) ? inputs : news;
}

type Path = readonly (string | number)[];

function parsePath(path: string): Path {
  const parts: (string | number)[] = [];
  const pattern = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/gy;
  while (pattern.lastIndex < path.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(path);
    if (found === null || found[1] === "*" || path.startsWith("[*]", at)) {
      throw new UserError(
        `ignoreChanges: ${JSON.stringify(path)} is no property path that the embedded engine understands; ` +
          'write e.g. tags, tags.owner, rules[0].name or tags["a.b"]',
      );
    }
    const [, name, index, quoted] = found;
    parts.push(index === undefined ? (name ?? quoted ?? "") : Number(index));
  }
  return parts;
}

function keepOld(news: PropertyValue, old: PropertyValue | undefined, path: Path): PropertyValue {
  const [key, ...rest] = path;
  if (key === undefined) return old ?? news;
  if (typeof key === "number") {
    if (!isList(news) || !isList(old)) return news;
    if (!(key in news) || !(key in old)) return news;
    return news.map((item, index) => (index === key ? keepOld(item, old[key], rest) : item));
  }
  if (!isMap(news) || isSecret(news) || !isMap(old) || isSecret(old)) return news;
  if (rest.length > 0) {
    const inner = news[key];
    return inner === undefined ? news : { ...news, [key]: keepOld(inner, old[key], rest) };
  }
  const kept = old[key];
  if (kept !== undefined) return { ...news, [key]: kept };
  return Object.fromEntries(Object.entries(news).filter(([name]) => name !== key));
}
