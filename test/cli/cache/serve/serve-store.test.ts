/* A store as a registry: what a client gets, and what it does not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { request as send, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { collectStore } from "../../../../cli/cache/collect/collect-store.ts";
import { serveStore, type StoreServer } from "../../../../cli/cache/serve/serve-store.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { sha256 } from "../../../../oci/digest.ts";
import { UserError } from "../../../../rules/problems.ts";
import { putSample, sampleImage, type SampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

interface Served {
  readonly store: Store;
  readonly server: StoreServer;
  readonly get: (
    path: string,
    headers?: Record<string, string>,
    method?: string,
  ) => Promise<Answer>;
}
interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const REPOSITORY = "/v2/pytorch/ci-image";
const old = sampleImage({ layers: ["base", "old"] });
const now = sampleImage({ layers: ["base", "new"], layerSize: 100_000 });
const other = sampleImage({ label: "tools/cpu", layers: ["other"] });

/** The path as it is, which fetch would tidy up. */
async function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const request = send({ host: "127.0.0.1", port, path, headers, method, agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

async function serving(work: (served: Served) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const store = await Store.create(join(parent, "store"));
    const elsewhere = { "ghcr.io": `ghcr.io/pytorch/tools@${other.image.descriptor.digest}` };
    await putSample(store, {
      ...other,
      image: { ...other.image, references: elsewhere, names: [] },
    });
    await putSample(store, now);
    const server = await serveStore(await Store.open(store.folder), 0);
    try {
      await work({
        ...{ store, server },
        get: (path, headers, method) => ask(server.port, path, headers, method),
      });
    } finally {
      await server.close();
    }
  });
}

/** Without what a server tells its own machine of. */
async function withoutErrors(work: () => Promise<void>): Promise<void> {
  const { error } = console;
  console.error = () => undefined;
  try {
    await work();
  } finally {
    console.error = error;
  }
}

function layerOf({ blobs }: SampleImage): { readonly digest: string; readonly bytes: Buffer } {
  const { descriptor, bytes } = blobs[1]!;
  return { digest: descriptor.digest, bytes };
}

function code({ body }: Answer): unknown {
  return (JSON.parse(body.toString()) as { errors: { code: string }[] }).errors[0]?.code;
}

describe("a store that is served", () => {
  it("gives manifests by digest and content name, and blobs, byte for byte", async () => {
    await serving(async ({ get }) => {
      assert.equal((await get("/v2/")).status, 200);
      const { digest } = now.image.descriptor;
      for (const reference of [digest, now.image.contentName]) {
        const { status, headers, body } = await get(`${REPOSITORY}/manifests/${reference}`);
        assert.equal(status, 200, reference);
        assert.equal(sha256(body), digest);
        assert.equal(headers["docker-content-digest"], digest);
        assert.equal(headers["content-type"], now.image.descriptor.mediaType);
      }
      for (const { descriptor, bytes } of now.blobs) {
        assert.deepEqual((await get(`${REPOSITORY}/blobs/${descriptor.digest}`)).body, bytes);
      }
    });
  });

  it("answers HEAD with the length and no body, and a known digest with 304", async () => {
    await serving(async ({ get }) => {
      const { digest, bytes } = layerOf(now);
      const path = `${REPOSITORY}/blobs/${digest}`;
      const { status, headers, body } = await get(path, {}, "HEAD");
      assert.deepEqual(
        [status, headers["content-length"], body.length],
        [200, String(bytes.length), 0],
      );
      const same = await get(path, { "if-none-match": `"x", "${digest}"` });
      assert.deepEqual([same.status, same.body.length], [304, 0]);
      assert.equal((await get(path, { "if-none-match": '"x"' })).status, 200);
    });
  });

  it("gives parts, and the whole where another content was begun", async () => {
    await serving(async ({ get }) => {
      const { digest, bytes } = layerOf(now);
      const path = `${REPOSITORY}/blobs/${digest}`;
      const part = await get(path, { range: "bytes=99990-" });
      assert.equal(part.status, 206);
      assert.equal(part.headers["content-range"], "bytes 99990-99999/100000");
      assert.deepEqual(part.body, bytes.subarray(99_990));
      assert.deepEqual((await get(path, { range: "bytes=-3" })).body, bytes.subarray(-3));
      const beyond = await get(path, { range: "bytes=100000-" });
      assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, "bytes */100000"]);
      const changed = await get(path, { range: "bytes=1-", "if-range": '"x"' });
      assert.deepEqual([changed.status, changed.body.length], [200, bytes.length]);
    });
  });

  it("knows only repositories of its images, of the registry that containerd says it wants", async () => {
    await serving(async ({ get }) => {
      const manifest = `${REPOSITORY}/manifests/${now.image.contentName}`;
      assert.equal((await get(`${manifest}?ns=ghcr.io`)).status, 200);
      assert.equal((await get(`${manifest}?ns=docker.io`)).status, 404);
      assert.equal(code(await get("/v2/pytorch/unknown/manifests/x")), "NAME_UNKNOWN");
      assert.equal(code(await get(`${REPOSITORY}/manifests/unknown`)), "MANIFEST_UNKNOWN");
      // A name that moves: the registry knows whose it is by now.
      assert.equal(code(await get(`${REPOSITORY}/manifests/cuda12.8`)), "MANIFEST_UNKNOWN");
    });
  });

  it("gives no blob of another repository, and no blob as a manifest", async () => {
    await serving(async ({ get }) => {
      const { digest } = other.blobs[0]!.descriptor;
      assert.equal((await get(`/v2/pytorch/tools/blobs/${digest}`)).status, 200);
      assert.equal(code(await get(`${REPOSITORY}/blobs/${digest}`)), "BLOB_UNKNOWN");
      assert.equal(
        code(await get(`${REPOSITORY}/manifests/${layerOf(now).digest}`)),
        "MANIFEST_UNKNOWN",
      );
    });
  });

  it("answers tricks in paths with 404 and every method but GET and HEAD with 405", async () => {
    await serving(async ({ get }) => {
      const hex = now.image.descriptor.digest.slice(7);
      const tricks = [
        ...["/", "/v2/../../etc/passwd", "/v2/..%2f..%2fetc/manifests/passwd", "/v2/_catalog"],
        ...[`/blobs/sha256/${hex}`, `${REPOSITORY}/blobs/sha256:..%2f..%2fslipway-cache.json`],
        ...[`${REPOSITORY}/blobs/${hex}`, `${REPOSITORY}/manifests/..`, "/v2/%zz/tags/list"],
      ];
      for (const path of tricks) {
        const answer = await get(path);
        assert.equal(answer.status, 404, path);
        assert.equal(typeof code(answer), "string", path);
      }
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const answer = await get(`${REPOSITORY}/manifests/x`, {}, method);
        assert.deepEqual([answer.status, answer.headers.allow], [405, "GET, HEAD"], method);
        assert.equal(code(answer), "UNSUPPORTED");
      }
    });
  });

  it("lists tags, page by page, of the registry that is asked for", async () => {
    await serving(async ({ store, get }) => {
      await putSample(store, old);
      const all = await get(`${REPOSITORY}/tags/list`);
      const tags = [old.image.contentName, now.image.contentName].sort();
      assert.deepEqual(JSON.parse(all.body.toString()), { name: "pytorch/ci-image", tags });
      const first = await get(`${REPOSITORY}/tags/list?n=1&ns=ghcr.io`);
      const next = /^<(.*)>; rel="next"$/.exec(String(first.headers["link"]))?.[1];
      assert.match(next ?? "", /ns=ghcr\.io/);
      const second = await get(next ?? "");
      assert.deepEqual(JSON.parse(second.body.toString()), {
        name: "pytorch/ci-image",
        tags: [tags[1]],
      });
      assert.equal(second.headers["link"], undefined);
    });
  });

  it("listens on this machine's own addresses alone, and answers no other host's name", async () => {
    await serving(async ({ store, server, get }) => {
      const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      for (const { address } of own.filter(
        ({ internal, family }) => !internal && family === "IPv4",
      )) {
        const socket = connect(server.port, address);
        await assert.rejects(once(socket, "connect"), /ECONNREFUSED/);
      }
      assert.equal((await get("/v2/", { host: "rebound.example" })).status, 421);
      assert.equal((await get("/v2/", { host: `localhost:${server.port}` })).status, 200);
      await assert.rejects(serveStore(store, server.port), UserError);
    });
  });

  it("goes on giving an image that is replaced while a client pulls it, and a collection leaves it", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      await putSample(store, old);
      const server = await serveStore(await Store.open(store.folder), 0);
      try {
        const manifest = `${REPOSITORY}/manifests/${old.image.contentName}`;
        assert.equal((await ask(server.port, manifest)).status, 200);
        await putSample(store, now);
        const { leased } = await collectStore(store, { maxBytes: 0, keptSince: Infinity });
        assert.equal(leased.length, 1);
        for (const { descriptor, bytes } of old.blobs) {
          const { body } = await ask(server.port, `${REPOSITORY}/blobs/${descriptor.digest}`);
          assert.deepEqual(body, bytes);
        }
        const next = await ask(server.port, `${REPOSITORY}/manifests/${now.image.contentName}`);
        assert.equal(sha256(next.body), now.image.descriptor.digest);
      } finally {
        await server.close();
      }
      const { forgotten } = await collectStore(store, { maxBytes: 0, keptSince: Infinity });
      assert.equal(forgotten.length, 1);
    });
  });

  it("answers 404 for what is not whole, so that the client asks the registry", async () => {
    await serving(async ({ store, get }) => {
      const { digest } = layerOf(now);
      await rm(store.blobPath(digest));
      assert.equal(code(await get(`${REPOSITORY}/blobs/${digest}`)), "BLOB_UNKNOWN");
    });
  });

  it("breaks a damaged layer off before its end, and then answers 404 until it is another file", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const large = sampleImage({ layers: ["large"], layerSize: 6_000_000 });
      await putSample(store, large, 6_000_000);
      const { descriptor, bytes } = large.blobs[0]!;
      const damaged = Buffer.from(bytes);
      damaged[5] = damaged[5]! ^ 1;
      await writeFile(store.blobPath(descriptor.digest), damaged);
      const server = await serveStore(await Store.open(store.folder), 0);
      const path = `${REPOSITORY}/blobs/${descriptor.digest}`;
      try {
        await withoutErrors(async () => {
          await assert.rejects(ask(server.port, path), /aborted/);
          assert.equal(code(await ask(server.port, path)), "BLOB_UNKNOWN");
          const part = await ask(server.port, path, { range: "bytes=0-9" });
          assert.equal(part.status, 404);
          assert.equal((await ask(server.port, path, {}, "HEAD")).status, 404);
        });
        await rm(store.blobPath(descriptor.digest));
        await writeFile(store.blobPath(descriptor.digest), bytes);
        assert.equal(sha256((await ask(server.port, path)).body), descriptor.digest);
        // By then it is known to be whole.
        assert.equal(sha256((await ask(server.port, path)).body), descriptor.digest);
      } finally {
        await server.close();
      }
    });
  });

  it("sends no byte of a damaged manifest or configuration", async () => {
    await serving(async ({ store, get }) => {
      const config = now.blobs[2]!;
      await writeFile(store.blobPath(config.descriptor.digest), Buffer.alloc(config.bytes.length));
      const path = `${REPOSITORY}/blobs/${config.descriptor.digest}`;
      await withoutErrors(async () => {
        assert.equal(code(await get(path)), "BLOB_UNKNOWN");
        assert.equal((await get(path, {}, "HEAD")).status, 404);
      });
    });
  });

  it("answers what is under way before it ends", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const large = sampleImage({ layers: ["large"], layerSize: 30_000_000 });
      await putSample(store, large, 30_000_000);
      const server = await serveStore(store, 0);
      const { descriptor, bytes } = large.blobs[0]!;
      const path = `${REPOSITORY}/blobs/${descriptor.digest}`;
      const request = send({ host: "127.0.0.1", port: server.port, path, agent: false });
      request.end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      const ending = server.close();
      assert.equal(sha256(await buffer(response)), sha256(bytes));
      await ending;
      await assert.rejects(ask(server.port, "/v2/"), /ECONNREFUSED/);
    });
  });

  it("serves many clients at once in little memory", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const large = sampleImage({ layers: ["large"], layerSize: 20_000_000 });
      await putSample(store, large, 20_000_000);
      const { digest } = large.blobs[0]!.descriptor;
      assert.equal((await readFile(store.blobPath(digest))).length, 20_000_000);
      const server = await serveStore(store, 0);
      const path = `${REPOSITORY}/blobs/${digest}`;
      const before = process.memoryUsage.rss();
      // Clients that read only the beginning: what the server holds for each is what counts.
      const clients = await Promise.all(
        Array.from({ length: 100 }, async () => {
          const request = send({ host: "127.0.0.1", port: server.port, path, agent: false });
          request.end();
          const [response] = (await once(request, "response")) as [IncomingMessage];
          return response;
        }),
      );
      const grown = process.memoryUsage.rss() - before;
      assert.ok(grown < 300e6, `${grown} bytes for 100 clients of 20 MB each`);
      for (const client of clients) client.destroy();
      await server.close();
    });
  });
});
