#!/usr/bin/env node
import { parseArgs } from "node:util";
import { UserError } from "../../rules/problems.ts";
import { createEcrFront } from "./front.ts";

const USAGE =
  "Usage: node local/ecr/main.ts --port N --socket FILE --storage DIR --state FILE --endpoint URL --region NAME";

function readOptions() {
  const text = { type: "string" } as const;
  const options = {
    port: text,
    socket: text,
    storage: text,
    state: text,
    endpoint: text,
    region: text,
  };
  const { port, socket, storage, state, endpoint, region } = parseArgs({ options }).values;
  if (!port || !socket || !storage || !state || !endpoint || !region) throw new UserError(USAGE);
  return { port: Number(port), front: { socket, storage, stateFile: state, endpoint, region } };
}

/** Serves until SIGTERM or SIGINT, on the loopback address only. */
async function serve(): Promise<void> {
  const { port, front } = readOptions();
  const app = await createEcrFront(front);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void app.close());
  }
  console.log(`ECR front on ${await app.listen({ port, host: "127.0.0.1" })}`);
}

try {
  await serve();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
