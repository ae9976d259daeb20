/* In process, as the embedded engine runs it, on real registries; plugin.test.ts has the way of the Pulumi CLI. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { imageNameProvider } from "../../../provider/image-name.ts";
import { startProxy, type Proxy, type Seen } from "../oci/proxy.ts";
import { push, sampleImage, sampleIndex } from "../oci/sample-image.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";

const urn = "urn:pulumi:test::slipway::slipway:index:AcceleratorImage$slipway:index:ImageName::a";
const policy = { attempts: 2, delay: 2, longestDelay: 5, longestRetryAfter: 100 };

interface State {
  readonly digest: string;
  readonly references: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string>>;
  readonly unverified?: readonly string[];
  readonly credentials: object;
}

describe("ImageName", () => {
  let first: TestRegistry;
  let second: TestRegistry;
  /** Before the second registry: records, and fails when told to. */
  let proxy: Proxy;
  const started: { stop(): Promise<unknown> }[] = [];
  const provider = imageNameProvider({ retryPolicy: policy });
  const direct = new Registries(policy);
  let path = "";
  let tests = 0;

  before(async function () {
    this.timeout(180_000); // the registry is built once
    started.push((first = await startRegistry()), (second = await startRegistry()));
    started.push((proxy = await startProxy(second.port)));
  });
  after(() => Promise.all(started.map((server) => server.stop())));
  beforeEach(() => {
    proxy.reset();
    path = `image${++tests}`;
  });

  const authority = (): string => `${first.host}/${path}`;
  const mirror = (): string => `${proxy.host}/${path}`;
  const client = (repository: string): RepositoryClient =>
    direct.repository(repository.replace(proxy.host, second.host), credentials(), "push");
  const credentials = (): Record<string, { username: string; password: string }> => {
    const { username, password } = second;
    return {
      ...first.credentials,
      ...second.credentials,
      [proxy.host]: { username, password },
    };
  };
  const built = async (): Promise<string> => push(sampleImage(), client(authority()));
  const inputs = (digest: string, changes: object = {}): Record<string, unknown> => ({
    platforms: ["linux/amd64"],
    sources: { "linux/amd64": `${authority()}@${digest}` },
    contentName: "a-k1",
    aliases: [],
    registries: [
      { repository: authority(), floatingNames: [] },
      { repository: mirror(), floatingNames: ["a", "a-main"] },
    ],
    credentials: credentials(),
    ...changes,
  });
  const create = async (digest: string, changes?: object): Promise<State> =>
    (await provider.create(urn, inputs(digest, changes))).outs as State;
  const update = async (olds: object, news: object): Promise<State> =>
    (await provider.update("a", urn, olds, news)).outs as State;
  const read = async (state: object): Promise<State> =>
    (await provider.read("a", urn, state)).props as State;
  const diff = async (olds: object, news: object): Promise<readonly string[]> => {
    const difference = await provider.diff("a", urn, olds, news);
    const { changes, diffs, replaces } = difference;
    assert.equal(changes, diffs.length > 0);
    assert.deepEqual(replaces, []);
    return diffs;
  };
  /** What is really there. */
  const names = async (): Promise<Record<string, string | undefined>> => ({
    "first a-k1": await client(authority()).manifests.digest("a-k1"),
    "second a-k1": await client(mirror()).manifests.digest("a-k1"),
    "second a": await client(mirror()).manifests.digest("a"),
    "second a-main": await client(mirror()).manifests.digest("a-main"),
  });
  const everywhere = (digest: string | undefined): Record<string, string | undefined> => ({
    "first a-k1": digest,
    "second a-k1": digest,
    "second a": digest,
    "second a-main": digest,
  });
  const writes = (): readonly Seen[] =>
    proxy.seen.filter(({ method }) => !["GET", "HEAD"].includes(method));
  const puts = (kind: "blobs" | "manifests"): string[] =>
    writes()
      .filter(({ method, url }) => method === "PUT" && url.includes(`/${kind}/`))
      .map(({ url }) => url.split("/").at(-1) ?? "");
  const remove = async (repository: string, digest: string): Promise<void> => {
    const { username, password } = second;
    const host = repository.split("/")[0]!.replace(proxy.host, second.host);
    const response = await fetch(`http://${host}/v2/${path}/manifests/${digest}`, {
      method: "DELETE",
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      },
    });
    assert.equal(response.status, 202);
  };

  describe("create", () => {
    it("puts the content's name and the floating names on every registry", async () => {
      const digest = await built();
      const created = await provider.create(urn, inputs(digest));
      assert.equal(created.id, "a");
      assert.deepEqual(created.outs, {
        ...inputs(digest),
        digest,
        contentDigest: digest,
        references: {
          [authority()]: `${authority()}@${digest}`,
          [mirror()]: `${mirror()}@${digest}`,
        },
        names: {
          [`${authority()}:a-k1`]: digest,
          [`${mirror()}:a-k1`]: digest,
          [`${mirror()}:a`]: digest,
          [`${mirror()}:a-main`]: digest,
        },
      });
      assert.deepEqual(await names(), everywhere(digest));
    });

    it("brings content first, then its name, then the floating names", async () => {
      const digest = await built();
      await create(digest);
      assert.deepEqual(puts("manifests"), [digest, "a-k1", "a", "a-main"]);
      const lastBlob = writes().findLastIndex(({ url }) => url.includes("/blobs/"));
      assert.ok(lastBlob < writes().findIndex(({ url }) => url.includes("/manifests/")));
    });

    it("uploads content once, however many repositories of a registry carry it", async () => {
      const digest = await built();
      const repositories = [authority(), mirror(), `${mirror()}/other`];
      await create(digest, {
        registries: repositories.map((repository) => ({ repository, floatingNames: ["a"] })),
      });
      assert.equal(puts("blobs").length, 3);
      assert.equal(await client(`${mirror()}/other`).manifests.digest("a"), digest);
    });

    it("adopts what has the content's name on the first registry: the first writer wins", async () => {
      const before = await push(sampleImage(), client(authority()), "a-k1");
      const state = await create(await built());
      assert.equal(state.digest, before);
      assert.deepEqual(await names(), everywhere(before));
    });

    it("adopts what has it on a later registry alone, as when the first one lost it", async () => {
      const before = await push(sampleImage(), client(mirror()), "a-k1");
      const state = await create(await built());
      assert.equal(state.digest, before);
      assert.deepEqual(await names(), everywhere(before));
    });

    it("moves a content's name on a later registry to the first one's content", async () => {
      const before = await push(sampleImage(), client(authority()), "a-k1");
      await push(sampleImage(), client(mirror()), "a-k1");
      await create(await built());
      assert.deepEqual(await names(), everywhere(before));
    });

    it("copies an index with all its images", async () => {
      const images = [sampleImage(), sampleImage()];
      for (const image of images) await push(image, client(authority()));
      const index = sampleIndex(images);
      await client(authority()).manifests.put(index.digest, index);
      await create(index.digest);
      assert.equal(await client(mirror()).manifests.digest("a"), index.digest);
      for (const { manifest } of images) {
        assert.equal(await client(mirror()).manifests.digest(manifest.digest), manifest.digest);
      }
    });

    it("takes content from wherever it still is", async () => {
      const image = sampleImage();
      const digest = await push(image, client(mirror()));
      await create(digest);
      assert.deepEqual(await names(), everywhere(digest));
    });

    it("says so when the content is nowhere", async () => {
      const { digest } = sampleImage().manifest;
      await assert.rejects(create(digest), {
        name: "UserError",
        message:
          `${authority()}@${digest} is not there, nor on ${mirror()}: ` +
          "the image was deleted since it was built. Build it again: raise epoch in its image.yaml, or pulumi up --replace with the URN of its docker-build Image",
      });
      assert.deepEqual(await names(), everywhere(undefined));
    });

    it("writes nothing when all is in place", async () => {
      const digest = await built();
      await create(digest);
      proxy.reset();
      await create(digest);
      assert.deepEqual(writes(), []);
    });

    it("lets go of its own build when another writer names the content in the meantime", async () => {
      const theirs = sampleImage();
      const digest = await push(sampleImage(), client(authority()));
      const immutable = JSON.stringify({
        errors: [{ code: "TAG_INVALID", message: "tag 'a-k1' already exists and is immutable" }],
      });
      // The proxy is the first registry here, and gets the other content just before ours.
      let refused = false;
      proxy.fault = async ({ method, url }) => {
        if (refused || method !== "PUT" || !url.endsWith("/manifests/a-k1")) return undefined;
        refused = true;
        await push(theirs, client(mirror()), "a-k1");
        return { status: 400, body: immutable };
      };
      const state = await create(digest, {
        registries: [{ repository: mirror(), floatingNames: ["a"] }],
      });
      assert.equal(state.digest, theirs.manifest.digest);
      assert.equal(await client(mirror()).manifests.digest("a"), theirs.manifest.digest);
    });
  });

  describe("under faults of a registry", () => {
    const steps: readonly [string, (seen: Seen) => boolean][] = [
      ["the look-up", ({ method }) => method === "HEAD"],
      ["the start of an upload", ({ method }) => method === "POST"],
      ["an upload", ({ method, url }) => method === "PUT" && url.includes("/blobs/")],
      ["the manifest", ({ method, url }) => method === "PUT" && url.includes("/manifests/sha256:")],
      ["the content's name", ({ method, url }) => method === "PUT" && url.endsWith("/a-k2")],
      ["the first floating name", ({ method, url }) => method === "PUT" && url.endsWith("/a")],
      ["the last floating name", ({ method, url }) => method === "PUT" && url.endsWith("/a-main")],
    ];
    for (const [step, matches] of steps) {
      it(`at ${step}: every name is old or new, and the next run ends it`, async () => {
        const before = await built();
        const state = await create(before);
        const after = await built();
        const news = inputs(after, { contentName: "a-k2" });
        proxy.fault = (seen) => (matches(seen) ? { status: 500 } : undefined);
        await assert.rejects(update(state, news), /HTTP 500; .*given up after 2 attempts/);
        const second = client(mirror());
        for (const tag of ["a", "a-main"]) {
          const digest = await second.manifests.digest(tag);
          assert.ok(digest === before || digest === after, `${tag} is at ${digest}`);
          if (digest === after) assert.equal(await second.manifests.digest(after), after);
        }
        assert.equal(await second.manifests.digest("a-k1"), before);

        proxy.reset();
        await update(state, news);
        assert.equal(await second.manifests.digest("a-k2"), after);
        assert.equal(await second.manifests.digest("a"), after);
        assert.equal(await second.manifests.digest("a-main"), after);
      });
    }

    it("tells of all registries that fail", async () => {
      const digest = await built();
      const wrong = { username: "x", password: "y" };
      const failing = create(digest, {
        credentials: { ...credentials(), [second.host]: wrong, [proxy.host]: wrong },
        registries: [
          { repository: authority(), floatingNames: [] },
          { repository: mirror(), floatingNames: [] },
          { repository: `${second.host}/${path}`, floatingNames: [] },
        ],
      });
      await assert.rejects(failing, (error: Error) => {
        assert.equal(error.message.match(/was refused/g)?.length, 2);
        return true;
      });
    });
  });

  describe("diff", () => {
    it("sees no change in another login, nor in where the same content was built again", async () => {
      const state = await create(await built());
      const again = inputs(await built(), {
        credentials: { [first.host]: { username: "other", password: "other" } },
      });
      proxy.reset();
      assert.deepEqual(await diff(state, again), []);
      assert.deepEqual(proxy.seen, []);
    });

    it("sees no change in a preview that does not know the build and the login yet", async () => {
      const state = await create(await built());
      const news = inputs(state.digest, {
        sources: rpc.unknownValue,
        credentials: rpc.unknownValue,
      });
      assert.deepEqual(await diff(state, news), []);
    });

    it("sees other content, and other names and registries", async () => {
      const state = await create(await built());
      assert.deepEqual(await diff(state, inputs(state.digest, { contentName: "a-k2" })), [
        "contentName",
      ]);
      assert.deepEqual(await diff(state, inputs(state.digest, { contentName: rpc.unknownValue })), [
        "contentName",
      ]);
      const registries = [{ repository: authority(), floatingNames: ["a"] }];
      assert.deepEqual(await diff(state, inputs(state.digest, { registries })), ["registries"]);
    });
  });

  describe("refresh", () => {
    it("finds names that were moved or removed by hand, which up puts back", async () => {
      const state = await create(await built());
      const news = inputs(state.digest);
      const moved = await push(sampleImage(), client(mirror()), "a");
      const found = await read(state);
      assert.deepEqual(found, { ...state, names: { ...state.names, [`${mirror()}:a`]: moved } });
      assert.deepEqual(await diff(found, news), ["names"]);
      assert.deepEqual((await update(found, news)).names, state.names);
      assert.deepEqual(await names(), everywhere(state.digest));

      await remove(mirror(), state.digest);
      const gone = await read(state);
      assert.deepEqual(gone.names, { [`${authority()}:a-k1`]: state.digest });
      assert.deepEqual(gone.references, { [authority()]: `${authority()}@${state.digest}` });
      assert.deepEqual(await diff(gone, news), ["names"]);
      await update(gone, news);
      assert.deepEqual(await names(), everywhere(state.digest));
    });

    it("finds nothing where all content is gone, and up takes what was built again", async () => {
      const state = await create(await built());
      await remove(authority(), state.digest);
      await remove(mirror(), state.digest);
      const found = await read(state);
      assert.deepEqual([found.names, found.references], [{}, {}]);
      const again = await built();
      assert.deepEqual(await diff(found, inputs(again)), ["names"]);
      await update(found, inputs(again));
      assert.deepEqual(await names(), everywhere(again));
    });

    it("is a fault, not a missing name, when a registry cannot be reached", async () => {
      const state = await create(await built());
      for (const fault of ["cut", { status: 503 }] as const) {
        proxy.fault = () => fault;
        await assert.rejects(read(state), /given up after 2 attempts/);
      }
    });

    it("leaves the names of a registry that refuses the recorded login to the next diff", async () => {
      const state = await create(await built());
      const stale = {
        ...state,
        credentials: { ...credentials(), [proxy.host]: { username: "x", password: "expired" } },
      };
      const found = await read(stale);
      assert.deepEqual(found, { ...stale, unverified: [mirror()] });
      assert.deepEqual(await diff(found, inputs(state.digest)), []);

      await push(sampleImage(), client(mirror()), "a");
      assert.deepEqual(await diff(found, inputs(state.digest)), ["names"]);
      await assert.rejects(
        diff(found, inputs(state.digest, { credentials: stale.credentials })),
        /the login configured for localhost:\d+ was refused/,
      );
      const updated = await update(found, inputs(state.digest));
      assert.equal(updated.unverified, undefined);
      assert.deepEqual(await names(), everywhere(state.digest));
    });
  });

  it("gives the first content its names back when a later change is reverted", async () => {
    const a = await create(await built());
    const b = await update(a, inputs(await built(), { contentName: "a-k2" }));
    assert.notEqual(b.digest, a.digest);
    // Built again from the same source, with other bytes.
    const rebuilt = inputs(await built());
    assert.deepEqual(await diff(b, rebuilt), ["contentName"]);
    const reverted = await update(b, rebuilt);
    assert.equal(reverted.digest, a.digest);
    assert.deepEqual(await names(), everywhere(a.digest));
    assert.deepEqual(await diff(await read(reverted), rebuilt), []);
  });

  it("deletes by forgetting: every name and all content stays", async () => {
    const state = await create(await built());
    proxy.reset();
    await provider.delete("a", urn, state);
    assert.deepEqual(proxy.seen, []);
    assert.deepEqual(await names(), everywhere(state.digest));
  });

  it("serves many images at the same time, sending a layer they share once", async () => {
    const shared = randomBytes(1000);
    const digests = await Promise.all(
      [1, 2, 3, 4].map(() => push(sampleImage(shared, randomBytes(20)), client(authority()))),
    );
    proxy.reset();
    await Promise.all(
      digests.map((digest, index) =>
        create(digest, {
          contentName: `c${index}`,
          registries: [
            { repository: authority(), floatingNames: [] },
            { repository: mirror(), floatingNames: [`f${index}`] },
          ],
        }),
      ),
    );
    assert.equal(puts("blobs").length, 6, "one configuration, the shared layer and four more");
  });

  describe("check", () => {
    const failures = async (news: object): Promise<string[]> =>
      ((await provider.check(urn, {}, news)).failures ?? []).map(
        ({ property, reason }) => `${property}: ${reason}`,
      );

    it("finds every fault at once, and shows no credential", async () => {
      assert.deepEqual(
        await failures({
          platforms: ["linux/amd64", "amd64", "linux/amd64", "linux/arm64"],
          sources: { "linux/amd64": "ghcr.io/a:tag", "linux/s390x": 7 },
          contentName: "a b",
          aliases: ["a b", "t"],
          registries: [
            { repository: "a", floatingNames: ["x", "x", "-"] },
            { repository: "ghcr.io/a", floatingNames: "x" },
            { repository: "ghcr.io/a", floatingNames: ["a b", "t"] },
            7,
          ],
          float: "latest",
          credentials: { "ghcr.io": { username: "u", password: 5 }, "docker.io": "marker" },
          tags: [],
        }),
        [
          "tags: is not a property of ImageName; it has platforms, sources, contentName, aliases, registries, float, credentials",
          'platforms[1]: "amd64" is not a platform; write e.g. linux/amd64',
          'platforms[2]: "linux/amd64" is listed twice',
          'sources["amd64"]: missing; write where it was pushed, host/path@sha256:...',
          'sources["linux/arm64"]: missing; write where it was pushed, host/path@sha256:...',
          'sources["linux/amd64"]: "ghcr.io/a:tag" has no digest; write host/path@sha256:...',
          'sources["linux/s390x"]: 7; write where the content was pushed, host/path@sha256:...',
          'sources["linux/s390x"]: not one of the platforms',
          'contentName: "a b" is not a tag (letters, digits, "_ . -", at most 128, not first "." or "-")',
          'aliases[0]: "a b" is not a tag (letters, digits, "_ . -", at most 128, not first "." or "-")',
          'aliases[0]: "a b" is a name of the content itself, which never moves',
          'registries[0].repository: "a" names no registry: write it in full, e.g. docker.io/library/a',
          'registries[0].floatingNames[1]: "x" is listed twice',
          'registries[0].floatingNames[2]: "-" is not a tag (letters, digits, "_ . -", at most 128, not first "." or "-")',
          'registries[1].floatingNames: "x"; write a list of tags, [] for none',
          'registries[2].repository: "ghcr.io/a" is listed twice; join the two entries',
          'registries[2].floatingNames[0]: "a b" is not a tag (letters, digits, "_ . -", at most 128, not first "." or "-")',
          'registries[2].floatingNames[0]: "a b" is a name of the content itself, which never moves',
          'registries[2].floatingNames[1]: "t" is a name of the content itself, which never moves',
          "registries[3]: 7; write { repository, floatingNames }",
          'float: "latest" is not a digest (sha256: and 64 hex digits); leave it out for none',
          'credentials["ghcr.io"].password: missing or not text; a login has a username and a password',
          'credentials["docker.io"].username: missing or not text; a login has a username and a password',
          'credentials["docker.io"].password: missing or not text; a login has a username and a password',
        ],
      );
      assert.deepEqual(await failures({}), [
        "platforms: missing; list at least one, e.g. linux/amd64",
        "sources: missing; write { platform: host/path@sha256:... }",
        'contentName: missing; write a tag (letters, digits, "_ . -", at most 128, not first "." or "-")',
        "aliases: missing; write a list of tags, [] for none",
        "registries: missing; list at least one { repository, floatingNames }",
        "credentials: not an object; write { host: { username, password } }, {} for none",
      ]);
    });

    it("takes what is not known yet for right, wherever it is", async () => {
      const unknown = rpc.unknownValue;
      assert.deepEqual(
        await failures({
          platforms: unknown,
          sources: unknown,
          contentName: unknown,
          aliases: unknown,
          registries: unknown,
          float: unknown,
          credentials: unknown,
        }),
        [],
      );
      assert.deepEqual(
        await failures({
          platforms: ["linux/amd64", unknown],
          sources: { "linux/amd64": unknown, "linux/arm64": unknown },
          contentName: "a",
          aliases: [unknown],
          registries: [
            unknown,
            { repository: unknown, floatingNames: unknown },
            { repository: "ghcr.io/a", floatingNames: [unknown] },
          ],
          credentials: {
            "ghcr.io": unknown,
            "docker.io": { username: unknown, password: unknown },
          },
        }),
        [],
      );
    });
  });

  it("cannot be imported", async () => {
    await assert.rejects(provider.read("a", urn, {}), {
      name: "UserError",
      message:
        "a (slipway:index:ImageName): an ImageName cannot be imported: declare it and run up, which adopts what is there",
    });
  });
});
