/* What registries, and networks, may do wrong: played by servers on this machine. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  downloadBlobs,
  type Downloaded,
  type DownloadOptions,
  type DownloadProgress,
  type DownloadSource,
} from "../../../../cli/cache/download/download-blobs.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { sha256 } from "../../../../oci/digest.ts";
import type { Descriptor } from "../../../../oci/media-types.ts";
import { Registries } from "../../../../oci/registries.ts";
import type { RetryPolicy } from "../../../../oci/retry.ts";
import { RenewedLogin } from "../../../../oci/renewed-login.ts";
import { UserError } from "../../../../rules/problems.ts";
import { BreakingRegistry, type Fault, type Seen } from "./breaking-registry.ts";

const policy = { attempts: 3, delay: 2, longestDelay: 5, longestRetryAfter: 1500 };
/** For what is silent; a busy machine is, too. */
const impatient = { ...policy, patience: 400 };
const MIB = 1024 * 1024;
/** A segment of 32 MiB and one of 8. */
const large = Buffer.concat(Array<Buffer>(4).fill(randomBytes(10 * MIB)), 40 * MIB);
const small = randomBytes(300_000);

describe("a download of blobs", function () {
  this.timeout(60_000);
  let folder: string;
  let store: Store;
  let first: BreakingRegistry;
  let second: BreakingRegistry;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-download-"));
    store = await Store.create(join(folder, "store"));
    first = await BreakingRegistry.start();
    second = await BreakingRegistry.start();
  });
  afterEach(async () => {
    await Promise.all([first.stop(), second.stop()]);
    await rm(folder, { recursive: true });
  });

  const sourceOf = (
    registry: BreakingRegistry,
    login?: RenewedLogin | { username: string; password: string },
    retries: RetryPolicy = policy,
  ): DownloadSource => ({
    name: `${registry.host}/a`,
    repository: new Registries(retries).repository(
      `${registry.host}/a`,
      login === undefined ? {} : { [registry.host]: login },
    ),
  });
  /** From both registries, the first one first. */
  const download = (
    blobs: readonly Descriptor[],
    options: DownloadOptions & { readonly sources?: readonly DownloadSource[] } = {},
  ): Promise<Downloaded> => {
    const { sources = [sourceOf(first), sourceOf(second)], ...rest } = options;
    return store.writing(() => downloadBlobs(store, blobs, sources, rest));
  };
  const isStored = async (blob: Descriptor): Promise<void> => {
    assert.equal(sha256(await readFile(store.blobPath(blob.digest))), blob.digest);
    assert.deepEqual(await readdir(join(store.folder, "partial")), []);
  };
  const isNotStored = async (blob: Descriptor): Promise<void> =>
    assert.equal(await store.has(blob), false);
  const times = (count: number, fault: Fault): ((seen: Seen) => Fault | undefined) => {
    let left = count;
    return () => (left-- > 0 ? fault : undefined);
  };
  /** Bytes that were asked for, of a blob of this size. */
  const asked = (registry: BreakingRegistry, size: number): number =>
    registry.seen.reduce(
      (sum, { range }) => sum + (range === undefined ? size : range[1] + 1 - range[0]),
      0,
    );

  it("brings small blobs whole and large ones in segments, an empty one not at all", async () => {
    const blobs = [large, small, Buffer.alloc(0)].map((content) => first.add(content));
    const told: DownloadProgress[] = [];
    const done = await download(blobs, { onProgress: (progress) => told.push(progress) });
    const total = large.length + small.length;
    const { sources, ...bytes } = done;
    assert.deepEqual(bytes, { bytesFetched: total, bytesWritten: total, present: 0 });
    assert.deepEqual(
      sources.map(({ name }) => name),
      [`${first.host}/a`],
    );
    for (const blob of blobs) await isStored(blob);
    // What is undefined comes last.
    assert.deepEqual(
      first.seen.map(({ range }) => range).toSorted((a, b) => (a?.[0] ?? 0) - (b?.[0] ?? 0)),
      [[0, 32 * MIB - 1], [32 * MIB, 40 * MIB - 1], undefined],
    );
    assert.deepEqual(told.at(-1), { total, done: total, fetched: total });
    assert.deepEqual(second.seen, []);
  });

  it("asks for nothing that the store has, nor for a blob twice that is listed twice", async () => {
    const blob = first.add(small);
    await download([blob, blob]);
    assert.deepEqual(await download([blob]), {
      bytesFetched: 0,
      bytesWritten: 0,
      present: small.length,
      sources: [],
    });
    assert.equal(first.seen.length, 1);
  });

  it("has six connections at most, over all blobs and their segments", async () => {
    const contents = Array.from({ length: 24 }, () => randomBytes(2 * MIB));
    const blobs = contents.map((content) => first.add(content));
    await download([...blobs.slice(0, 12), first.add(large), ...blobs.slice(12)]);
    assert.ok(first.mostAtOnce <= 6, `${first.mostAtOnce}`);
    assert.ok(first.mostAtOnce > 1);
  });

  it("brings a blob once that two downloads need at the same time", async () => {
    const blob = first.add(large);
    await Promise.all([download([blob]), download([blob])]);
    await isStored(blob);
    assert.equal(asked(first, blob.size), large.length);
  });

  it("refuses a list that gives one blob two sizes", async () => {
    const blob = first.add(small);
    await assert.rejects(
      download([blob, { ...blob, size: 7 }]),
      /is listed with 300000 bytes and with 7; /,
    );
    assert.deepEqual(first.seen, []);
  });

  describe("goes on", () => {
    it("where a connection was cut, with no byte asked for twice that came", async () => {
      const blob = first.add(large);
      first.fault = ({ range }) =>
        (range?.[0] ?? 0) % (32 * MIB) === 0 ? { cutAfter: 5 * MIB } : undefined;
      const done = await download([blob]);
      await isStored(blob);
      assert.equal(first.seen.length, 4);
      assert.equal(done.bytesWritten, large.length);
      assert.equal(done.bytesFetched, large.length);
      assert.ok(first.seen.some(({ range }) => (range?.[0] ?? 0) % (32 * MIB) !== 0));
    });

    it("as often as it takes, as long as each connection brings something", async () => {
      const blob = first.add(large);
      first.fault = () => ({ cutAfter: 6 * MIB });
      await download([blob]);
      await isStored(blob);
      assert.deepEqual(second.seen, []);
    });

    it("in the next run where a run ended, with what is missing alone", async () => {
      const blob = first.add(large);
      first.fault = ({ range }) => ((range?.[0] ?? 0) >= 32 * MIB ? { status: 500 } : undefined);
      const sources = [sourceOf(first)];
      await assert.rejects(download([blob], { sources }), /HTTP 500.*given up after 3 attempts/);
      await isNotStored(blob);
      first.fault = () => undefined;
      first.seen.length = 0;
      const told: DownloadProgress[] = [];
      const done = await download([blob], { sources, onProgress: (at) => told.push(at) });
      await isStored(blob);
      assert.equal(asked(first, blob.size), 8 * MIB);
      assert.equal(done.bytesFetched, 8 * MIB);
      assert.deepEqual(told[0], { total: 40 * MIB, done: 32 * MIB, fetched: 0 });
    });

    it("after a silence and after a trickle", async () => {
      const blob = first.add(small);
      for (const fault of [{ stallAfter: 1000 }, { stallAfter: 0 }, "trickle"] as const) {
        first.seen.length = 0;
        first.fault = times(1, fault);
        await download([blob], { sources: [sourceOf(first, undefined, impatient)] });
        await isStored(blob);
        assert.equal(first.seen.length, 2);
        await rm(store.blobPath(blob.digest));
      }
    });

    it("with the next registry when one is silent for good, and says so", async () => {
      const blob = second.add(small);
      first.add(small);
      const lines: string[] = [];
      first.fault = () => "trickle";
      const sources = [sourceOf(first, undefined, impatient), sourceOf(second)];
      await download([blob], { sources, onFallback: (line) => lines.push(line) });
      await isStored(blob);
      assert.equal(lines.length, 1);
      assert.match(
        lines[0]!,
        /^localhost:\d+\/a: get blob sha256:\S+ \(300000 bytes\)\S*.* bytes a second came for 1 s; .*; given up after 3 attempts; localhost:\d+\/a is asked instead$/,
      );
    });
  });

  describe("takes a blob whole, once", () => {
    for (const [name, fault] of [
      ["200", "whole"],
      ["416", { status: 416 }],
      ["another range", { contentRange: `bytes 0-9/${large.length}` }],
      ["a range of another whole", { contentRange: "bytes 0-33554431/33554432" }],
      ["no range at all", { contentRange: "" }],
    ] as const) {
      it(`from a registry that answers to a range with ${name}`, async () => {
        const blob = first.add(large);
        first.fault = ({ range }) => (range === undefined ? undefined : fault);
        const done = await download([blob]);
        await isStored(blob);
        assert.equal(done.bytesWritten, large.length);
        assert.equal(first.seen.filter(({ range }) => range === undefined).length, 1);
        assert.deepEqual(second.seen, []);
      });
    }

    it("from its beginning again when that breaks off, and writes no byte twice", async () => {
      const blob = first.add(large);
      let cuts = 0;
      first.fault = ({ range }) =>
        range !== undefined ? "whole" : cuts++ < 2 ? { cutAfter: 15 * MIB * cuts } : undefined;
      const done = await download([blob]);
      await isStored(blob);
      assert.equal(done.bytesWritten, large.length);
      assert.ok(done.bytesFetched > large.length);
    });
  });

  describe("asks the next registry", () => {
    it("for the one blob that a registry does not have", async () => {
      const [both, one] = [randomBytes(1000), randomBytes(2000)];
      second.add(both);
      const blobs = [first.add(both), second.add(one)];
      const lines: string[] = [];
      await download(blobs, { onFallback: (line) => lines.push(line) });
      for (const blob of blobs) await isStored(blob);
      assert.equal(second.seen.length, 1);
      assert.match(lines.join("\n"), /^localhost:\d+\/a: get blob .*: HTTP 404; .* instead$/);
    });

    it("for everything when a registry refuses the login", async () => {
      const blobs = Array.from({ length: 20 }, () => second.add(randomBytes(1000)));
      first.fault = () => ({ status: 403 });
      const lines: string[] = [];
      await download(blobs, { onFallback: (line) => lines.push(line) });
      for (const blob of blobs) await isStored(blob);
      assert.equal(lines.length, 1);
      assert.ok(first.seen.length <= 6);
    });

    it("for the segments that are missing when a registry breaks down in the middle", async () => {
      const blob = first.add(large);
      second.add(large);
      first.fault = ({ range }) => (range?.[0] === 0 ? undefined : { status: 503 });
      const { sources } = await download([blob]);
      await isStored(blob);
      assert.equal(asked(second, blob.size), 8 * MIB);
      assert.deepEqual(
        sources.map(({ name }) => name),
        [`${first.host}/a`, `${second.host}/a`],
      );
    });

    it("at once when a registry wants to be asked much later", async () => {
      const blob = second.add(small);
      first.fault = () => ({ status: 429, headers: { "retry-after": "3600" } });
      const lines: string[] = [];
      await download([blob], { onFallback: (line) => lines.push(line) });
      await isStored(blob);
      assert.equal(first.seen.length, 1);
      assert.match(lines.join(), /HTTP 429.* asks to come back in 3600 s/);
    });

    it("and when none has it, gives every reason", async () => {
      first.fault = () => ({ status: 403 });
      const blob = { mediaType: "x", digest: sha256(small), size: small.length };
      await assert.rejects(download([blob]), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /^no registry gives blob sha256:\S+:\n- localhost:\d+\/a: .*HTTP 403.*\n- localhost:\d+\/a: .*HTTP 404/,
        );
        return true;
      });
    });
  });

  it("leaves a registry alone, with all its connections, as long as it asks", async () => {
    const blobs = Array.from({ length: 12 }, () => first.add(randomBytes(1000)));
    let refused = 0;
    first.fault = () =>
      refused++ < 6 ? { status: 429, headers: { "retry-after": "1" } } : undefined;
    await download(blobs);
    for (const blob of blobs) await isStored(blob);
    const [early, late] = [first.seen.slice(0, 6), first.seen.slice(6)];
    assert.equal(late.length, 12);
    const latestRefusal = Math.max(...early.map(({ at }) => at));
    for (const { at } of late) assert.ok(at - latestRefusal >= 950, `${at - latestRefusal}`);
  });

  describe("stores nothing that is damaged", () => {
    const changed = (content: Buffer): Buffer => {
      const copy = Buffer.from(content);
      copy[content.length >> 1]! ^= 1;
      return copy;
    };

    it("but takes it from the next registry, and says so", async () => {
      for (const content of [small, large]) {
        const blob = first.add(content);
        second.add(content);
        first.fault = () => ({ content: changed(content) });
        const lines: string[] = [];
        await download([blob], { onFallback: (line) => lines.push(line) });
        await isStored(blob);
        assert.match(
          lines.join("\n"),
          /^localhost:\d+\/a: asked for sha256:\S+ of \d+ bytes, was sent content with digest sha256:\S+; .* instead$/,
        );
      }
    });

    it("nor asks for ever, and names who sent it", async () => {
      const blob = first.add(small);
      second.add(small);
      first.fault = second.fault = () => ({ content: changed(small) });
      await assert.rejects(download([blob]), (error) => {
        assert.ok(error instanceof UserError);
        assert.ok(error.message.startsWith(`${first.host}/a: asked for ${blob.digest}`));
        assert.match(error.message, /it came damaged 3 times, first: localhost/);
        return true;
      });
      assert.deepEqual([first.seen.length, second.seen.length], [2, 1]);
      await isNotStored(blob);
      await assert.rejects(
        download([blob], { sources: [sourceOf(first)] }),
        /it came damaged 2 times/,
      );
      assert.equal(first.seen.length, 4);
    });

    it("but takes it from a third registry after two sent damage", async () => {
      const third = await BreakingRegistry.start();
      try {
        const blob = third.add(small);
        for (const registry of [first, second]) {
          registry.add(small);
          registry.fault = () => ({ content: changed(small) });
        }
        const lines: string[] = [];
        const sources = [sourceOf(first), sourceOf(second), sourceOf(third)];
        await download([blob], { sources, onFallback: (line) => lines.push(line) });
        await isStored(blob);
        assert.deepEqual(
          [first, second, third].map(({ seen }) => seen.length),
          [1, 1, 1],
        );
        assert.equal(lines.length, 2);
      } finally {
        await third.stop();
      }
    });

    it("though an earlier run left damage and the other registry does not have it", async () => {
      const blob = first.add(large);
      first.fault = ({ range }) =>
        range?.[0] === 0 ? { content: changed(large) } : { status: 500 };
      await assert.rejects(download([blob], { sources: [sourceOf(first)] }), /HTTP 500/);
      first.fault = () => undefined;
      await download([blob]);
      await isStored(blob);
      assert.ok(second.seen.length > 0);
    });

    it("nor what is too short or too long", async () => {
      const blob = first.add(small);
      for (const content of [small.subarray(1), Buffer.concat([small, small])]) {
        first.seen.length = 0;
        first.fault = () => ({ content });
        await assert.rejects(
          download([blob], { sources: [sourceOf(first)] }),
          /was sent \S+ bytes in place of 300000; .*damaged content/,
        );
        assert.equal(first.seen.length, 1);
        await isNotStored(blob);
      }
    });

    it("though an earlier run left damage, which is fetched anew even from the only registry", async () => {
      const blob = first.add(large);
      first.fault = ({ range }) =>
        range?.[0] === 0 ? { content: changed(large) } : { status: 500 };
      const sources = [sourceOf(first)];
      await assert.rejects(download([blob], { sources }), /HTTP 500/);
      first.fault = () => undefined;
      await download([blob], { sources });
      await isStored(blob);
    });
  });

  describe("keeps its right to ask", () => {
    const login = (password: string) => ({ username: "AWS", password });
    const basic = (password: string): string =>
      `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
    const unauthorized: Fault = {
      status: 401,
      headers: { "www-authenticate": 'Basic realm="ecr",service="ecr.amazonaws.com"' },
    };

    for (const [name, over] of [
      ["401", unauthorized],
      [
        "403, as ECR does",
        {
          status: 403,
          body: '{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}',
        },
      ],
    ] as const) {
      it(`by another token where one is over in the middle, told with ${name}`, async () => {
        const blobs = [first.add(large), first.add(small)];
        let valid = "token-1";
        let tokens = 0;
        const renewed = new RenewedLogin(async () => {
          tokens += 1;
          return { credentials: login(`token-${tokens}`) };
        });
        let served = 0;
        first.fault = ({ authorization }) => {
          if (authorization === undefined) return unauthorized;
          if (authorization !== basic(valid)) return over;
          served += 1;
          if (served === 2) valid = "token-2";
          return undefined;
        };
        await download(blobs, { sources: [sourceOf(first, renewed)] });
        for (const blob of blobs) await isStored(blob);
        assert.equal(tokens, 2);
      });
    }

    it("but asks a bounded number of times where no token is taken", async () => {
      const blobs = Array.from({ length: 12 }, () => first.add(randomBytes(1000)));
      let tokens = 0;
      const renewed = new RenewedLogin(async () => ({
        credentials: login(`token-${++tokens}`),
        // As a stand-in for AWS says.
        expires: Date.UTC(2015, 0, 1),
      }));
      first.fault = () => unauthorized;
      await assert.rejects(
        download(blobs, { sources: [sourceOf(first, renewed)] }),
        /HTTP 401.*the login configured for \S+ was refused/,
      );
      assert.ok(tokens <= 13, `${tokens}`);
      assert.ok(first.seen.length <= 18, `${first.seen.length}`);
    });

    it("where the signed address of a store of blobs is over, by another one", async () => {
      const blob = second.add(large);
      let signed = 0;
      first.fault = ({ path }) => ({
        status: 307,
        headers: { location: `http://${second.host}${path}?signature=${(signed += 1)}` },
      });
      const uses = new Map<string, number>();
      const over = new Set<number | undefined>();
      second.fault = ({ query, range }) => {
        uses.set(query, (uses.get(query) ?? 0) + 1);
        const isOver = !over.has(range?.[0]);
        over.add(range?.[0]);
        return isOver
          ? { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" }
          : { cutAfter: 9 * MIB };
      };
      await download([blob], { sources: [sourceOf(first, { username: "a", password: "marker" })] });
      await isStored(blob);
      assert.ok([...uses.values()].every((count) => count === 1));
      assert.ok(second.seen.every(({ authorization }) => authorization === undefined));
    });

    it("and says who refused where every address is", async () => {
      const blob = first.add(small);
      first.fault = ({ path }) => ({
        status: 307,
        headers: { location: `http://${second.host}${path}?signature=marker` },
      });
      second.fault = () => ({ status: 403 });
      await assert.rejects(download([blob], { sources: [sourceOf(first)] }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          new RegExp(`HTTP 403 from ${second.host}, where ${first.host}`),
        );
        assert.ok(!error.message.includes("marker"));
        return true;
      });
    });
  });

  it("blames no registry for a disk that fails", async () => {
    const blob = first.add(large);
    second.add(large);
    const full = new UserError("the disk is full");
    const broken = Object.create(store, {
      has: { value: () => store.has(blob) },
      partial: {
        value: async () => {
          const partial = await store.partial(blob);
          if (partial !== undefined) {
            partial.write = async () => {
              throw full;
            };
          }
          return partial;
        },
      },
    }) as Store;
    const lines: string[] = [];
    await assert.rejects(
      downloadBlobs(broken, [blob], [sourceOf(first), sourceOf(second)], {
        onFallback: (line) => lines.push(line),
      }),
      full,
    );
    assert.deepEqual(lines, []);
    assert.deepEqual(second.seen, []);
  });
});
