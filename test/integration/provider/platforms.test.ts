import assert from "node:assert/strict";
import type { ImageNameInputs } from "../../../provider/image-name-inputs.ts";
import { publish, type Published } from "../../../provider/publish.ts";
import type { RepositoryClient } from "../../../oci/registries.ts";
import {
  dockerImageFor,
  push,
  sampleImageFor,
  sampleWithProvenance,
  type SampleImage,
} from "../oci/sample-image.ts";
import { TwoRegistries } from "./two-registries.ts";

describe("an image of several platforms", () => {
  let two: TwoRegistries;
  before(async function () {
    this.timeout(180_000); // the registry is built once
    two = await TwoRegistries.start();
  });
  after(() => two.stop());
  beforeEach(() => two.next());

  const inputs = (sources: Record<string, string>, changes: object = {}): ImageNameInputs => ({
    platforms: ["linux/amd64", "linux/arm64"],
    sources: Object.fromEntries(
      Object.entries(sources).map(([platform, digest]) => [platform, `${two.authority}@${digest}`]),
    ),
    contentName: "a-k1",
    aliases: [],
    registries: [
      { repository: two.authority, floatingNames: [] },
      { repository: two.mirror, floatingNames: ["a"] },
    ],
    credentials: two.credentials,
    ...changes,
  });
  const built = async (platform: string): Promise<string> =>
    push(sampleImageFor(platform), two.client(two.authority));
  const published = async (asked: ImageNameInputs): Promise<Published> => {
    const result = await publish(asked, two.registries);
    assert.ok(!("missing" in result), "all is there");
    return result;
  };
  const entries = async (
    repository: string,
    reference: string,
  ): Promise<readonly Record<string, unknown>[]> => {
    const { bytes, mediaType } = await two.client(repository).manifests.get(reference);
    assert.equal(mediaType, "application/vnd.oci.image.index.v1+json");
    const document = JSON.parse(Buffer.from(bytes).toString()) as {
      manifests: Record<string, unknown>[];
    };
    return document.manifests;
  };
  const pushAll = async (images: readonly SampleImage[], to: RepositoryClient): Promise<void> => {
    for (const image of images) await push(image, to);
  };

  it("is an index of them, on every registry, each with its platform", async () => {
    const sources = {
      "linux/amd64": await built("linux/amd64"),
      "linux/arm64": await built("linux/arm64"),
    };
    const { digest, contentDigest, names } = await published(inputs(sources));
    assert.equal(digest, contentDigest);
    assert.deepEqual(names, {
      [`${two.authority}:a-k1`]: digest,
      [`${two.mirror}:a-k1`]: digest,
      [`${two.mirror}:a`]: digest,
    });
    for (const repository of [two.authority, two.mirror]) {
      assert.equal(await two.at(repository, "a-k1"), digest);
      const listed = await entries(repository, digest);
      assert.deepEqual(
        listed.map((entry) => [entry["digest"], entry["platform"]]),
        [
          [sources["linux/amd64"], { os: "linux", architecture: "amd64" }],
          [sources["linux/arm64"], { os: "linux", architecture: "arm64" }],
        ],
      );
      for (const entry of listed) {
        assert.notEqual(await two.at(repository, String(entry["digest"])), undefined);
      }
    }
  });

  it("keeps each platform's content under a name of its own, on the first registry", async () => {
    const sources = {
      "linux/amd64": await built("linux/amd64"),
      "linux/arm64": await built("linux/arm64"),
    };
    await published(inputs(sources));
    assert.equal(await two.at(two.authority, "a-k1-amd64"), sources["linux/amd64"]);
    assert.equal(await two.at(two.authority, "a-k1-arm64"), sources["linux/arm64"]);
    assert.equal(await two.at(two.mirror, "a-k1-amd64"), undefined);
  });

  it("takes a variant from the image's configuration", async () => {
    const sources = {
      "linux/arm/v7": await built("linux/arm/v7"),
      "linux/amd64": await built("linux/amd64"),
    };
    const platforms = ["linux/arm/v7", "linux/amd64"];
    const { digest } = await published(inputs(sources, { platforms }));
    assert.equal(await two.at(two.authority, "a-k1-arm-v7"), sources["linux/arm/v7"]);
    assert.deepEqual(
      (await entries(two.mirror, digest)).map(({ platform }) => platform),
      [
        { os: "linux", architecture: "amd64" },
        { os: "linux", architecture: "arm", variant: "v7" },
      ],
    );
  });

  it("lists what indexes list in their place, attestations with what is said of them", async () => {
    const [amd, arm] = [sampleWithProvenance("linux/amd64"), sampleWithProvenance("linux/arm64")];
    const client = two.client(two.authority);
    for (const { index, images } of [amd, arm]) {
      await pushAll(images, client);
      await client.manifests.put(index.digest, index);
    }
    const { digest } = await published(
      inputs({ "linux/amd64": amd.index.digest, "linux/arm64": arm.index.digest }),
    );
    assert.deepEqual(await entries(two.mirror, digest), [...amd.entries, ...arm.entries]);
    assert.equal(await two.at(two.authority, "a-k1-amd64"), amd.index.digest);
  });

  it("has one digest, whoever makes it and in whatever order its platforms are listed", async () => {
    const sources = {
      "linux/amd64": await built("linux/amd64"),
      "linux/arm64": await built("linux/arm64"),
    };
    const { digest } = await published(inputs(sources));
    const platforms = ["linux/arm64", "linux/amd64"];
    const again = await published(inputs(sources, { platforms, contentName: "a-k2" }));
    assert.equal(again.digest, digest);
  });

  it("keeps the first writer's index, and asks for no source once it is there", async () => {
    const sources = {
      "linux/amd64": await built("linux/amd64"),
      "linux/arm64": await built("linux/arm64"),
    };
    const first = await published(inputs(sources));
    const again = { ...sources, "linux/arm64": await built("linux/arm64") };
    assert.deepEqual(await published(inputs(again)), first);
    assert.deepEqual(await published(inputs({})), first);
  });

  it("keeps the first writer's content of each platform", async () => {
    const sources = {
      "linux/amd64": await built("linux/amd64"),
      "linux/arm64": await built("linux/arm64"),
    };
    await publish(inputs({ "linux/amd64": sources["linux/amd64"] }), two.registries);
    const { digest } = await published(
      inputs({ ...sources, "linux/amd64": await built("linux/amd64") }),
    );
    const listed = await entries(two.authority, digest);
    assert.deepEqual(
      listed.map((entry) => entry["digest"]),
      Object.values(sources),
    );
  });

  it("joins content of Docker's media types that is named already and new content of OCI's", async () => {
    const old = await push(dockerImageFor("linux/amd64"), two.client(two.authority));
    await publish(inputs({ "linux/amd64": old }), two.registries);
    const rebuilt = await built("linux/amd64");
    const arm = await built("linux/arm64");
    const { digest } = await published(inputs({ "linux/amd64": rebuilt, "linux/arm64": arm }));
    for (const repository of [two.authority, two.mirror]) {
      assert.deepEqual(
        (await entries(repository, digest)).map((entry) => [entry["digest"], entry["mediaType"]]),
        [
          [old, "application/vnd.docker.distribution.manifest.v2+json"],
          [arm, "application/vnd.oci.image.manifest.v1+json"],
        ],
      );
    }
    const there = await two.client(two.mirror).manifests.get(old);
    assert.equal(there.mediaType, "application/vnd.docker.distribution.manifest.v2+json");
  });

  it("keeps the content that has the name, of Docker's media types too", async () => {
    const one = { platforms: ["linux/amd64"] };
    const old = await push(dockerImageFor("linux/amd64"), two.client(two.authority));
    const first = await published(inputs({ "linux/amd64": old }, one));
    const rebuilt = await built("linux/amd64");
    assert.deepEqual(await published(inputs({ "linux/amd64": rebuilt }, one)), first);
    assert.equal(first.digest, old);
  });

  it("waits for all platforms, and is made by whoever brings the last", async () => {
    const amd = await built("linux/amd64");
    const result = await publish(inputs({ "linux/amd64": amd }), two.registries);
    assert.deepEqual(result, {
      missing: ["linux/arm64"],
      names: { [`${two.authority}:a-k1-amd64`]: amd },
    });
    assert.equal(await two.at(two.authority, "a-k1"), undefined);
    assert.deepEqual(two.writes, []);
    assert.deepEqual(await publish(inputs({}), two.registries), result);

    const arm = await built("linux/arm64");
    const { digest } = await published(inputs({ "linux/arm64": arm }));
    const listed = await entries(two.mirror, digest);
    assert.deepEqual(
      listed.map((entry) => entry["digest"]),
      [amd, arm],
    );
  });

  it("is made by one of two runs that bring a platform each at the same time", async () => {
    const registries = [{ repository: two.mirror, floatingNames: [] }];
    const amd = inputs({ "linux/amd64": await built("linux/amd64") }, { registries });
    const arm = inputs({ "linux/arm64": await built("linux/arm64") }, { registries });
    let other: unknown;
    two.proxy.fault = async ({ method, url }) => {
      if (other !== undefined || method !== "PUT" || !url.endsWith("/a-k1-arm64")) return undefined;
      other = "under way";
      other = await publish(amd, two.registries);
      return undefined;
    };
    await published(arm);
    assert.ok(typeof other === "object" && other !== null && "missing" in other);
  });

  it("finds a platform's content on a later registry, when the first one lost it", async () => {
    const amd = await push(sampleImageFor("linux/amd64"), two.client(two.mirror), "a-k1-amd64");
    await published(inputs({ "linux/arm64": await built("linux/arm64") }));
    assert.equal(await two.at(two.authority, "a-k1-amd64"), amd);
  });

  it("refuses content of another platform than it is said to be, and names nothing", async () => {
    const amd = await built("linux/amd64");
    await assert.rejects(
      publish(inputs({ "linux/amd64": amd, "linux/arm64": amd }), two.registries),
      {
        name: "UserError",
        message:
          `${two.authority}@${amd} is linux/amd64, and was given as the image for linux/arm64; ` +
          "nothing was named. Build it for linux/arm64",
      },
    );
    assert.equal(await two.at(two.authority, "a-k1-arm64"), undefined);
    assert.equal(await two.at(two.authority, "a-k1"), undefined);
    const one = { platforms: ["linux/arm64"] };
    await assert.rejects(
      publish(inputs({ "linux/arm64": amd }, one), two.registries),
      /is linux\/amd64, and was given as the image for linux\/arm64/,
    );
    assert.equal(await two.at(two.authority, "a-k1"), undefined);
  });

  it("says what is missing of an image of one platform too", async () => {
    const one = inputs({}, { platforms: ["linux/amd64"] });
    assert.deepEqual(await publish(one, two.registries), { missing: ["linux/amd64"], names: {} });
  });

  it("is whole after a fault at any step, once it is published again", async () => {
    const sources = {
      "linux/amd64": await built("linux/amd64"),
      "linux/arm64": await built("linux/arm64"),
    };
    const asked = inputs(sources, {
      registries: [
        { repository: two.mirror, floatingNames: ["a"] },
        { repository: two.authority, floatingNames: [] },
      ],
    });
    let step = 0;
    for (let failed = true; failed; step++) {
      let requests = 0;
      two.proxy.fault = () => (requests++ >= step ? { status: 500 } : undefined);
      failed = await publish(asked, two.registries).then(
        () => false,
        () => true,
      );
      const floating = await two.at(two.mirror, "a");
      if (floating === undefined) continue;
      for (const entry of await entries(two.mirror, floating)) {
        assert.notEqual(await two.at(two.mirror, String(entry["digest"])), undefined);
      }
      assert.equal(await two.at(two.authority, "a-k1"), floating);
    }
    assert.ok(step > 10, `${step} steps`);
    two.proxy.reset();
    const { digest } = await published(asked);
    assert.equal(await two.at(two.mirror, "a"), digest);
    assert.deepEqual(two.writes, []);
  });
});
