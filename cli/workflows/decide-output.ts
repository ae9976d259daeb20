import { randomUUID } from "node:crypto";

/** What a job's steps hand to the workflow's other jobs, by the outputs' names. */
export type JobOutputs = Readonly<Record<string, string>>;

/**
 * The lines that set outputs, for the file in GITHUB_OUTPUT. No value can end its own text and begin another output: none
 * holds a line break, and what ends it nobody can guess.
 * @param delimiter makes one that nobody can guess
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function outputLines(
  outputs: JobOutputs,
  delimiter: () => string = () => `end-${randomUUID()}`,
): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      if (/[\r\n]/.test(value)) throw new Error(`output ${name} holds a line break`);
      const end = delimiter();
      return `${name}<<${end}\n${value}\n${end}\n`;
    })
    .join("");
}
