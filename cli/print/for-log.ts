/** What a log shows otherwise than it is. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A message that may quote what anybody wrote, for the log of a workflow: the runner takes `::NAME` at the beginning of a line,
 * and `##[NAME]` anywhere, for its own commands.
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function forLog(message: string): string {
  return message
    .split("\n")
    .map((line) =>
      line
        .replaceAll(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
        .replaceAll(/:(?=:)/g, ": ")
        .replaceAll(/#(?=#\[)/g, "# "),
    )
    .join("\n");
}

/**
 * The line by which a workflow's log and its run's page show a warning.
 * @param message may quote what anybody wrote
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-a-warning-message
 */
export function warningLine(message: string): string {
  return `::warning::${escaped(message)}`;
}

/** A place in a file of the checkout that a workflow runs in; the path relative to its folder. */
export interface LogPlace {
  readonly file: string;
  /** From 1, as is the column. */
  readonly line: number;
  readonly column: number;
}

/**
 * The line by which a workflow's run shows an error beside a line of code.
 * @param message may quote what anybody wrote, as the file's path may
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export function errorLine(message: string, { file, line, column }: LogPlace): string {
  const path = escaped(file).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::error file=${path},line=${line},col=${column}::${escaped(message)}`;
}

function escaped(text: string): string {
  return forLog(text).replaceAll("%", "%25").replaceAll("\n", "%0A");
}
