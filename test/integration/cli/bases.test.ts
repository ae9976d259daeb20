/*
 * Bases on real registries of this machine: what a check says, what a bump writes, what a mirror holds. What this does not
 * prove: that Docker Hub answers as these registries do.
 */
import assert from "node:assert/strict";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BaseEntry } from "../../../cli/bases/base-entries.ts";
import { planBump, writeBump } from "../../../cli/bases/bump-bases.ts";
import { checkBases, isFault } from "../../../cli/bases/check-bases.ts";
import { mirrorBases, mirrorTag } from "../../../cli/bases/mirror-bases.ts";
import { type LoginOf, resolveBases } from "../../../cli/bases/resolve-bases.ts";
import { sha256 } from "../../../oci/digest.ts";
import type { Manifest } from "../../../oci/manifests.ts";
import { Registries } from "../../../oci/registries.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { type Proxy, startProxy } from "../oci/proxy.ts";
import { manifestOf, push, sampleImage } from "../oci/sample-image.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const quick = { attempts: 3, delay: 1, longestDelay: 2, longestRetryAfter: 5000 };
const absent = sha256(Buffer.from("nothing"));

describe("the bases of images", function () {
  this.timeout(60_000);
  let source: TestRegistry;
  let own: TestRegistry;
  let hub: Proxy;
  let folder: string;
  before(async () => {
    [source, own] = await Promise.all([startRegistry(), startRegistry()]);
    hub = await startProxy(source.port);
  });
  after(async () => {
    await hub.stop();
    await Promise.all([source.stop(), own.stop()]);
  });
  beforeEach(async () => {
    hub.reset();
    folder = await mkdtemp(join(tmpdir(), "slipway-bases-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const loginOf: LoginOf = async () => ({ username: source.username, password: source.password });
  const repository = (path: string, registry = source) =>
    new Registries(quick).repository(`${registry.host}/${path}`, registry.credentials, "push");
  const entry = (more: Partial<BaseEntry>): BaseEntry => ({
    family: "builder",
    name: "base",
    image: `${hub.host}/library/ubuntu:1`,
    digest: "unresolved",
    platforms: ["linux/amd64"],
    file: join(folder, "image.yaml"),
    ...more,
  });
  const resolve = (entries: readonly BaseEntry[]) =>
    resolveBases(entries, new Registries(quick), loginOf);
  const check = async (...entries: readonly BaseEntry[]) =>
    checkBases(entries, await resolve(entries));
  /** An index of images for these platforms, with what attestations look like; pushed under a tag. */
  async function pushIndex(
    path: string,
    tag: string,
    ...platforms: readonly string[]
  ): Promise<string> {
    const to = repository(path);
    const manifests = [];
    for (const platform of [...platforms, "unknown/unknown"]) {
      const image = sampleImage();
      await push(image, to);
      const { mediaType, digest, bytes } = image.manifest;
      const [os, architecture, variant] = platform.split("/");
      manifests.push({
        mediaType,
        digest,
        size: bytes.length,
        platform: { os, architecture, variant },
      });
    }
    const index: Manifest = manifestOf(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
    for (const name of [index.digest, tag]) await to.manifests.put(name, index);
    return index.digest;
  }
  const requests = () =>
    hub.seen
      .filter(({ authorization }) => authorization !== undefined)
      .map(({ method, url }) => `${method} ${url}`);

  it("are up to date, moved, gone, unresolved, or without their tag", async () => {
    const old = await push(sampleImage(), repository("library/ubuntu"), "1");
    const now = await push(sampleImage(), repository("library/ubuntu"), "1");
    const image = `${hub.host}/library/ubuntu:2`;
    const found = await check(
      entry({ digest: now }),
      entry({ digest: old }),
      entry({ digest: absent }),
      entry({}),
      entry({ digest: old, image }),
    );
    assert.deepEqual(
      found.map(({ state, newDigest }) => [state, newDigest]),
      [
        ["up to date", undefined],
        ["moved", now],
        ["gone", now],
        ["unresolved", now],
        ["no tag", undefined],
      ],
    );
    assert.deepEqual(found.map(isFault), [false, false, true, true, true]);
  });

  it("are asked for once for each image, however many families stand on it", async () => {
    const digest = await pushIndex("library/debian", "1", "linux/amd64");
    const image = `${hub.host}/library/debian:1`;
    await check(
      entry({ image, digest }),
      entry({ image, family: "other" }),
      entry({ image, digest }),
    );
    assert.deepEqual(requests(), ["GET /v2/library/debian/manifests/1"]);
  });

  it("are pinned to their index, which must hold every platform of the family", async () => {
    const digest = await pushIndex("library/many", "1", "linux/amd64", "linux/arm64/v8");
    const image = `${hub.host}/library/many:1`;
    const both = ["linux/amd64", "linux/arm64"];
    const found = await check(
      entry({ image, digest, platforms: both }),
      entry({ image, digest, platforms: [...both, "linux/s390x"] }),
    );
    assert.deepEqual(
      found.map(({ state, note }) => [state, note]),
      [
        ["up to date", undefined],
        [
          "lacks platform",
          "no image for linux/s390x, which the family is built for; it has linux/amd64, linux/arm64/v8",
        ],
      ],
    );
    const single = await push(sampleImage(), repository("library/single"), "1");
    const [one] = await check(
      entry({ image: `${hub.host}/library/single:1`, digest: single, platforms: ["linux/arm64"] }),
    );
    assert.equal(one?.state, "lacks platform");
  });

  it("are asked for again after 429, and not asked where a registry refuses or is away", async () => {
    const digest = await pushIndex("library/busy", "1", "linux/amd64");
    const busy = entry({ image: `${hub.host}/library/busy:1`, digest });
    let left = 2;
    hub.fault = () =>
      (left -= 1) >= 0 ? { status: 429, headers: { "retry-after": "0" } } : undefined;
    assert.equal((await check(busy))[0]?.state, "up to date");
    const away = await startProxy();
    const host = away.host;
    await away.stop();
    hub.fault = () => ({ status: 403 });
    const found = await check(busy, entry({ image: `${host}/library/x:1`, digest }));
    assert.deepEqual(
      found.map(({ state }) => state),
      ["not asked", "not asked"],
    );
    assert.match(found[0]?.note ?? "", /HTTP 403/);
    assert.match(found[1]?.note ?? "", /ECONNREFUSED/);
  });

  describe("that are bumped", () => {
    const write = async (family: string, text: string) => {
      await mkdir(join(folder, family), { recursive: true });
      await writeFile(join(folder, family, "image.yaml"), text);
      return join(folder, family, "image.yaml");
    };

    it("change in their files and nothing else does, and a second time nothing", async () => {
      const digest = await pushIndex("library/bump", "1", "linux/amd64");
      const image = `${hub.host}/library/bump:1`;
      const yaml = (pinned: string) =>
        `bases: { base: { image: "${image}", digest: ${pinned} } } # note\n`;
      const file = await write("builder", yaml("unresolved"));
      const entries = [entry({ image, file })];
      const files = await planBump(entries, await resolve(entries));
      assert.equal(await readFile(file, "utf8"), yaml("unresolved"));
      await writeBump(files);
      assert.equal(await readFile(file, "utf8"), yaml(digest));
      const again = [entry({ image, file, digest })];
      assert.deepEqual(await planBump(again, await resolve(again)), []);
    });

    it("are refused when they leave instructions for later builds, which no key sees", async () => {
      const configuration = Buffer.from(
        JSON.stringify({
          architecture: "amd64",
          os: "linux",
          config: { OnBuild: ["COPY . /app"] },
        }),
      );
      const config = {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: sha256(configuration),
        size: configuration.length,
      };
      const document = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [] };
      const manifest = manifestOf(MANIFEST, document);
      const blobs = new Map([[config.digest, configuration]]);
      await push({ manifest, blobs }, repository("library/onbuild"));
      const platform = { os: "linux", architecture: "amd64" };
      const { digest, bytes } = manifest;
      const child = { mediaType: MANIFEST, digest, size: bytes.length, platform };
      const index = manifestOf(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: [child] });
      await repository("library/onbuild").manifests.put("1", index);
      await repository("library/onbuild").manifests.put("2", manifest);
      for (const tag of ["1", "2"]) {
        const image = `${hub.host}/library/onbuild:${tag}`;
        const file = await write("builder", `bases: { base: { image: x, digest: unresolved } }`);
        const entries = [entry({ image, file })];
        const resolutions = await resolveBases(entries, new Registries(quick), loginOf, true);
        await assert.rejects(planBump(entries, resolutions), {
          message: /bases\.base: .* leaves "ONBUILD COPY \. \/app" to what is built on it/,
        });
      }
    });

    it("are written in all files or in none", async () => {
      await pushIndex("library/some", "1", "linux/amd64");
      const image = `${hub.host}/library/some:1`;
      const text = `bases:\n  base: { image: "${image}", digest: unresolved }\n`;
      const [a, b] = [await write("a", text), await write("b", text)];
      const entries = [
        entry({ image, file: a, family: "a" }),
        entry({ image: `${hub.host}/library/some:2`, file: b, family: "b" }),
        entry({ image, file: b, family: "b", name: "other", platforms: ["linux/arm64"] }),
      ];
      await assert.rejects(planBump(entries, await resolve(entries)), {
        name: "UserError",
        message:
          /^images\/b\/image\.yaml: 2 problems\n {2}bases\.base: .*:2 is not on its registry.*\n {2}bases\.other: .* no image for linux\/arm64.*\nno file was changed$/,
      });
      const files = await planBump(entries.slice(0, 1), await resolve(entries.slice(0, 1)));
      const [first] = files;
      assert.ok(first !== undefined);
      const unwritable = { ...first, file: join(folder, "absent/folder/image.yaml") };
      await assert.rejects(writeBump([first, unwritable]));
      assert.equal(await readFile(a, "utf8"), text);
    });
  });

  describe("that are mirrored", () => {
    const mirror = (bases: readonly { image: string; digest: string }[], dryRun = false) =>
      mirrorBases(bases, new Registries(quick), {
        repository: `${own.host}/acme/bases`,
        loginOf,
        dryRun,
        say: () => undefined,
      });

    it("are whole under a name of their own, and pulled once", async () => {
      const digest = await pushIndex("library/mirrored", "1", "linux/amd64", "linux/arm64");
      const bases = [{ image: `${hub.host}/library/mirrored:1`, digest }];
      assert.deepEqual(
        (await mirror(bases, true)).map(({ state }) => state),
        ["to copy"],
      );
      assert.deepEqual(hub.seen, []);
      const [copied] = await mirror(bases);
      assert.equal(copied?.state, "copied");
      assert.equal(copied.mirror, `${own.host}/acme/bases@${digest}`);
      const to = repository("acme/bases", own);
      assert.equal(await to.manifests.digest(mirrorTag(digest)), digest);
      hub.reset();
      assert.deepEqual(
        (await mirror(bases)).map(({ state }) => state),
        ["there"],
      );
      assert.deepEqual(hub.seen, []);
    });

    it("get their name again when it was lost, without another pull", async () => {
      const digest = await push(sampleImage(), repository("library/named"), "1");
      await push(sampleImage(), repository("acme/bases", own), mirrorTag(digest));
      const image = `${hub.host}/library/named:1`;
      await mirror([{ image, digest }]);
      await push(sampleImage(), repository("acme/bases", own), mirrorTag(digest));
      hub.reset();
      assert.equal((await mirror([{ image, digest }]))[0]?.state, "copied");
      assert.deepEqual(hub.seen, []);
      assert.equal(await repository("acme/bases", own).manifests.digest(mirrorTag(digest)), digest);
    });

    it("fail one by one", async () => {
      const digest = await push(sampleImage(), repository("library/fine"), "1");
      const image = `${hub.host}/library/fine:1`;
      const found = await mirror([
        { image, digest: absent },
        { image, digest },
      ]);
      assert.deepEqual(
        found.map(({ state }) => state),
        ["failed", "copied"],
      );
      assert.match(found[0]?.reason ?? "", /HTTP 404/);
    });
  });
});
