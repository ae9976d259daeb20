import type { Call } from "./api.ts";

/** How many results a page has if the client does not say, and at most. */
export interface PageSize {
  readonly byDefault: number;
  readonly atMost: number;
}

/** Lists of environments, policies and secrets. */
export const PAGES_OF_30: PageSize = { byDefault: 30, atMost: 100 };
/** Lists of variables. */
export const PAGES_OF_10: PageSize = { byDefault: 10, atMost: 30 };

/** One page of a list, and the `Link` header to the others where there are any. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Cuts the page out of `all` that the query's `per_page` and `page` ask for. Numbers out of range become the
 * nearest that is allowed.
 * @see https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export function pageOf<Item>(call: Call, all: readonly Item[], size: PageSize): Page<Item> {
  const perPage = Math.min(positive(call.query.get("per_page")) ?? size.byDefault, size.atMost);
  const page = positive(call.query.get("page")) ?? 1;
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const links = [
    ...(page > 1 ? [link(call, "prev", Math.min(page - 1, last))] : []),
    ...(page < last ? [link(call, "next", page + 1), link(call, "last", last)] : []),
    ...(page > 1 ? [link(call, "first", 1)] : []),
  ];
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

function positive(text: string | null): number | undefined {
  const number = Number(text ?? 0);
  return number >= 1 ? number : undefined;
}

function link(call: Call, relation: string, page: number): string {
  const query = new URLSearchParams(call.query);
  query.set("page", String(page));
  return `<${call.root}${call.path}?${query.toString()}>; rel="${relation}"`;
}
