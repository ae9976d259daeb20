import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Octokit } from "@octokit/core";
import { readRequestLog } from "../../support/request-log.ts";
import { TestEmulator, TOKEN } from "../../local/github/test-emulator.ts";

/** A request that came by. */
export interface Seen {
  readonly method: string;
  /** Below `/api/v3`, with its query. */
  readonly path: string;
  readonly body: string;
}

/** What happens to a request instead of its being passed on. */
export type Fault =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: object;
    }
  | "cut";

/** GitHub's emulator behind a door that sees every request, and may refuse some. */
export class GithubStage {
  readonly emulator = new TestEmulator();
  readonly seen: Seen[] = [];
  /** Says what happens to a request, or does something by hand before it; undefined passes it on. */
  fault: (seen: Seen) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
  readonly #server = createServer((asked, answer) => void this.#pass(asked, answer));

  async start(): Promise<void> {
    await this.emulator.start();
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    await this.emulator.stop();
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get api(): { baseUrl: string; token: string } {
    return { baseUrl: this.baseUrl, token: TOKEN };
  }

  /** Somebody who changes things by hand, past the door. */
  get hand(): Octokit {
    return this.emulator.octokit;
  }

  /** What was asked since the last call, without what only looks: `PUT /repos/...`. */
  changes(): string[] {
    const lines = this.seen
      .filter(({ method }) => method !== "GET")
      .map(
        ({ method, path }) =>
          `${method} ${path.replace("/repos/pytorch/pytorch/environments/", "")}`,
      );
    this.seen.length = 0;
    return lines;
  }

  /** What every environment was at each request, oldest first. */
  get log() {
    return readRequestLog(this.emulator.logFile);
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await text(asked);
    const { method = "", url = "", headers } = asked;
    const seen = { method, path: url.replace("/api/v3", ""), body };
    this.seen.push(seen);
    const fault = await this.fault(seen);
    if (fault === "cut") {
      asked.socket.destroy();
      return;
    }
    if (fault !== undefined) {
      answer.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
      answer.end(JSON.stringify(fault.body ?? { message: "refused by the test" }));
      return;
    }
    const passed = request(`${this.emulator.url}${url}`, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    passed.end(body);
  }
}

/** A stage for all tests of the enclosing `describe`, without the faults and requests of the test before. */
export function useStage(): GithubStage {
  const stage = new GithubStage();
  before(() => stage.start());
  afterEach(() => {
    stage.fault = () => undefined;
    stage.seen.length = 0;
  });
  after(() => stage.stop());
  return stage;
}
