import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/core";
import type { FastifyInstance } from "fastify";
import sodium from "libsodium-wrappers";
import { createGithubEmulator } from "../../../local/github/emulator.ts";
import { EmulatedGithub } from "../../support/emulator.ts";

await sodium.ready;

export const TOKEN = "token-of-the-tests";
export const OWNER = "pytorch";
export const REPOSITORY = "pytorch";
/** Path parameters of the one repository. */
export const REPO = { owner: OWNER, repo: REPOSITORY } as const;

/** A refusal as a client sees it. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly documentation_url: string;
}

/** An emulator on a port and in a folder of its own, and a client of it. */
export class TestEmulator {
  readonly folder = mkdtempSync(join(tmpdir(), "github-emulator-"));
  #app: FastifyInstance | undefined;
  #url = "";

  readonly stateFile = join(this.folder, "state.json");
  readonly logFile = join(this.folder, "requests.jsonl");

  async start(): Promise<void> {
    this.#app = await createGithubEmulator({
      stateFile: this.stateFile,
      logFile: this.logFile,
      token: TOKEN,
      organization: OWNER,
      repositories: [{ name: REPOSITORY }, { owner: "octocat", name: "fork" }],
    });
    this.#url = await this.#app.listen({ port: 0, host: "127.0.0.1" });
  }

  async stop(): Promise<void> {
    await this.#app?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the emulator and starts another one on the same files. */
  async restart(): Promise<void> {
    await this.#app?.close();
    await this.start();
  }

  get url(): string {
    return this.#url;
  }

  get octokit(): Octokit {
    return this.octokitOf(TOKEN);
  }

  /** A client that shows another token. */
  octokitOf(token: string): Octokit {
    return new Octokit({ auth: token, baseUrl: this.#url, log: SILENT });
  }

  /** Puts things into the emulator. */
  get github(): EmulatedGithub {
    return new EmulatedGithub({ endpoint: this.#url, token: TOKEN });
  }

  /** A request as it is, redirects not followed; with the token unless `headers` say otherwise. */
  async fetch(
    path: string,
    { headers, ...init }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      redirect: "manual",
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...init,
    });
  }
}

// Octokit logs every refusal, and the tests make many.
const quiet = () => undefined;
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** An emulator for all tests of the enclosing `describe`. */
export function useEmulator(): TestEmulator {
  const emulator = new TestEmulator();
  before(() => emulator.start());
  after(() => emulator.stop());
  return emulator;
}

/** What the emulator says to a request that it refuses. */
export async function refusal(request: Promise<unknown>): Promise<Refusal> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Error) || !("response" in error)) throw error;
    const { status, data } = error.response as { status: number; data: Omit<Refusal, "status"> };
    return { status, message: data.message, documentation_url: data.documentation_url };
  }
  throw new Error("The request was not refused");
}

/** What a client sends for a secret: the value sealed to `key`. */
export function sealed(value: string, { key, key_id }: { key: string; key_id: string }) {
  const box = sodium.crypto_box_seal(value, Buffer.from(key, "base64"));
  return { encrypted_value: Buffer.from(box).toString("base64"), key_id };
}
