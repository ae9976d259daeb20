/* What an engine has after `slipway cache load`, beside another engine that pulls the same image from its registry. */
import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { askedReference } from "../../../cli/cache/cached-image.ts";
import { contentOf, hostPlatform } from "../../../cli/cache/image-content.ts";
import type { LoadReport } from "../../../cli/cache/load/load-image.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../oci/media-types.ts";
import { jsonContent } from "../../cli/cache/store/support/sample-image.ts";
import { withCachedProject } from "../../support/cached-project.ts";
import {
  type DockerEngine,
  type EngineKind,
  withDockerEngine,
} from "../../support/docker-engine.ts";
import { imageFiles } from "../../support/image-files.ts";

const ACCELERATOR = "pytorch-linux-jammy-rocm-n-py3";
const LABEL = `ci-image/${ACCELERATOR}`;
const BENCHMARKS = `${LABEL}-benchmarks`;
const PLATFORMS = `${LABEL}-platforms`;

describe("an image that is loaded from a store", function () {
  this.timeout(5 * 60_000);
  const kept = withCachedProject();

  before("keep an index of platforms, of which the store has this machine's alone", async () => {
    const image = await kept().image(BENCHMARKS);
    const [os, architecture] = hostPlatform().split("/");
    const absent = (word: string) => jsonContent(OCI_MANIFEST, { word }).descriptor;
    const index = jsonContent(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        { ...absent("s390x"), platform: { os: "linux", architecture: "s390x" } },
        { ...image.descriptor, platform: { os, architecture } },
        { ...absent("ppc64le"), platform: { os: "linux", architecture: "ppc64le" } },
        {
          ...absent("provenance"),
          annotations: {
            "vnd.docker.reference.digest": image.descriptor.digest,
            "vnd.docker.reference.type": "attestation-manifest",
          },
          platform: { os: "unknown", architecture: "unknown" },
        },
      ],
    });
    const store = await Store.create(kept().store);
    await store.writingImage("main", PLATFORMS, async () => {
      await store.putBytes(index.descriptor, index.bytes);
      const references = Object.entries(image.references).map(([registry, reference]) => {
        return [registry, `${reference.split("@")[0] ?? ""}@${index.descriptor.digest}`];
      });
      await store.put({
        ...image,
        label: PLATFORMS,
        descriptor: index.descriptor,
        contentName: `platforms-k${"0".repeat(40)}`,
        references: Object.fromEntries(references) as typeof image.references,
        names: [],
      });
    });
  });

  for (const kind of ["classic", "containerd"] satisfies EngineKind[]) {
    describe(`into a ${kind} engine`, () => {
      const engine = withDockerEngine(kind);
      const other = withDockerEngine(kind);
      /** What the one engine calls the image, and what the other pulls. */
      let asked: string;
      let pulled: string;

      before("load here, pull there", async () => {
        const image = await kept().image(LABEL);
        asked = askedReference(image);
        pulled = image.references["ghcr.io"] ?? "";
        await other().login(kept().cloud.registries["ghcr.io"]);
        await other().docker("pull", "--quiet", pulled);
        await kept().cache(["load", ACCELERATOR], engine());
      });

      const inspect = async (one: DockerEngine, reference: string, format: string) =>
        JSON.parse(
          await one.docker("image", "inspect", "--format", `{{json ${format}}}`, reference),
        ) as unknown;
      const load = async (label: string) =>
        JSON.parse(await kept().cache(["load", label, "--json"], engine())) as LoadReport;

      it("runs under its name on ECR", async () => {
        const run = ["run", "--rm", "--network", "none", asked];
        assert.match(await engine().docker(...run, "sh", "-c", "cat /etc/os-release"), /stand-in/i);
      });

      it("is the image that the other one pulled: its id, its layers and how it starts", async () => {
        for (const format of [".Id", ".RootFS", ".Config.Env", ".Architecture", ".Created"]) {
          assert.deepEqual(
            await inspect(engine(), asked, format),
            await inspect(other(), pulled, format),
            format,
          );
        }
      });

      it("has the same files, byte by byte", async () => {
        const files = await imageFiles(engine(), asked);
        assert.ok(files.length > 20, files.join("\n"));
        assert.deepEqual(files, await imageFiles(other(), pulled));
      });

      it("is not sent a second time", async () => {
        const report = await load(LABEL);
        assert.ok(report.outcome === "present", JSON.stringify(report));
        assert.equal(report.sent, 0);
      });

      it("is told by its digest from what has the same name elsewhere", async () => {
        const { references, descriptor } = await kept().image(LABEL);
        const byDigest = references.ecr ?? "";
        if (kind === "classic") {
          // It has no digest of a registry: a job that asks so pulls.
          assert.deepEqual(await inspect(engine(), asked, ".RepoDigests"), []);
          await assert.rejects(engine().docker("image", "inspect", byDigest));
        } else {
          assert.equal(await inspect(engine(), asked, ".Id"), descriptor.digest);
          const run = ["run", "--rm", "--pull", "never", "--network", "none", byDigest];
          assert.equal(await engine().docker(...run, "echo", "by digest"), "by digest");
        }
      });

      it("shares its layers with the next one", async () => {
        const report = await load(BENCHMARKS);
        assert.ok(report.outcome === "loaded", JSON.stringify(report));
        if (kind === "classic") assert.ok(report.layers.there > 0, JSON.stringify(report));
        const [name = ""] = report.names;
        const run = ["run", "--rm", "--network", "none", name, "echo", "it runs"];
        assert.equal(await engine().docker(...run), "it runs");
      });

      it("is pulled where a layer in the store is damaged", async () => {
        await engine().docker("image", "rm", askedReference(await kept().image(BENCHMARKS)));
        for (const registry of ["ecr", "ghcr.io"] as const) {
          await engine().login(kept().cloud.registries[registry]);
        }
        const store = await Store.open(kept().store);
        const { layers } = await contentOf(store, await kept().image(BENCHMARKS));
        const heal = await damage(store.blobPath(layers.at(-1)?.digest ?? ""));
        try {
          const report = await load(BENCHMARKS);
          assert.ok(report.outcome === "pulled", JSON.stringify(report));
          assert.match(report.reason, /is damaged|cannot be unpacked/);
          const [name = ""] = report.names;
          const run = [
            "run",
            "--rm",
            "--pull",
            "never",
            "--network",
            "none",
            name,
            "echo",
            "it runs",
          ];
          assert.equal(await engine().docker(...run), "it runs");
        } finally {
          await heal();
        }
      });

      it("may be an index of platforms of which the store has this machine's alone", async () => {
        const { id } = await load(BENCHMARKS);
        await engine().docker("image", "rm", "--force", id);
        const report = await load(PLATFORMS);
        assert.ok(report.outcome === "loaded", JSON.stringify(report));
        const { descriptor } = await kept().image(PLATFORMS);
        if (kind === "containerd") assert.equal(report.id, descriptor.digest);
        else assert.equal(report.id, id);
        const [name = ""] = report.names;
        const run = [
          "run",
          "--rm",
          "--pull",
          "never",
          "--network",
          "none",
          name,
          "echo",
          "it runs",
        ];
        assert.equal(await engine().docker(...run), "it runs");
        assert.equal((await load(PLATFORMS)).outcome, "present");
      });
    });
  }
});

/** Changes one byte in the middle of a file. Returns what puts it back. */
async function damage(path: string): Promise<() => Promise<void>> {
  const flip = async (): Promise<void> => {
    const file = await open(path, "r+");
    try {
      const position = Math.floor((await file.stat()).size / 2);
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, position);
      byte[0] = (byte[0] ?? 0) ^ 1;
      await file.write(byte, 0, 1, position);
    } finally {
      await file.close();
    }
  };
  await flip();
  return flip;
}
