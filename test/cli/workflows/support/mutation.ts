/** A change of one file. */
export interface Mutation {
  readonly title: string;
  /** Name of a workflow, or path of an action. */
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** The rule that must say something; others may. */
  readonly rule: string;
  /** What it must say to do. */
  readonly remedy: RegExp;
  /** What `--write` makes of it: the file as it was, another one without findings, or the same one. */
  readonly write: "restores" | "mends" | "leaves";
}

/** A row of a table of changes. */
export type Row = readonly [
  title: string,
  from: string | RegExp,
  to: string,
  remedy: RegExp,
  write: Mutation["write"],
];

/** A change that a person mends. */
export function row(title: string, from: string | RegExp, to: string, remedy: RegExp): Row {
  return [title, from, to, remedy, "leaves"];
}

/** Changes of one file that one rule finds. */
export function changesOf(file: string, rule: string, rows: readonly Row[]): readonly Mutation[] {
  return rows.map(([title, from, to, remedy, write]) => ({
    ...{ title, file, from, to, rule, remedy, write },
  }));
}
