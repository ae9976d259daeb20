/* Against the emulator, and a server that refuses. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Trouble, WorkflowRuns } from "../../../cli/publishing/workflow-runs.ts";
import { TOKEN, useEmulator } from "../../local/github/test-emulator.ts";

const commit = "c".repeat(40);
const home = { owner: "pytorch", repository: "pytorch" };

describe("runs that build a commit's images", () => {
  const emulator = useEmulator();
  const runs = (more = {}) =>
    new WorkflowRuns({ endpoint: emulator.url, token: TOKEN, ...home, ...more });

  it("are those of up.yml for that commit, newest first", async () => {
    assert.deepEqual(await runs().ofCommit(commit), []);
    for (const more of [
      { headSha: commit, status: "completed", conclusion: "failure" },
      { headSha: "d".repeat(40), status: "queued" },
      { headSha: commit, status: "queued" },
      { headSha: commit, status: "queued", workflow: "ci.yml" },
    ]) {
      const body = {
        ...{ repository: "pytorch/pytorch", workflow: "up.yml", event: "push", headBranch: "main" },
        ...more,
      };
      await emulator.fetch("/_emulator/runs", { method: "POST", body: JSON.stringify(body) });
    }
    const found = await runs().ofCommit(commit);
    assert.deepEqual(
      found.map(({ status, conclusion }) => [status, conclusion]),
      [
        ["queued", undefined],
        ["completed", "failure"],
      ],
    );
    assert.match(found[0]!.url, /\/pytorch\/pytorch\/actions\/runs\/\d+$/);
  });

  it("are not told without the right, or of a repository that is not there", async () => {
    await assert.rejects(runs({ token: "wrong" }).ofCommit(commit), {
      name: "UserError",
      message: /pytorch\/pytorch at http.*HTTP 401.*GITHUB_TOKEN/,
    });
    await assert.rejects(
      runs({ repository: "nothing" }).ofCommit(commit),
      /HTTP 404.*no workflow up\.yml or no such/,
    );
  });

  it("are asked for by https alone, but on this machine", () => {
    for (const endpoint of ["http://api.github.com", "api.github.com", ""]) {
      assert.throws(() => runs({ endpoint }), /GITHUB_API_URL/);
    }
  });

  describe("of a GitHub in trouble", () => {
    let server: Server;
    let endpoint: string;
    let answer: { status: number; headers?: Record<string, string> };
    before(async () => {
      server = createServer((_request, response) => {
        response.writeHead(answer.status, {
          "content-type": "application/json",
          ...answer.headers,
        });
        response.end('{"message":"no"}');
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => server.close());

    const trouble = async (): Promise<Trouble> => {
      const error: unknown = await runs({ endpoint })
        .ofCommit(commit)
        .catch((caught: unknown) => caught);
      assert.ok(error instanceof Trouble, String(error));
      return error;
    };

    it("may be asked for again later, when it says so or is down", async () => {
      answer = { status: 502 };
      assert.equal((await trouble()).retryAfter, undefined);
      answer = { status: 429, headers: { "retry-after": "7" } };
      assert.equal((await trouble()).retryAfter, 7_000);
      const reset = Math.ceil(Date.now() / 1000) + 100;
      answer = {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) },
      };
      const { retryAfter = 0 } = await trouble();
      assert.ok(retryAfter > 50_000 && retryAfter <= 101_000, `${retryAfter} ms`);
    });

    it("may be asked for again when the connection fails", async () => {
      const silent = createServer((request) => request.socket.destroy()).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const own = endpoint;
      endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      await trouble();
      endpoint = own;
      silent.close();
    });

    it("are refused for good by a 403 that is no limit", async () => {
      answer = { status: 403 };
      await assert.rejects(runs({ endpoint }).ofCommit(commit), /HTTP 403.*give GITHUB_TOKEN/);
    });
  });
});
