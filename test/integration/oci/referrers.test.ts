import assert from "node:assert/strict";
import { sha256 } from "../../../oci/digest.ts";
import { ManifestDocument, OCI_INDEX } from "../../../oci/media-types.ts";
import { attach, attached, MOST_REFERRERS } from "../../../oci/referrers.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import { push, sampleImage } from "./sample-image.ts";

const artifactType = "application/vnd.example.note.v1+json";
const LIMIT = 1000;
const note = (text: string, type = artifactType): Parameters<typeof attach>[2] => ({
  artifactType: type,
  mediaType: type,
  bytes: Buffer.from(text),
});

describe("a document that is attached to an image", () => {
  let registry: TestRegistry;
  let proxy: Proxy;
  let client: RepositoryClient;
  let digest: string;
  let count = 0;

  before(async function () {
    this.timeout(180_000); // the registry is built once
    registry = await startRegistry();
    proxy = await startProxy(registry.port);
  });
  after(() => Promise.all([registry.stop(), proxy.stop()]));
  beforeEach(async () => {
    proxy.reset();
    client = at(registry.host, `image${++count}`);
    const image = sampleImage();
    await push(image, client);
    digest = image.manifest.digest;
  });

  const at = (host: string, path: string): RepositoryClient =>
    new Registries({ attempts: 2, delay: 2, longestDelay: 5, longestRetryAfter: 100 }).repository(
      `${host}/${path}`,
      { [host]: { username: registry.username, password: registry.password } },
      "push",
    );
  const read = async (one = client, type = artifactType): Promise<readonly string[]> =>
    (await attached(one, digest, type, LIMIT)).map((document) =>
      Buffer.isBuffer(document) ? document.toString() : `fault: ${document.fault}`,
    );
  const tag = (): string => digest.replace(":", "-");
  /** Puts any list under the tag of the image's list. */
  const putList = async (list: unknown, mediaType: string = OCI_INDEX): Promise<void> => {
    const bytes = Buffer.from(JSON.stringify(list));
    const document = ManifestDocument.parse({ mediaType });
    await client.manifests.put(tag(), { mediaType, digest: sha256(bytes), bytes, document });
  };

  it("is none where nothing was attached", async () => {
    assert.deepEqual(await read(), []);
  });

  it("is found again, one after the other, by its type", async () => {
    await attach(client, digest, note("first"));
    await attach(client, digest, note("second"));
    await attach(client, digest, note("other", "application/vnd.example.other"));
    assert.deepEqual(await read(), ["first", "second"]);
    assert.deepEqual(await read(client, "application/vnd.example.other"), ["other"]);
    assert.equal(await client.manifests.digest(digest), digest);
  });

  it("is attached once, however often the same is", async () => {
    const first = await attach(client, digest, note("same"));
    assert.equal(await attach(client, digest, note("same")), first);
    assert.deepEqual(await read(), ["same"]);
  });

  it("is listed again when somebody else overwrites the list meanwhile", async () => {
    let lost = 0;
    // The registry takes the first list, and then has another one.
    proxy.fault = ({ method, url }) =>
      method === "PUT" && url.endsWith(tag()) && lost++ === 0 ? { status: 201 } : undefined;
    await attach(at(proxy.host, client.path), digest, note("mine"));
    assert.equal(lost, 2);
    assert.deepEqual(await read(), ["mine"]);
  });

  it("is read by the registry's own list where it has one, page after page, and no tag is written", async () => {
    const manifest = await attach(client, digest, note("listed"));
    const { size } = { size: (await client.manifests.get(manifest)).bytes.length };
    const entry = {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: manifest,
      size,
    };
    const other = at(proxy.host, client.path);
    proxy.fault = ({ url }) => {
      if (!url.includes("/referrers/")) return undefined;
      const last = url.includes("page=2");
      return {
        status: 200,
        headers: last ? {} : { link: `<${url}?page=2>; rel="next"` },
        body: JSON.stringify({ manifests: last ? [entry] : [{ ...entry, artifactType: "x" }] }),
      };
    };
    assert.deepEqual(await read(other), ["listed"]);
    await attach(other, digest, note("more"));
    const written = proxy.seen.filter(({ method }) => method === "PUT").map(({ url }) => url);
    assert.ok(written.every((url) => !url.includes(tag())));
  });

  it("is told to be broken where the list leads to something else", async () => {
    const image = sampleImage();
    await push(image, client);
    const foreign = await attach(client, image.manifest.digest, note("foreign"));
    const large = await attach(client, digest, note("x".repeat(LIMIT + 1)));
    const size = 1;
    const entry = (one: string): object => ({ mediaType: "x", digest: one, size, artifactType });
    await putList({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [foreign, large].map((one) => ({
        ...entry(one),
        mediaType: "application/vnd.oci.image.manifest.v1+json",
      })),
    });
    const [first, second] = await read();
    assert.match(first ?? "", /attached to another image/);
    assert.match(second ?? "", /1001 bytes large/);
  });

  const lists: readonly (readonly [string, unknown])[] = [
    ["that is no list", { manifests: "x" }],
    ["of things that are no entries", { manifests: [null, 1, "x", {}, { digest: "../../x" }] }],
    [
      "of one that is not there",
      { manifests: [{ mediaType: "x", size: 1, digest: `sha256:${"0".repeat(64)}` }] },
    ],
    [
      "with a size that is none",
      { manifests: [{ mediaType: "x", size: -1, digest: `sha256:${"0".repeat(64)}` }] },
    ],
  ];
  for (const [name, list] of lists) {
    it(`is never taken from a list ${name}`, async () => {
      proxy.fault = ({ url }) =>
        url.includes("/referrers/") ? { status: 200, body: JSON.stringify(list) } : undefined;
      const found = await read(at(proxy.host, client.path));
      assert.ok(
        found.every((one) => one.startsWith("fault: ")),
        found.join(),
      );
    });
  }

  it("is looked for in so many entries at most, however long the list says it is", async () => {
    const fake = (index: number): object => ({
      mediaType: "x",
      size: 1,
      digest: sha256(Buffer.from(String(index))),
    });
    proxy.fault = ({ url }) =>
      url.includes("/referrers/")
        ? {
            status: 200,
            headers: { link: `<${url.split("?")[0] ?? ""}?n=${proxy.seen.length}>; rel="next"` },
            body: JSON.stringify({
              manifests: Array.from({ length: 30 }, (_, index) =>
                fake(index + 30 * proxy.seen.length),
              ),
            }),
          }
        : undefined;
    const found = await read(at(proxy.host, client.path));
    assert.equal(found.length, MOST_REFERRERS);
    const pages = proxy.seen.filter(({ url }) => url.includes("/referrers/"));
    assert.ok(pages.length <= 4, String(pages.length));
  });

  it("is not looked for on another machine that a list leads to", async () => {
    proxy.fault = ({ url }) =>
      url.includes("/referrers/")
        ? {
            status: 200,
            headers: { link: '<http://127.0.0.1:1/v2/x>; rel="next"' },
            body: JSON.stringify({ manifests: [{}] }),
          }
        : undefined;
    const [found] = await read(at(proxy.host, client.path));
    assert.match(found ?? "", /fault: .*sends/);
  });

  it("is a fault, and no error, where the registry answers with nonsense", async () => {
    proxy.fault = ({ url }) =>
      url.includes(tag()) ? { status: 200, body: "nonsense" } : undefined;
    const [found] = await read(at(proxy.host, client.path));
    assert.match(found ?? "", /^fault: /);
  });
});
