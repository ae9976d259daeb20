/* What an engine has after `slipway cache load`, beside another engine that pulls the same image from its registry. */
import assert from "node:assert/strict";
import { askedReference } from "../../../cli/cache/cached-image.ts";
import type { LoadReport } from "../../../cli/cache/load/load-image.ts";
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

describe("an image that is loaded from a store", function () {
  this.timeout(5 * 60_000);
  const kept = withCachedProject();

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
    });
  }
});
