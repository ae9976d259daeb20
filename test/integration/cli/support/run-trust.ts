import { join } from "node:path";
import { execa } from "execa";

const ROOT = join(import.meta.dirname, "../../../..");

/** Runs `slipway trust` with no way to any service. */
export async function trust(args: readonly string[], input = "") {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(ROOT, "cli/main.ts"), "trust", ...args],
    {
      cwd: ROOT,
      extendEnv: false,
      env: { SLIPWAY_HOME: join(ROOT, "node_modules/.cache/no-cloud"), NO_COLOR: "1" },
      input,
      reject: false,
    },
  );
  return { exitCode, stdout, stderr };
}
