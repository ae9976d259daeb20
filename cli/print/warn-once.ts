const said = new Set<string>();

/** Prints a warning to standard error, once a process however many requests meet its cause. */
export function warnOnce(line: string): void {
  if (said.has(line)) return;
  said.add(line);
  console.error(`warning: ${line}`);
}
