import { readFileSync } from "node:fs";
import type { RequestLogLine } from "../../local/github/request-log.ts";

/** The requests in a log of the GitHub emulator, oldest first. @throws Error when there is no such file. */
export function readRequestLog(file: string): RequestLogLine[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RequestLogLine);
}
