import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { UserError } from "../../rules/problems.ts";
import { writePrivately } from "../instance.ts";
import { giveCertificate } from "./fulcio.ts";
import { ensureKeys, type SigstoreKeys } from "./keys.ts";
import { SIGSTORE_PATH, trustedRootFile } from "./places.ts";
import { SignatureLog } from "./rekor.ts";
import { trustedRootOf } from "./trusted-root.ts";

/** Makes the keys of a Sigstore in a folder, and says there what to trust of them. Both stay as they are when they are there. */
export async function ensureSigstore(folder: string): Promise<SigstoreKeys> {
  const keys = await ensureKeys(folder);
  const file = trustedRootFile(folder);
  const there = await readFile(file).then(
    () => true,
    () => false,
  );
  // Its certificate is signed anew each time, which would be another text for the same trust.
  if (!there) await writePrivately(file, await trustedRootOf(keys));
  return keys;
}

/** Serves Fulcio and Rekor below {@link SIGSTORE_PATH}, to everybody who reaches them. */
export function addSigstore(app: FastifyInstance, keys: SigstoreKeys): void {
  const log = new SignatureLog(keys.signatures);
  const post = (path: string, answer: (body: unknown) => object | Promise<object>) =>
    app.post(`${SIGSTORE_PATH}${path}`, async ({ body }, reply) => {
      try {
        return await reply.status(201).send(await answer(body));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return reply.status(400).send({ code: 400, message: error.message });
      }
    });
  post("/api/v2/signingCert", (body) => giveCertificate(body, keys, new Date()));
  post("/api/v1/log/entries", (body) => log.add(body, new Date()));
}
