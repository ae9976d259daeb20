/**
 * One page of a repository's tags, as the query's `n` (how many) and `last` (the tag before) ask for.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery
 */
export function tagsPage(
  name: string,
  all: Iterable<string>,
  { pathname, searchParams }: URL,
): { readonly body: { name: string; tags: string[] }; readonly link?: string } {
  const last = searchParams.get("last") ?? "";
  const left = [...all].filter((tag) => tag > last).sort();
  const count = Number(searchParams.get("n") ?? left.length);
  const tags = left.slice(0, count);
  const end = tags.at(-1);
  if (end === undefined || tags.length === left.length) return { body: { name, tags } };
  const next = new URLSearchParams({ last: end, n: String(count) });
  return { body: { name, tags }, link: `<${pathname}?${next.toString()}>; rel="next"` };
}
