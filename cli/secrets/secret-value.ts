import { isUtf8 } from "node:buffer";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { ReadStream } from "node:tty";
import { UserError } from "../../rules/problems.ts";

/**
 * The most that GitHub takes, in bytes: 48 KB.
 * @see https://docs.github.com/en/actions/reference/security/secrets#limits-for-secrets
 */
export const MOST_BYTES = 48 * 1024;

/**
 * A secret's value: what an environment variable holds, a line of the terminal that does not show, or all of the
 * standard input. It is nowhere else than in memory.
 * @param variable name of the environment variable
 * @throws UserError that tells nothing of the value
 */
export async function readSecretValue(
  variable: string | undefined,
  input: NodeJS.ReadStream | AsyncIterable<Buffer> = process.stdin,
): Promise<string> {
  if (variable !== undefined) return checkedValue(fromVariable(variable));
  if ("isTTY" in input && input.isTTY) return checkedValue(Buffer.from(await askUnseen(input)));
  return checkedValue(await readAll(input));
}

/**
 * Checks the bytes of a value. The one newline at its end that `echo` and editors add is no part of it.
 * @throws UserError when it is empty, too long or no text
 */
export function checkedValue(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    throw new UserError(
      "the value is not text in UTF-8; encode it, e.g. with base64, and decode it in the workflow",
    );
  }
  const value = bytes.toString("utf8").replace(/\r?\n$/, "");
  if (value === "") {
    throw new UserError(
      "the value is empty; give it by the standard input, or by --from-env VARIABLE",
    );
  }
  if (value.includes("\0")) {
    throw new UserError(
      "the value holds a zero byte, which no environment variable can; encode it, e.g. with base64",
    );
  }
  if (Buffer.byteLength(value) > MOST_BYTES) {
    throw new UserError(
      `the value is longer than ${MOST_BYTES} bytes, the most that GitHub takes; encrypt it into a file of the repository, and make its key the secret`,
    );
  }
  return value;
}

function fromVariable(variable: string): Buffer {
  const value = process.env[variable];
  // The option's text is not repeated: it may be the value, given by mistake.
  if (value === undefined) {
    throw new UserError("--from-env names no environment variable that is set; set it first");
  }
  return Buffer.from(value);
}

async function readAll(input: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    length += chunk.length;
    // With its newline; the rest of an endless input would say nothing more.
    if (length > MOST_BYTES + 2) break;
  }
  return Buffer.concat(chunks);
}

/** Asks at the terminal for one line, and shows nothing of it. */
async function askUnseen(input: ReadStream): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // As at a terminal, so that it is in raw mode and prints nothing itself.
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  // Not before: what is typed until the mode is raw shows.
  process.stderr.write("value (it does not show): ");
  try {
    return await new Promise<string>((resolve, reject) => {
      const read: string[] = [];
      lines.on("line", (line) => {
        read.push(line);
        // What was pasted comes at once: its other lines are here before the next turn.
        if (read.length > 1) return;
        setImmediate(() => {
          if (read.length === 1) resolve(line);
          else reject(new UserError("more than one line; give it by the standard input: < FILE"));
        });
      });
      lines.on("SIGINT", () => reject(new UserError("interrupted; nothing was changed")));
      lines.on("close", () => resolve(""));
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
