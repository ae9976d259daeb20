/** What work prints, line by line, in place of printing it. */
export async function printedBy(
  work: (printed: readonly string[]) => Promise<unknown>,
): Promise<string> {
  const { log } = console;
  const printed: string[] = [];
  console.log = (line: string) => printed.push(line);
  try {
    await work(printed);
  } finally {
    console.log = log;
  }
  return printed.join("\n");
}
