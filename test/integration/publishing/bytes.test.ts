import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCloud } from "../../support/cloud.ts";
import type { Seen } from "../oci/proxy.ts";
import { FaultBench } from "./support/fault-run.ts";
import { REGISTRIES } from "./support/publication-steps.ts";

describe("the bytes of a publication", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let folder: string;
  let bench: FaultBench;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-bytes-"));
    bench = await FaultBench.start(cloud(), join(folder, "bench"));
  });
  after(async () => {
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("are sent once to each registry, however many names the content gets", async () => {
    const image = await bench.newImage();
    await image.publish("1");
    const names = await image.names();
    const content = await image.blobs();
    for (const registry of REGISTRIES) {
      const count = Object.keys(names).filter((name) => name.startsWith(`${registry} `)).length;
      assert.ok(count >= 2, `${registry}: ${Object.keys(names).join(", ")}`);
      const sent = uploads(bench.proxies[registry].seen);
      for (const [digest, size] of content) {
        const own = sent.filter((upload) => upload.digest === digest);
        assert.deepEqual(own, [{ digest, size }], `${digest} on ${registry}`);
      }
    }
  });

  it("are not sent again with another commit of the same sources", async () => {
    const image = await bench.newImage();
    await image.publish("1");
    for (const proxy of Object.values(bench.proxies)) proxy.reset();
    await image.publish("1", "2");
    assert.deepEqual(uploads(bench.proxies.ecr.seen), []);
    const content = await image.blobs();
    const sent = uploads(bench.proxies["docker.io"].seen);
    // The list of images names the commit, and is another document then.
    assert.equal(sent.length, 1);
    assert.ok(sent.every(({ digest }) => !content.has(digest)));
  });
});

/**
 * Blobs that were sent, each with the bytes that the request brought; a mounted blob is none. The build cache is another
 * repository, to which BuildKit sends what it wants to find again.
 */
function uploads(seen: readonly Seen[]): { digest: string; size: number }[] {
  return seen
    .filter(({ method }) => ["POST", "PUT", "PATCH"].includes(method))
    .flatMap(({ url, headers }) => {
      const { pathname, searchParams } = new URL(url, "http://registry");
      if (!pathname.includes("/blobs/uploads/") || pathname.includes("-cache/")) return [];
      // One without a length may have any number of bytes.
      const size = Number(headers["content-length"] ?? (headers["transfer-encoding"] ? NaN : 0));
      return size === 0 ? [] : [{ digest: searchParams.get("digest") ?? "", size }];
    });
}
