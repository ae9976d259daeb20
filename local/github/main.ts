#!/usr/bin/env node
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../../rules/problems.ts";
import { createGithubEmulator } from "./emulator.ts";

const USAGE =
  "Usage: GITHUB_EMULATOR_TOKEN=... node local/github/main.ts --port N --folder DIR --owner NAME --repository NAME [--sigstore DIR]";

/** A wrong command line: exit code 2. */
class UsageError extends UserError {}

interface Options {
  readonly port: number;
  readonly folder: string;
  readonly owner: string;
  readonly repository: string;
  readonly token: string;
  /** Folder of the Sigstore that is served beside GitHub; absent: none is. */
  readonly sigstore?: string;
}

function readOptions(): Options {
  const { port, folder, owner, repository, sigstore } = readArguments();
  if (!folder || !owner || !repository || !port) throw new UsageError(USAGE);
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new UsageError(`--port ${port}: not a port; write a number from 0 (any) to 65535`);
  }
  const token = process.env["GITHUB_EMULATOR_TOKEN"];
  if (!token) {
    throw new UserError(
      "GITHUB_EMULATOR_TOKEN: missing; set it to the token that the emulator is to accept",
    );
  }
  return {
    port: number,
    folder,
    owner,
    repository,
    token,
    ...(sigstore !== undefined && { sigstore }),
  };
}

function readArguments() {
  const text = { type: "string" } as const;
  const options = { port: text, folder: text, owner: text, repository: text, sigstore: text };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

/** Serves until SIGTERM or SIGINT, on the loopback address only. */
async function serve({ port, folder, owner, repository, token, sigstore }: Options): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const emulator = await createGithubEmulator({
    stateFile: join(folder, "state.json"),
    logFile: join(folder, "requests.jsonl"),
    token,
    organization: owner,
    repositories: [{ name: repository }],
  });
  if (sigstore !== undefined) {
    // Loaded where it is served alone: what makes certificates is large.
    const { addSigstore, ensureSigstore } = await import("../sigstore/service.ts");
    addSigstore(emulator, await ensureSigstore(sigstore));
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void emulator.close());
  }
  try {
    console.log(`GitHub emulator on ${await emulator.listen({ port, host: "127.0.0.1" })}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new UserError(`port ${port} of 127.0.0.1 is taken by another process; choose another`);
    }
    throw error;
  }
}

try {
  await serve(readOptions());
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
