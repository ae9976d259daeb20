/* Against a server in GitHub's place that knows no run. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { awaited, type LookedUpImage } from "../../../cli/publishing/image-lookup.ts";
import { readStack } from "../../../cli/stack.ts";
import { UserError } from "../../../rules/problems.ts";

const digest = `sha256:${"1".repeat(64)}`;
const commit = "c".repeat(40);

describe("an image that is looked up and waited for", () => {
  const { GITHUB_API_URL } = process.env;
  let server: Server;
  let asked = 0;
  before(async () => {
    server = createServer((_request, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json");
      response.end('{"total_count":0,"workflow_runs":[]}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    process.env["GITHUB_API_URL"] = `http://127.0.0.1:${port}`;
  });
  after(() => {
    if (GITHUB_API_URL === undefined) Reflect.deleteProperty(process.env, "GITHUB_API_URL");
    else process.env["GITHUB_API_URL"] = GITHUB_API_URL;
    server.closeAllConnections();
    server.close();
  });

  async function wait(lookUp: () => Promise<string | undefined>): Promise<string> {
    const stack = await readStack("therock");
    const [family] = stack.families;
    const [image] = family?.images ?? [];
    assert.ok(family !== undefined && image !== undefined);
    const named = { repository: "ghcr.io/rocm/image", contentName: "k1", build: "slipway build" };
    const wanted: LookedUpImage = { family, image, registry: "ghcr.io", ...named };
    return awaited(stack, wanted, lookUp, { wait: 1, commit, json: true });
  }

  it("is told at once where it is there, without GitHub", async () => {
    assert.equal(await wait(() => Promise.resolve(digest)), digest);
    assert.equal(asked, 0);
  });

  it("is asked for again where the registry is in trouble at the first question", async () => {
    const down = new UserError("given up after 5 attempts", { cause: new UserError("down") });
    let looked = 0;
    const lookUp = () => (looked++ === 0 ? Promise.reject(down) : Promise.resolve(digest));
    assert.equal(await wait(lookUp), digest);
    assert.equal(asked, 1);
  });
});
