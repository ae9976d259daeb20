/* What a registry, or a network, may do wrong: played by a proxy on this machine. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyImage } from "../../../oci/copy.ts";
import { sha256 } from "../../../oci/digest.ts";
import { ImmutableNameFault } from "../../../oci/faults.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { parseRetryAfter } from "../../../oci/retry.ts";
import { UserError } from "../../../rules/problems.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { startProxy, type Fault, type Proxy } from "./proxy.ts";
import { push, sampleImage } from "./sample-image.ts";

const policy = { attempts: 3, delay: 2, longestDelay: 5, longestRetryAfter: 1500 };

describe("the registry client under faults", () => {
  let registry: TestRegistry;
  let proxy: Proxy;
  let other: Proxy;
  const started: { stop(): Promise<unknown> }[] = [];

  before(async function () {
    this.timeout(180_000); // the registry is built once
    started.push((registry = await startRegistry()));
    started.push((proxy = await startProxy(registry.port)));
    started.push((other = await startProxy(registry.port)));
  });
  after(() => Promise.all(started.map((server) => server.stop())));
  beforeEach(() => {
    proxy.reset();
    other.reset();
  });

  /** Through the proxy; a client of its own each time, so that nothing is known of logins. */
  const through = (
    path: string,
    password = registry.password,
    name = "slipway",
  ): RepositoryClient =>
    new Registries(policy).repository(
      `${proxy.host}/${path}`,
      { [proxy.host]: { username: name, password } },
      "push",
    );
  const direct = (path: string): RepositoryClient =>
    new Registries(policy).repository(`${registry.host}/${path}`, registry.credentials, "push");
  const anonymous = (path: string): RepositoryClient =>
    new Registries(policy).repository(`${proxy.host}/${path}`);
  const once = (fault: Fault): ((seen: { url: string }) => Fault | undefined) => {
    let left = 1;
    return () => (left-- > 0 ? fault : undefined);
  };
  const where =
    "commands take this machine's (docker login HOST), a stack's resources that of its configuration";
  const says = (expected: string) => (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, expected.replaceAll("HOST", proxy.host));
    return true;
  };

  describe("words", () => {
    it("a login that is missing", async () => {
      await assert.rejects(
        anonymous("a/b").manifests.get("tag"),
        says(
          "HOST/a/b: get manifest tag: HTTP 401 (UNAUTHORIZED: authentication required); " +
            `HOST wants a login and none is configured for it: ${where}`,
        ),
      );
    });

    it("a login that is refused, without the password even where the registry quotes it", async () => {
      const wrong = Buffer.from("slipway:marker").toString("base64");
      proxy.fault = ({ authorization }) => {
        if (authorization === undefined) return undefined;
        const errors = [{ code: "UNAUTHORIZED", message: `marker, Basic ${wrong}\n is wrong` }];
        return { status: 401, body: JSON.stringify({ errors }) };
      };
      await assert.rejects(
        through("a/b", "marker").manifests.get("tag"),
        says(
          "HOST/a/b: get manifest tag: HTTP 401 (UNAUTHORIZED: [secret], Basic [secret] is wrong); " +
            `the login configured for HOST was refused: check that it is right and not expired; ${where}`,
        ),
      );
      assert.equal(proxy.seen.length, 2);
    });

    it("a right that is missing", async () => {
      proxy.fault = () => ({
        status: 403,
        body: '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
      });
      await assert.rejects(
        through("a/b").manifests.put("tag", sampleImage().manifest),
        says(
          "HOST/a/b: put manifest tag: HTTP 403 (DENIED: requested access to the resource is denied); " +
            `the account configured for HOST may not do this: give it the right on a/b, or log in with another; ${where}`,
        ),
      );
    });

    it("a repository that is missing", async () => {
      proxy.fault = () => ({ status: 404, body: "<html>not json</html>" });
      const blob = { digest: sha256(Buffer.from("x")), size: 1 };
      await assert.rejects(
        through("a/b").blobs.get(blob),
        says(
          `HOST/a/b: get blob ${blob.digest} (1 bytes): HTTP 404; HOST does not have that, or hides it from ` +
            "this login: check the name a/b, and create the repository where the registry does not do so by itself (ECR)",
        ),
      );
    });

    it("a layer that is too large for what stands before the registry", async () => {
      const image = sampleImage(randomBytes(1000));
      await push(image, direct("large"));
      proxy.fault = ({ method, url }) =>
        method === "PUT" && url.includes("/blobs/") ? { status: 413 } : undefined;
      await assert.rejects(
        copyImage(direct("large"), through("large-copy"), image.manifest.digest),
        /upload blob sha256:\S+ \(\d+ bytes\): HTTP 413; localhost:\d+, or a proxy before it, takes no request body of this size/,
      );
    });

    it("a layer that is too large where the rest of it is not even read", async () => {
      const image = sampleImage(randomBytes(8_000_000));
      await push(image, direct("unread"));
      proxy.fault = ({ headers }) =>
        headers["content-length"] === "8000000" ? { unread: 413 } : undefined;
      await assert.rejects(
        copyImage(direct("unread"), through("unread-copy"), image.manifest.digest),
        /upload blob sha256:\S+ \(8000000 bytes\): .*takes (?:no|a) request body of this size/,
      );
    });

    it("a list of tags that is none", async () => {
      for (const body of ["<html>welcome</html>", '{"tags":7}']) {
        proxy.fault = () => ({ status: 200, body });
        await assert.rejects(
          anonymous("a/b").tags(),
          says("HOST/a/b: list tags: the answer is not a list of tags"),
        );
      }
    });

    it("a name that may not move", async () => {
      const message =
        "The image tag 'a-k1' already exists in the 'ci' repository and cannot be overwritten because the tag is immutable.";
      proxy.fault = () => ({
        status: 400,
        body: JSON.stringify({ errors: [{ code: "TAG_INVALID", message }] }),
      });
      await assert.rejects(through("ci").manifests.put("a-k1", sampleImage().manifest), (error) => {
        assert.ok(error instanceof ImmutableNameFault);
        return says(
          `HOST/ci: put manifest a-k1: HTTP 400 (TAG_INVALID: ${message}); the name exists there with other content ` +
            "and the repository is immutable: use another name, or delete that one by hand",
        )(error);
      });
    });

    it("a registry that cannot be reached", async () => {
      const gone = await startProxy();
      await gone.stop();
      await assert.rejects(new Registries(policy).repository(`${gone.host}/a`).tags(), {
        message:
          `${gone.host}/a: list tags: the connection failed (ECONNREFUSED); ` +
          `check that ${gone.host} runs and can be reached from here; given up after 3 attempts`,
      });
    });
  });

  describe("tries again", () => {
    it("after 429, not before the time that the registry asks for", async () => {
      const repository = direct("again");
      const digest = await push(sampleImage(), repository, "tag");
      proxy.fault = once({ status: 429, headers: { "retry-after": "1" } });
      const start = performance.now();
      assert.equal(await through("again").manifests.digest("tag"), digest);
      assert.ok(performance.now() - start >= 990);
    });

    it("not when the registry asks to come back much later", async () => {
      proxy.fault = () => ({ status: 429, headers: { "retry-after": "3600" } });
      await assert.rejects(
        anonymous("a").manifests.digest("tag"),
        says(
          "HOST/a: look up tag: HTTP 429; HOST limits how often it may be asked: wait, or log in with an account " +
            "that has a higher limit; the registry asks to come back in 3600 s: run the command again then",
        ),
      );
      assert.equal(proxy.seen.length, 1);
    });

    it("after 500 and a cut connection, and gives up in the end", async () => {
      const digest = await push(sampleImage(), direct("again"), "tag");
      for (const fault of [{ status: 500 }, { status: 503 }, "cut"] as const) {
        proxy.fault = once(fault);
        assert.equal(await through("again").manifests.digest("tag"), digest);
      }
      proxy.reset();
      proxy.fault = () => ({ status: 502 });
      await assert.rejects(
        anonymous("a").manifests.digest("tag"),
        says(
          "HOST/a: look up tag: HTTP 502; HOST is in trouble: run the command again later; given up after 3 attempts",
        ),
      );
      assert.equal(proxy.seen.length, 3);
    });

    it("when a manifest, a list of tags or a small blob breaks off", async () => {
      const image = sampleImage();
      const digest = await push(image, direct("body"), "tag");
      const repository = through("body");
      const { config } = image.manifest.document;
      const reads: [string, () => Promise<unknown>][] = [
        ["get manifest tag", async () => repository.manifests.get("tag")],
        ["list tags", async () => repository.tags()],
        ["get blob", async () => repository.blobs.bytes(config!, 100)],
      ];
      for (const [words, read] of reads) {
        let cuts = 0;
        proxy.fault = ({ headers }) =>
          headers.authorization !== undefined && cuts++ < 2 ? { cutAfter: 5 } : undefined;
        await read();
        assert.ok(cuts > 2, words);
        proxy.fault = () => ({ cutAfter: 5 });
        await assert.rejects(read(), (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(
            error.message,
            new RegExp(`/body: ${words}.*: the connection failed .*; given up after 3 attempts$`),
          );
          return true;
        });
      }
      proxy.reset();
      assert.equal((await repository.manifests.get("tag")).digest, digest);
    });

    it("when a blob breaks off on the way down, and stores it whole", async () => {
      const image = sampleImage(randomBytes(500_000));
      const digest = await push(image, direct("cut"));
      let cuts = 0;
      proxy.fault = ({ method, url }) =>
        method === "GET" && url.includes("/blobs/") && cuts++ < 2 ? { cutAfter: 300 } : undefined;
      await copyImage(through("cut"), direct("cut-copy"), digest);
      assert.ok(cuts > 2);
      assert.equal(await direct("cut-copy").manifests.digest(digest), digest);
    });

    it("when a blob breaks off on the way up, from a new start", async () => {
      const image = sampleImage(randomBytes(500_000));
      const digest = await push(image, direct("up"));
      let cuts = 0;
      proxy.fault = ({ method, url }) =>
        method === "PUT" && url.includes("/blobs/") && cuts++ < 2 ? "cut" : undefined;
      await copyImage(direct("up"), through("up-copy"), digest);
      assert.ok(cuts > 2);
      assert.equal(await direct("up-copy").manifests.digest(digest), digest);
    });

    it("a bounded number of times when a blob always breaks off", async () => {
      const digest = await push(sampleImage(randomBytes(5000)), direct("never"));
      proxy.fault = ({ method, url }) =>
        method === "GET" && url.includes("/blobs/") ? { cutAfter: 10 } : undefined;
      await assert.rejects(
        copyImage(through("never"), direct("never-copy"), digest),
        /get blob sha256:\S+ \(\d+ bytes\): the connection failed \(\S+\); check that .*; given up after 3 attempts/,
      );
      assert.equal(await direct("never-copy").manifests.digest(digest), undefined);
    });
  });

  describe("believes no digest", () => {
    it("of a manifest's bytes, nor of its header", async () => {
      const { digest, bytes } = sampleImage().manifest;
      const wrong = sampleImage().manifest;
      proxy.fault = () => ({ status: 200, body: Buffer.from(wrong.bytes) });
      await assert.rejects(
        anonymous("lies").manifests.get(digest),
        says(
          `HOST/lies@${digest}: expected ${digest}, was sent ${wrong.digest}; nothing of it was used. ` +
            "The registry, or a proxy before it, holds damaged content: push it there again",
        ),
      );
      const headers = { "docker-content-digest": wrong.digest };
      proxy.fault = () => ({ status: 200, headers, body: Buffer.from(bytes) });
      await assert.rejects(
        anonymous("lies").manifests.get("tag"),
        /expected sha256:.*, was sent sha256:/,
      );
      await assert.rejects(
        anonymous("lies").manifests.digest(digest),
        /expected sha256:.*, was sent sha256:/,
      );
    });

    it("of a blob, of which nothing is then stored", async () => {
      const image = sampleImage(randomBytes(3000));
      const digest = await push(image, direct("lie"));
      const layer = image.manifest.document.layers![0]!;
      for (const body of [randomBytes(3000), randomBytes(2999), randomBytes(3001)]) {
        proxy.fault = ({ method, url }) =>
          method === "GET" && url.endsWith(layer.digest) ? { status: 200, body } : undefined;
        await assert.rejects(
          copyImage(through("lie"), direct("lie-copy"), digest),
          /lie: asked for blob sha256:\S+ of 3000 bytes, was sent .*; nothing of it was used/,
        );
        assert.equal(await direct("lie-copy").blobs.has(layer.digest), false);
      }
      assert.equal(await direct("lie-copy").manifests.digest(digest), undefined);
    });
  });

  describe("keeps the login to itself", () => {
    it("when an upload is sent elsewhere", async () => {
      const digest = await push(sampleImage(), direct("upload"));
      proxy.fault = ({ method }) =>
        method === "POST"
          ? { status: 202, headers: { location: `http://${other.host}/v2/upload/blobs/uploads/1` } }
          : undefined;
      await assert.rejects(
        copyImage(direct("upload"), through("elsewhere"), digest),
        /start upload of blob .*: the registry sends the upload to http:\/\/localhost:\d+, not to http:\/\/localhost:\d+; nothing was sent there/,
      );
      assert.deepEqual(other.seen, []);
    });

    it("when a blob lies elsewhere, from where it is fetched without one", async () => {
      const image = sampleImage(randomBytes(300));
      await push(image, direct("redirect"));
      const layer = image.manifest.document.layers![0]!;
      proxy.fault = () => ({ status: 307, headers: { location: `http://${other.host}/stored` } });
      const body = image.blobs.get(layer.digest)!;
      other.fault = () => ({ status: 200, body });
      const repository = through("redirect");
      assert.deepEqual(Buffer.concat(await (await repository.blobs.get(layer)).toArray()), body);
      proxy.fault = ({ authorization }) =>
        authorization === undefined
          ? undefined
          : { status: 307, headers: { location: `http://${other.host}/stored` } };
      await repository.blobs.has(layer.digest);
      assert.deepEqual(
        other.seen.map(({ authorization }) => authorization),
        [undefined, undefined],
      );
      assert.ok(proxy.seen.some(({ authorization }) => authorization !== undefined));
    });

    it("when it is sent to an address without TLS, or round and round", async () => {
      proxy.fault = () => ({ status: 302, headers: { location: "http://example.com/" } });
      await assert.rejects(
        anonymous("a").blobs.has(sha256(Buffer.from("x"))),
        /redirected to no https address/,
      );
      proxy.fault = ({ url }) => ({ status: 302, headers: { location: url } });
      await assert.rejects(
        anonymous("a").blobs.has(sha256(Buffer.from("x"))),
        /redirected more than 5 times/,
      );
      assert.equal(proxy.seen.length, 7);
    });
  });

  describe("logs in with tokens", () => {
    const challenge = (): Fault => ({
      status: 401,
      headers: { "www-authenticate": `Bearer realm="http://${other.host}/token",service="reg"` },
    });

    it("once for many requests, and again when one is refused in the middle", async () => {
      const image = sampleImage();
      let valid = "t1";
      other.fault = () => ({ status: 200, body: JSON.stringify({ token: valid }) });
      proxy.fault = ({ authorization }) =>
        authorization === `Bearer ${valid}`
          ? { status: 200, body: Buffer.from(image.manifest.bytes) }
          : challenge();
      const repository = through("tokens");
      for (let index = 0; index < 3; index++) await repository.manifests.get("tag");
      assert.equal(other.seen.length, 1);
      valid = "t2";
      await repository.manifests.get("tag");
      assert.deepEqual(
        other.seen.map(({ url }) => url),
        Array(2).fill("/token?service=reg&scope=repository%3Atokens%3Apull%2Cpush"),
      );
      const basic = Buffer.from(`slipway:${registry.password}`).toString("base64");
      assert.equal(other.seen[0]?.authorization, `Basic ${basic}`);
    });

    it("and says when the token server refuses the login", async () => {
      other.fault = () => ({ status: 401, body: '{"details":"incorrect username or password"}' });
      proxy.fault = challenge;
      await assert.rejects(
        through("tokens", "marker").manifests.digest("tag"),
        says(
          `HOST/tokens: log in at ${other.host}: HTTP 401; ` +
            `the login configured for HOST was refused: check that it is right and not expired; ${where}`,
        ),
      );
    });

    it("and gives up when a fresh token is refused too", async () => {
      other.fault = () => ({ status: 200, body: '{"token":"t"}' });
      proxy.fault = challenge;
      await assert.rejects(
        through("tokens").manifests.digest("tag"),
        /look up tag: HTTP 401; the login configured/,
      );
      assert.ok(proxy.seen.length <= 3);
    });
  });

  it("reads Retry-After in seconds and as a date", () => {
    const now = Date.UTC(2026, 0, 1, 12);
    assert.equal(parseRetryAfter("120", now), 120_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 12:00:30 GMT", now), 30_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 11:00:00 GMT", now), 0);
    assert.equal(parseRetryAfter("soon", now), undefined);
    assert.equal(parseRetryAfter(undefined, now), undefined);
  });
});
