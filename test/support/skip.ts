/**
 * Skips the tests of a hook's suite because this machine cannot run them, and says why.
 * @throws Error in CI, whose machines can run all
 */
export function skipBecause(context: Mocha.Context, reason: string): never {
  if (process.env["CI"] !== undefined) throw new Error(reason);
  console.log(`    skipped: ${reason}`);
  return context.skip();
}
