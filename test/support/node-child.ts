/* Runs a few lines of TypeScript's JavaScript in a Node process of its own, where the environment is the test's. */
import { execa } from "execa";

export interface ChildResult {
  /** What the code returned, if it did not throw. */
  readonly value?: unknown;
  /** Name and message of what it threw. */
  readonly error?: { readonly name: string; readonly message: string };
}

/**
 * Runs `code`, the body of an async function, in a new Node process with these environment variables and no others.
 * Modules are imported by absolute path. With a `uid` the process takes itself for that user's; it is not really, since
 * the checkout may be one that only its owner can read.
 */
export async function runInNode(
  code: string,
  env: Record<string, string>,
  identity: { uid?: number } = {},
): Promise<ChildResult> {
  const { uid } = identity;
  const script = `
    ${uid === undefined ? "" : `process.getuid = () => ${uid};`}
    const run = async () => { ${code} };
    const answer = await run().then(
      (value) => ({ value }),
      ({ name, message }) => ({ error: { name, message } }),
    );
    console.log(JSON.stringify(answer));`;
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", script], {
    env: { HOME: process.env["HOME"] ?? "/", ...env },
    extendEnv: false,
  });
  return JSON.parse(stdout.split("\n").at(-1) ?? "") as ChildResult;
}
