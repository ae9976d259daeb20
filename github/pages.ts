/** What GitHub gives at once, at most. */
export const PAGE = 100;

/**
 * All entries of a list that GitHub gives in pages.
 * @param page asks for one page, from 1, of {@link PAGE} entries
 * @param most pages that are asked for at most
 */
export async function allPages<Entry>(
  page: (number: number) => Promise<readonly Entry[]>,
  most = 100,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let number = 1; number <= most; number += 1) {
    const found = await page(number);
    entries.push(...found);
    if (found.length < PAGE) break;
  }
  return entries;
}
