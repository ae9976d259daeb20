/** Options that say which pins are meant, as they were given. */
export interface MeantPins {
  readonly root?: string;
  readonly stack?: string;
  /** A file, or where a list is published. */
  readonly images?: string;
}

/** What a shell takes as it stands. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * The same options for the commands that a report recommends, each behind a blank: a command that is copied without them would
 * edit another tree.
 */
export function repeatedOptions({ root, stack, images }: MeantPins): string {
  return Object.entries({ root, stack, images })
    .flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${shellWord(value)}`]))
    .join("");
}

function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
