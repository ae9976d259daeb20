/* A served store, read by programs of others: skopeo, containerd by its hosts.toml; and by our own client of registries. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { serveStore, type StoreServer } from "../../../cli/cache/serve/serve-store.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { findOnPath } from "../../../local/executables.ts";
import { sha256 } from "../../../oci/digest.ts";
import { Registries } from "../../../oci/registries.ts";
import { debianObstacle, debianPrograms } from "../../support/debian-programs.ts";
import { withSkopeo } from "../../support/skopeo.ts";
import { skipBecause } from "../../support/skip.ts";
import { putSample, sampleImage } from "../../cli/cache/store/support/sample-image.ts";

const REPOSITORY = "pytorch/ci-image";
const sample = sampleImage({ layers: ["base", "top"], layerSize: 3_000_000 });
const { digest } = sample.image.descriptor;

describe("a store that is served to other programs", function () {
  this.timeout(120_000);
  let folder: string;
  let server: StoreServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-serve-"));
    const store = await Store.create(join(folder, "store"));
    await putSample(store, sample, 3_000_000);
    server = await serveStore(await Store.open(store.folder), 0);
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("is read by the client of registries, tags, manifests and blobs", async () => {
    const client = new Registries().repository(`localhost:${server.port}/${REPOSITORY}`);
    const tags = await client.tags();
    assert.deepEqual(tags, [sample.image.contentName]);
    const manifest = await client.manifests.get(sample.image.contentName);
    assert.equal(manifest.digest, digest);
    for (const { descriptor, bytes } of sample.blobs.slice(0, 3)) {
      assert.deepEqual(await client.blobs.bytes(descriptor, 10_000_000), bytes);
    }
  });

  describe("skopeo", () => {
    const skopeo = withSkopeo();

    it("copies an image out of it with the same digest", async () => {
      const from = `docker://127.0.0.1:${server.port}/${REPOSITORY}:${sample.image.contentName}`;
      const to = join(folder, "copy");
      await skopeo("copy", "--src-tls-verify=false", "--preserve-digests", from, `oci:${to}:it`);
      assert.equal(sha256(Buffer.from(await skopeo("inspect", "--raw", `oci:${to}:it`))), digest);
    });
  });

  describe("containerd", () => {
    let environment: Readonly<Record<string, string>>;
    let daemon: { kill: () => boolean; ended: Promise<unknown> } | undefined;
    let address: string;
    const hosts = (): string => join(folder, "certs.d");

    before("start a containerd of its own", async function () {
      this.timeout(5 * 60_000); // On a fresh machine it is fetched here.
      if (process.getuid?.() !== 0) skipBecause(this, "containerd wants root");
      const isThere = (await findOnPath("containerd")) !== undefined;
      const obstacle = isThere ? undefined : await debianObstacle();
      if (obstacle !== undefined) skipBecause(this, `containerd: not found, and ${obstacle}`);
      // The package of the engine that other tests start: it brings containerd and its client.
      environment = isThere ? {} : { ...(await debianPrograms(["docker.io"])) };
      address = join(folder, "containerd.sock");
      const configuration = join(folder, "config.toml");
      await writeFile(
        configuration,
        `version = 2
root = ${JSON.stringify(join(folder, "root"))}
state = ${JSON.stringify(join(folder, "state"))}
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = ${JSON.stringify(address)}
`,
      );
      const child = execa("containerd", ["--config", configuration], {
        ...{ env: environment, reject: false, stdout: "ignore", stderr: "ignore", buffer: false },
      });
      daemon = { kill: () => child.kill(), ended: child };
      await answers();
      await mkdir(join(hosts(), "ghcr.io"), { recursive: true });
    });
    after(async () => {
      daemon?.kill();
      await daemon?.ended;
    });

    const ctr = async (...args: string[]): Promise<string> => {
      const { stdout } = await execa("ctr", ["--address", address, ...args], { env: environment });
      return stdout;
    };
    async function answers(): Promise<void> {
      for (let attempt = 0; ; attempt += 1) {
        const { failed } = await execa("ctr", ["--address", address, "version"], {
          ...{ env: environment, reject: false },
        });
        if (!failed) return;
        assert.ok(attempt < 100, "containerd does not answer");
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
    async function mirror(capabilities: readonly string[]): Promise<void> {
      await writeFile(
        join(hosts(), "ghcr.io/hosts.toml"),
        // A registry that nobody is: what is fetched comes from the mirror.
        `server = "http://127.0.0.1:1"
[host."http://127.0.0.1:${server.port}"]
  capabilities = ${JSON.stringify(capabilities)}
`,
      );
    }

    it("fetches by digest from a mirror that may only pull, and by a content's name from one that may resolve", async () => {
      await mirror(["pull"]);
      const byDigest = `ghcr.io/${REPOSITORY}@${digest}`;
      await ctr("content", "fetch", "--hosts-dir", hosts(), byDigest);
      const listed = await ctr("content", "ls", "--quiet");
      for (const { descriptor } of sample.blobs) {
        assert.ok(listed.includes(descriptor.digest), descriptor.mediaType);
      }
      const byName = `ghcr.io/${REPOSITORY}:${sample.image.contentName}`;
      await assert.rejects(ctr("content", "fetch", "--hosts-dir", hosts(), byName));
      await mirror(["pull", "resolve"]);
      await ctr("content", "fetch", "--hosts-dir", hosts(), byName);
      assert.match(await ctr("images", "ls"), new RegExp(`${byName} .*${digest}`));
    });

    it("asks the registry for a name that is no content's", async () => {
      await mirror(["pull", "resolve"]);
      const moving = `ghcr.io/${REPOSITORY}:cuda12.8`;
      // That is the registry which nobody is.
      await assert.rejects(
        ctr("content", "fetch", "--hosts-dir", hosts(), moving),
        /127\.0\.0\.1:1\b/,
      );
    });
  });
});
