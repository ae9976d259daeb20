/* What names stand for: aliases, a float, and names that two writers put at once. */
import assert from "node:assert/strict";
import { imageNameProvider } from "../../../provider/image-name.ts";
import { push, sampleImage, sampleImageFor } from "../oci/sample-image.ts";
import { TwoRegistries } from "./two-registries.ts";

const urn = "urn:pulumi:test::slipway::slipway:index:ImageName::a";

interface State {
  readonly digest: string;
  readonly contentDigest: string;
  readonly references: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string>>;
}

describe("the names of an image", () => {
  let two: TwoRegistries;
  const provider = imageNameProvider({
    retryPolicy: { attempts: 2, delay: 2, longestDelay: 5, longestRetryAfter: 100 },
  });
  before(async function () {
    this.timeout(180_000); // the registry is built once
    two = await TwoRegistries.start();
  });
  after(() => two.stop());
  beforeEach(() => two.next());

  const built = async (...tags: string[]): Promise<string> =>
    push(sampleImage(), two.client(two.authority), ...tags);
  const inputs = (digest: string, changes: object = {}): Record<string, unknown> => ({
    platforms: ["linux/amd64"],
    sources: { "linux/amd64": `${two.authority}@${digest}` },
    contentName: "a-k1",
    aliases: ["a-t1"],
    registries: [
      { repository: two.authority, floatingNames: [] },
      { repository: two.mirror, floatingNames: ["a", "a-main"] },
    ],
    credentials: two.credentials,
    ...changes,
  });
  const create = async (news: object): Promise<State> =>
    (await provider.create(urn, news)).outs as State;
  const update = async (olds: object, news: object): Promise<State> =>
    (await provider.update("a", urn, olds, news)).outs as State;
  const read = async (state: object): Promise<State> =>
    (await provider.read("a", urn, state)).props as State;
  const diff = async (olds: object, news: object): Promise<readonly string[]> =>
    (await provider.diff("a", urn, olds, news)).diffs;
  /** Says of a state that nothing is to be done, and that this is also so after a refresh. */
  const assertSettled = async (state: State, news: object): Promise<void> => {
    assert.deepEqual(await diff(state, news), []);
    const found = await read(state);
    assert.deepEqual(found, state);
    assert.deepEqual(await diff(found, news), []);
  };
  const remove = async (repository: string, digest: string): Promise<void> => {
    const [host = "", path = ""] = repository.replace(two.proxy.host, two.second.host).split("/");
    const { username, password } = two.second;
    const login = Buffer.from(`${username}:${password}`).toString("base64");
    const url = `http://${host}/v2/${path}/manifests/${digest}`;
    const headers = { authorization: `Basic ${login}` };
    assert.equal((await fetch(url, { method: "DELETE", headers })).status, 202);
  };

  describe("alias", () => {
    it("is put beside the content's name, on every registry", async () => {
      const news = inputs(await built());
      const state = await create(news);
      for (const repository of [two.authority, two.mirror]) {
        assert.equal(await two.at(repository, "a-t1"), state.digest);
        assert.equal(state.names[`${repository}:a-t1`], state.digest);
      }
      await assertSettled(state, news);
    });

    it("stays where it is when it has other content, and settles so", async () => {
      const before = await built("a-t1");
      const news = inputs(await built());
      const state = await create(news);
      assert.notEqual(state.digest, before);
      for (const repository of [two.authority, two.mirror]) {
        assert.equal(await two.at(repository, "a-t1"), before);
        assert.equal(await two.at(repository, "a-k1"), state.digest);
      }
      await assertSettled(state, news);
    });

    it("stays where it is when registries differ about it, and settles so", async () => {
      const before = await built("a-t1");
      const other = await push(sampleImage(), two.client(two.mirror), "a-t1");
      const news = inputs(await built());
      const state = await create(news);
      assert.equal(await two.at(two.authority, "a-t1"), before);
      assert.equal(await two.at(two.mirror, "a-t1"), other);
      await assertSettled(state, news);
    });

    it("of an immutable repository that another writer takes first is theirs", async () => {
      const theirs = sampleImage();
      const registries = [{ repository: two.mirror, floatingNames: [] }];
      const news = inputs(await built(), { registries });
      const errors = [{ code: "TAG_INVALID", message: "tag already exists and is immutable" }];
      let refused = false;
      two.proxy.fault = async ({ method, url }) => {
        if (refused || method !== "PUT" || !url.endsWith("/a-t1")) return undefined;
        refused = true;
        await push(theirs, two.client(two.mirror), "a-t1");
        return { status: 400, body: JSON.stringify({ errors }) };
      };
      const state = await create(news);
      assert.equal(state.names[`${two.mirror}:a-t1`], theirs.manifest.digest);
      assert.notEqual(state.digest, theirs.manifest.digest);
      await assertSettled(state, news);
    });

    it("that was removed is put again", async () => {
      const before = await built("a-t1");
      const news = inputs(await built());
      const state = await create(news);
      await remove(two.mirror, before);
      const found = await read(state);
      assert.deepEqual(await diff(found, news), ["names"]);
      assert.deepEqual(await update(found, news), state);
      assert.equal(await two.at(two.mirror, "a-t1"), before);
    });

    it("that is added or dropped is a change, and dropping it leaves it where it is", async () => {
      const news = inputs(await built());
      const state = await create(news);
      const without = inputs(state.digest, { aliases: [] });
      assert.deepEqual(await diff(state, without), ["aliases"]);
      await assertSettled(await update(state, without), without);
      assert.equal(await two.at(two.mirror, "a-t1"), state.digest);
    });
  });

  describe("float", () => {
    it("moves floating names to older content, and no other name", async () => {
      const older = await create(inputs(await built()));
      const news = inputs(await built(), { contentName: "a-k2", aliases: [], float: older.digest });
      const state = await update(older, news);
      assert.equal(state.digest, older.digest);
      assert.notEqual(state.contentDigest, older.digest);
      assert.equal(await two.at(two.mirror, "a"), older.digest);
      assert.equal(await two.at(two.mirror, "a-main"), older.digest);
      assert.equal(await two.at(two.mirror, "a-k2"), state.contentDigest);
      assert.equal(await two.at(two.mirror, "a-k1"), older.digest);
      assert.deepEqual(state.references, {
        [two.authority]: `${two.authority}@${older.digest}`,
        [two.mirror]: `${two.mirror}@${older.digest}`,
      });
      await assertSettled(state, news);
    });

    it("that is removed moves them back to the content, which needs no source any more", async () => {
      const older = await create(inputs(await built()));
      const source = await built();
      const news = inputs(source, { contentName: "a-k2", aliases: [], float: older.digest });
      const rolledBack = await update(older, news);
      const rebuilt = inputs(await built(), { contentName: "a-k2", aliases: [] });
      assert.deepEqual(await diff(rolledBack, rebuilt), ["float"]);
      const state = await update(rolledBack, rebuilt);
      assert.equal(state.digest, rolledBack.contentDigest);
      assert.equal(state.digest, source);
      assert.equal(await two.at(two.mirror, "a"), state.digest);
      await assertSettled(state, rebuilt);
    });

    it("is brought to every registry of the image from the one that has it", async () => {
      const float = await push(sampleImage(), two.client(two.mirror));
      const news = inputs(await built(), { float });
      const state = await create(news);
      assert.equal(await two.at(two.authority, float), float);
      assert.equal(state.references[two.authority], `${two.authority}@${float}`);
      await remove(two.authority, float);
      const found = await read(state);
      assert.deepEqual(found.references, { [two.mirror]: `${two.mirror}@${float}` });
      assert.deepEqual(await diff(found, news), ["names"]);
      assert.deepEqual(await update(found, news), state);
    });

    it("that is on none of the registries is refused, and nothing moves", async () => {
      const older = await create(inputs(await built()));
      const float = sampleImage().manifest.digest;
      await assert.rejects(update(older, inputs(await built(), { contentName: "a-k2", float })), {
        name: "UserError",
        message:
          `float of a-k2: ${float} is on none of ${two.authority}, ${two.mirror}; ` +
          "write the digest of an image that was published there before and not deleted since, or remove float",
      });
      assert.equal(await two.at(two.mirror, "a"), older.digest);
      assert.equal(await two.at(two.mirror, "a-k2"), undefined);
    });
  });

  describe("content's name with two writers", () => {
    /** Their content gets the name when ours asks for the first time in this way. */
    const interfere = (asks: (method: string, url: string) => boolean): string => {
      const theirs = sampleImageFor("linux/amd64");
      let done = false;
      two.proxy.fault = async ({ method, url }) => {
        if (done || !asks(method, url)) return undefined;
        done = true;
        await push(theirs, two.client(two.mirror), "a-k1");
        return undefined;
      };
      return theirs.manifest.digest;
    };
    const news = async (): Promise<object> =>
      inputs(await built(), {
        registries: [{ repository: two.mirror, floatingNames: ["a"] }],
        aliases: [],
      });
    const namesAre = async (digest: string, state: State): Promise<void> => {
      assert.equal(state.digest, digest);
      assert.equal(await two.at(two.mirror, "a-k1"), digest);
      assert.equal(await two.at(two.mirror, "a"), digest);
    };

    it("is the other's, who put it while our content was on its way", async () => {
      const theirs = interfere((method, url) => method === "PUT" && url.includes("/sha256:"));
      await namesAre(theirs, await create(await news()));
    });

    it("is the other's, who put it right after us", async () => {
      // The look at the name after our own put of it.
      let put = false;
      const theirs = interfere((method, url) => {
        if (!url.endsWith("/a-k1")) return false;
        if (method === "PUT") put = true;
        return put && method === "HEAD";
      });
      await namesAre(theirs, await create(await news()));
    });

    it("that never comes to rest is a fault in words, and moves no floating name", async () => {
      two.proxy.fault = async ({ method, url }) => {
        if (method === "HEAD" && url.endsWith("/a-k1")) {
          await push(sampleImage(), two.client(two.mirror), "a-k1");
        }
        return undefined;
      };
      await assert.rejects(create(await news()), {
        name: "UserError",
        message:
          `${two.mirror}:a-k1 has other content each time it is looked at, and should never move: ` +
          "find out who writes it, and let one run finish before the next",
      });
      assert.equal(await two.at(two.mirror, "a"), undefined);
    });

    it("that an immutable repository keeps elsewhere than the first registry is a fault in words", async () => {
      const first = await built("a-k1");
      const kept = await push(sampleImage(), two.client(two.mirror), "a-k1");
      const errors = [{ code: "TAG_INVALID", message: "tag already exists and is immutable" }];
      two.proxy.fault = ({ method, url }) =>
        method === "PUT" && url.endsWith("/a-k1")
          ? { status: 400, body: JSON.stringify({ errors }) }
          : undefined;
      await assert.rejects(create(inputs(await built())), {
        message:
          `${two.mirror}:a-k1 has ${kept}, which this registry does not let go, ` +
          `and another registry of the image has ${first}: delete one of the two names by hand`,
      });
    });
  });
});
