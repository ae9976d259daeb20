/*
 * Digests on real registries of this machine, some of them behind a proxy that answers in their place. What this does not
 * prove: that ECR and Docker Hub answer as these registries do.
 */
import assert from "node:assert/strict";
// Before any test: it sets a global variable.
import "@aws-sdk/client-ecr";
import { DigestChecks } from "../../../cli/pins/digest-facts.ts";
import type { KnownImage } from "../../../cli/pins/known-images.ts";
import { readStack, type Stack } from "../../../cli/stack.ts";
import { sha256 } from "../../../oci/digest.ts";
import { Registries } from "../../../oci/registries.ts";
import type { LocalCloud } from "../../../rules/local-cloud.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { type Proxy, startProxy } from "../oci/proxy.ts";
import {
  push,
  type SampleImage,
  sampleImageFor,
  sampleIndex,
  sampleWithProvenance,
} from "../oci/sample-image.ts";
import { imageBuilt } from "./support/built-image.ts";

const quick = { attempts: 3, delay: 1, longestDelay: 2, longestRetryAfter: 5000 };
const absent = sha256(Buffer.from("nothing"));
const path = "rocm/tools";
const ECR = "308535385114.dkr.ecr.us-east-1.amazonaws.com";

describe("the facts of digests", function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let proxy: Proxy;
  before(async () => {
    registry = await startRegistry();
    proxy = await startProxy(registry.port);
  });
  after(async () => {
    await proxy.stop();
    await registry.stop();
  });
  beforeEach(() => proxy.reset());
  withVariables({
    // So that this machine has no login for AWS, and none of its user's.
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
    AWS_CONFIG_FILE: "/nowhere",
    AWS_ACCESS_KEY_ID: "",
    AWS_PROFILE: "",
    AWS_WEB_IDENTITY_TOKEN_FILE: "",
    DOCKER_CONFIG: "/nowhere",
  });

  const repository = () =>
    new Registries(quick).repository(`${registry.host}/${path}`, registry.credentials, "push");
  /** A stack whose registries lie behind the proxy. */
  async function stack(password = registry.password): Promise<Stack> {
    const place = { host: proxy.host, username: registry.username, password };
    const registries = { ecr: { ...place, host: "localhost:1" }, "ghcr.io": place };
    // Of the cloud its registries alone are asked for here.
    const cloud = {
      registries: { ...registries, "docker.io": { ...place, host: "localhost:2" } },
    } as unknown as LocalCloud;
    return { ...(await readStack("therock")), cloud };
  }
  const checks = async (known: readonly KnownImage[] = [], password?: string) =>
    new DigestChecks(
      { stack: await stack(password), known: { all: known } },
      new Registries(quick),
    );
  const at = (digest: string, host = proxy.host) => ({ host, path, digest });
  async function facts(digest: string) {
    return (await checks()).facts(at(digest));
  }
  /** Takes a blob or a manifest away from the registry. */
  async function remove(kind: "blobs" | "manifests", digest: string): Promise<void> {
    const login = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
    const { status } = await fetch(`http://${registry.host}/v2/${path}/${kind}/${digest}`, {
      method: "DELETE",
      headers: { authorization: `Basic ${login}` },
    });
    assert.equal(status, 202);
  }
  async function pushIndex(...images: readonly SampleImage[]): Promise<string> {
    for (const image of images) await push(image, repository());
    const index = sampleIndex(images);
    await repository().manifests.put(index.digest, index);
    return index.digest;
  }
  const sizeOf = (...images: readonly SampleImage[]) =>
    images
      .flatMap(({ manifest: { document } }) => [document.config, ...(document.layers ?? [])])
      .reduce((sum, blob) => sum + (blob?.size ?? 0), 0);

  it("are an image's platform, when it was built, and the bytes of its blobs", async () => {
    const image = imageBuilt("2026-08-18T01:02:03.456789Z");
    const digest = await push(image, repository());
    assert.deepEqual(await facts(digest), {
      state: "there",
      platforms: ["linux/amd64"],
      created: "2026-08-18T01:02:03.456Z",
      size: sizeOf(image),
    });
  });

  it("are those of all platforms of an index, and of no attestation", async () => {
    const first = imageBuilt("2026-08-18T01:00:00+02:00");
    const second = imageBuilt("2026-08-17T23:30:00Z", "linux/arm64");
    const [, provenance] = sampleWithProvenance("linux/amd64").images;
    const digest = await pushIndex(first, second, provenance!);
    assert.deepEqual(await facts(digest), {
      state: "there",
      platforms: ["linux/amd64", "linux/arm64"],
      created: "2026-08-17T23:30:00.000Z",
      size: sizeOf(first, second, provenance!),
    });
  });

  it("are those of an index in an index, and of nothing that goes on and on", async () => {
    const image = imageBuilt("2026-08-18T00:00:00Z");
    await push(image, repository());
    let inner: Pick<SampleImage, "manifest"> = image;
    const states: string[] = [];
    for (let depth = 1; depth <= 4; depth++) {
      const index = sampleIndex([{ ...inner, blobs: new Map() }]);
      await repository().manifests.put(index.digest, index);
      states.push((await facts(index.digest)).state);
      inner = { manifest: index };
    }
    assert.deepEqual(states, ["there", "there", "there", "incomplete"]);
  });

  it("have no date where a build dates itself to the beginning of time, or not at all", async () => {
    const dates = ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "", "soon", null, undefined];
    for (const created of dates) {
      const found = await facts(await push(imageBuilt(created), repository()));
      assert.equal(found.state, "there");
      assert.ok(!("created" in found), String(created));
    }
  });

  it("say that a digest is missing, or the whole repository", async () => {
    await push(sampleImageFor("linux/amd64"), repository());
    const detail = `${proxy.host}/${path} has no such digest`;
    assert.deepEqual(await facts(absent), { state: "missing", detail });
    const other = { ...at(absent), path: "rocm/nowhere" };
    assert.equal((await (await checks()).facts(other)).state, "missing");
  });

  it("say which layer, configuration or platform is not there", async () => {
    const layer = sampleImageFor("linux/amd64");
    await push(layer, repository());
    const gone = layer.manifest.document.layers![1]!.digest;
    await remove("blobs", gone);
    assert.deepEqual(await facts(layer.manifest.digest), {
      state: "incomplete",
      detail: `blob ${gone} is not there`,
    });

    const bare = imageBuilt("2026-08-18T01:02:03Z");
    await push(bare, repository());
    const config = bare.manifest.document.config!.digest;
    await remove("blobs", config);
    assert.deepEqual(await facts(bare.manifest.digest), {
      state: "incomplete",
      detail: `the configuration, ${config}, is not there`,
    });

    const images = [
      imageBuilt("2026-08-18T00:00:00Z"),
      imageBuilt("2026-08-18T00:00:00Z", "linux/arm64"),
    ];
    const digest = await pushIndex(...images);
    await remove("manifests", images[1]!.manifest.digest);
    assert.deepEqual(await facts(digest), {
      state: "incomplete",
      detail: `the manifest, ${images[1]!.manifest.digest}, is not there`,
    });

    const { index, images: parts } = sampleWithProvenance("linux/amd64");
    for (const part of parts) await push(part, repository());
    await repository().manifests.put(index.digest, index);
    await remove("manifests", parts[0]!.manifest.digest);
    assert.deepEqual(await facts(index.digest), {
      state: "incomplete",
      detail: `the manifest of linux/amd64, ${parts[0]!.manifest.digest}, is not there`,
    });
  });

  it("say that content is damaged that is another than its digest", async () => {
    const image = sampleImageFor("linux/amd64");
    await push(image, repository());
    proxy.fault = ({ url }) =>
      url.includes("/manifests/") ? { status: 200, body: "{}" } : undefined;
    const found = await facts(image.manifest.digest);
    assert.equal(found.state, "incomplete");
    assert.match(JSON.stringify(found), /was sent .* holds damaged content/);
  });

  it("count what an image lacks besides the first three", async () => {
    const images = Array.from({ length: 5 }, () => imageBuilt("2026-08-18T00:00:00Z"));
    const digest = await pushIndex(...images);
    const manifests = images.map(({ manifest }) => manifest.digest);
    proxy.fault = ({ url }) =>
      manifests.some((one) => url.endsWith(one)) ? { status: 404 } : undefined;
    const text = JSON.stringify(await facts(digest));
    assert.equal(text.match(/is not there/g)?.length, 3);
    assert.match(text, /is not there and 2 more"/);
  });

  it("take one request for each manifest and blob, however often they are asked for", async () => {
    const layers = sampleImageFor("linux/amd64");
    const digest = await push(layers, repository());
    const check = await checks();
    await Promise.all([check.facts(at(digest)), check.facts(at(digest)), check.facts(at(digest))]);
    await check.facts(at(digest));
    const asked = proxy.seen.filter(({ authorization }) => authorization !== undefined);
    assert.equal(asked.length, 1 + layers.blobs.size);
    assert.equal(new Set(asked.map(({ url }) => url)).size, asked.length);
    const heads = asked.filter(({ method }) => method === "HEAD");
    // All but the manifest and the configuration: no layer is fetched.
    assert.equal(heads.length, layers.blobs.size - 1);
  });

  it("take no more than eight requests at a time", async () => {
    const images = Array.from({ length: 6 }, () => imageBuilt("2026-08-18T00:00:00Z"));
    const digests = await Promise.all(images.map((image) => push(image, repository())));
    let now = 0;
    let most = 0;
    proxy.fault = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return undefined;
    };
    const check = await checks();
    const found = await Promise.all(digests.map((digest) => check.facts(at(digest))));
    assert.ok(found.every(({ state }) => state === "there"));
    assert.ok(most > 1 && most <= 8, String(most));
  });

  it("are not checked where the login is wrong, unless a list has the digest", async () => {
    const digest = await push(imageBuilt("2026-08-18T00:00:00Z"), repository());
    const found = await (await checks([], "wrong")).facts(at(digest));
    assert.equal(found.state, "unchecked");
    assert.match(
      JSON.stringify(found),
      /rocm\/tools: HTTP 401 .*the login configured for .* was refused.*no list of images that is known has it/,
    );
    assert.ok(!JSON.stringify(found).includes("wrong"));
    assert.ok(!JSON.stringify(found).includes(digest));
    const listed = {
      ...{ image: "tools", digest, platforms: ["linux/amd64"] },
      references: [`${proxy.host}/${path}@${digest}`],
    };
    assert.deepEqual(await (await checks([listed], "wrong")).facts(at(digest)), {
      state: "there",
      platforms: ["linux/amd64"],
    });
  });

  it("are not checked on ECR without a credential, unless a list has the digest there", async () => {
    const image = imageBuilt("2026-08-18T00:00:00Z");
    const digest = await push(image, repository());
    const onEcr = `${ECR}/${path}@${digest}`;
    const references = [onEcr, `${proxy.host}/${path}@${digest}`];
    const listed = { image: "tools", digest, platforms: ["linux/amd64"], references };
    assert.deepEqual(await (await checks()).facts(at(digest, ECR)), {
      state: "unchecked",
      reason: `${ECR} wants a login, and AWS's tools have none on this machine; no list of images that is known has it`,
    });
    // Of another digest a list says nothing.
    assert.equal((await (await checks([listed])).facts(at(absent, ECR))).state, "unchecked");
    const alone = { ...listed, references: [onEcr] };
    assert.deepEqual(await (await checks([alone])).facts(at(digest, ECR)), {
      state: "there",
      platforms: ["linux/amd64"],
    });
    // When it was built is asked where it is shown.
    assert.deepEqual(await (await checks([listed])).facts(at(digest, ECR)), {
      state: "there",
      platforms: ["linux/amd64"],
      created: "2026-08-18T00:00:00.000Z",
      size: sizeOf(image),
    });
  });

  it("end with a list that names two registries which both refuse", async () => {
    const references = [`${proxy.host}/${path}@${absent}`, `${ECR}/${path}@${absent}`];
    const listed = { image: "tools", digest: absent, platforms: ["linux/amd64"], references };
    proxy.fault = () => ({ status: 403 });
    const check = await checks([listed]);
    const found = await Promise.all([check.facts(at(absent)), check.facts(at(absent, ECR))]);
    assert.deepEqual(found, Array(2).fill({ state: "there", platforms: ["linux/amd64"] }));
  });

  it("are not checked on a registry that limits requests, breaks or is not there", async () => {
    proxy.fault = () => ({ status: 429, headers: { "retry-after": "3600" } });
    const limited = await facts(absent);
    assert.equal(limited.state, "unchecked");
    assert.match(JSON.stringify(limited), /HTTP 429.*come back in 3600 s/);
    proxy.fault = () => ({ status: 502 });
    assert.match(
      JSON.stringify(await facts(absent)),
      /unchecked.*HTTP 502.*given up after 3 attempts/,
    );
    proxy.fault = () => "cut";
    assert.match(JSON.stringify(await facts(absent)), /unchecked.*the connection failed/);
    const closed = await startProxy();
    await closed.stop();
    assert.match(
      JSON.stringify(await (await checks()).facts(at(absent, closed.host))),
      /unchecked.*the connection failed \(ECONNREFUSED\)/,
    );
  });

  it("wait once for a registry that gives no answer", async () => {
    proxy.fault = () => ({ status: 503 });
    const check = await checks();
    await check.facts(at(absent));
    const before = proxy.seen.length;
    const digests = ["1", "2", "3"].map((text) => sha256(Buffer.from(text)));
    const found = await Promise.all(digests.map((digest) => check.facts(at(digest))));
    assert.equal(proxy.seen.length, before);
    assert.ok(found.every(({ state }) => state === "unchecked"));
  });

  it("are asked of nobody offline", async () => {
    const check = new DigestChecks({ stack: await stack(), offline: true }, new Registries(quick));
    assert.deepEqual(await check.facts(at(absent)), {
      state: "unchecked",
      reason: "no registry was asked (--offline)",
    });
    assert.deepEqual(proxy.seen, []);
  });
});

/** Sets environment variables around every test of a suite. */
function withVariables(values: Readonly<Record<string, string>>): void {
  const outside = new Map(Object.keys(values).map((name) => [name, process.env[name]]));
  beforeEach(() => {
    Object.assign(process.env, values);
  });
  afterEach(() => {
    for (const [name, value] of outside) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
}
