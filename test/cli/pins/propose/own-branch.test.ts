import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { moveRuledBranch, publishes } from "../../../../cli/pins/propose/own-branch.ts";
import { GithubClient } from "../../../../github/client.ts";

describe("the branch of a pull request", () => {
  const rules = { home: "pytorch/pytorch", channel: "nightly" };

  it("publishes where a push to it does, or where it is the stack's channel", () => {
    const published = (branch: string, schemes: readonly ("pytorch" | "therock")[]) =>
      publishes(branch, { ...rules, schemes }) !== undefined;
    const branches = ["main", "release/2.10", "stage/docker/a/b", "nightly", "topic", "stage/x"];
    assert.deepEqual(
      branches.map((branch) => [published(branch, ["pytorch"]), published(branch, ["therock"])]),
      [
        [true, true],
        [true, false],
        [false, true],
        [true, true],
        [false, false],
        [false, false],
      ],
    );
  });

  /** What is said when GitHub answers so. */
  async function said(status: number, message: string): Promise<unknown> {
    const server = createServer((_request, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ message, documentation_url: "https://docs.github.com/rest" }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const github = new GithubClient({
      ...{ owner: "pytorch", token: "t", baseUrl: `http://127.0.0.1:${port}` },
    });
    const to = { sha: "a".repeat(40), force: false };
    try {
      return await moveRuledBranch(github, "pytorch", "topic", to, "Or run this.");
    } catch (error) {
      return error instanceof Error ? error.message : error;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it("is not written where a rule keeps it, which is told with what to do", async () => {
    const text = await said(
      422,
      "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
    );
    assert.equal(
      text,
      "a rule of pytorch/pytorch keeps the token from writing branch topic: Repository rule violations found Changes must be made through a pull request. Let the App past that rule (Settings, Rules, Rulesets, Bypass list), or take the branch out of it. Or run this.",
    );
  });

  it("is told from one that has other commits", async () => {
    assert.equal(await said(422, "Update is not a fast forward"), false);
  });
});
