/* Against a registry that answers every request with one status. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { publishedLists } from "../../../cli/retention/live-lists.ts";
import { readStack, type Stack } from "../../../cli/stack.ts";
import type { LocalCloud } from "../../../rules/local-cloud.ts";

describe("the published lists of channels", () => {
  let server: Server;
  let status: number;
  before(async () => {
    server = createServer((_request, response) => {
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function stack(): Promise<Stack> {
    const { port } = server.address() as AddressInfo;
    const place = { host: `localhost:${port}`, username: "u", password: "p" };
    // Only what lists are looked up with.
    const cloud = { registries: { "ghcr.io": place, "docker.io": place } } as unknown as LocalCloud;
    return { ...(await readStack("therock")), cloud };
  }

  it("that cannot be read are no reason to call everything safe", async () => {
    for (const refusal of [401, 403]) {
      status = refusal;
      await assert.rejects(publishedLists(await stack()), {
        name: "UserError",
        message: new RegExp(
          `slipway-images: .*HTTP ${refusal}[^]*nobody knows what is needed.*--images`,
        ),
      });
    }
  });

  it("that nobody has written yet are a note of one line", async () => {
    status = 404;
    const { lists, notes } = await publishedLists(await stack());
    assert.deepEqual(lists, []);
    assert.equal(notes.length, 1);
    assert.match(
      notes[0]!,
      /^no channel has a list in .*slipway-images yet; slipway record writes it$/,
    );
  });
});
