import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Registries } from "../oci/registries.ts";
import type { LoadReport } from "../cli/cache/load/load-image.ts";
import { type ImageEntry, ImageList, imageListText } from "../rules/image-list.ts";
import { LocalCloud } from "../rules/local-cloud.ts";
import { ProjectCopy } from "../test/cli/support/project-copy.ts";
import { type DockerEngine, startDockerEngine } from "../test/support/docker-engine.ts";
import {
  type LargeImage,
  type LayerContent,
  LayerFiles,
  pushLargeImage,
} from "../test/support/large-image.ts";
import { type Cost, measuredClient, measuredNode, sum } from "./measured.ts";

const FAMILY = "ci-image";
const REGISTRY = "ghcr.io";
const NO_COMMIT = "0".repeat(40);

/** What loading an image comes to: `present` where the engine has it. */
type Outcome = "loaded" | "present";

/** An image on the registry, as both sides call it. */
export interface PublishedImage extends LargeImage {
  readonly accelerator: string;
  /** `host/path@sha256:...` */
  readonly reference: string;
}

/** A local cloud with a registry, a store that Slipway keeps images in, and an engine with a folder of tarballs. */
export class CacheWays {
  readonly engine: DockerEngine;
  readonly #project: ProjectCopy;
  readonly #cloud: LocalCloud;
  readonly #layers: LayerFiles;
  readonly #store: string;
  readonly #tarballs: string;

  private constructor(project: ProjectCopy, cloud: LocalCloud, engine: DockerEngine) {
    this.#project = project;
    this.#cloud = cloud;
    this.engine = engine;
    this.#layers = new LayerFiles(join(project.home, "layers"));
    this.#store = join(project.home, "store");
    this.#tarballs = join(project.home, "tarballs");
  }

  static async start(): Promise<CacheWays> {
    const project = await ProjectCopy.make();
    const { exitCode, stderr } = await project.slipway(["local", "start"]);
    if (exitCode !== 0) throw new Error(stderr);
    const text = await readFile(join(project.home, "cloud.json"), "utf8");
    const cloud = LocalCloud.parse(JSON.parse(text));
    const ways = new CacheWays(project, cloud, await startDockerEngine("classic"));
    for (const folder of ["layers", "tarballs"]) await mkdir(join(project.home, folder));
    await ways.engine.login(cloud.registries[REGISTRY]);
    return ways;
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await this.#project.remove();
  }

  /** Makes an image and puts it where both sides fetch it. */
  async publish(accelerator: string, layers: readonly LayerContent[]): Promise<PublishedImage> {
    const { host, username, password } = this.#cloud.registries[REGISTRY];
    const path = `${host}/pytorch/${FAMILY}`;
    const client = new Registries().repository(path, { [host]: { username, password } }, "push");
    const image = await pushLargeImage(client, this.#layers, layers);
    return { ...image, accelerator, reference: `${path}@${image.digest}` };
  }

  /** `docker pull` and `docker save`, as the workflow that keeps tarballs does for each image. */
  async pullAndSave(image: PublishedImage, channel = "main"): Promise<Cost> {
    const name = `${FAMILY}:${image.accelerator}`;
    const file = this.#tarball(image, channel);
    const pulled = await docker(this.engine, "pull", "--quiet", image.reference);
    await this.engine.docker("tag", image.reference, name);
    const saved = await docker(this.engine, "save", "--output", `${file}.tmp`, name);
    await rename(`${file}.tmp`, file);
    return sum(pulled, saved);
  }

  /** `slipway cache refresh` of a channel's images. */
  async refresh(images: readonly PublishedImage[], channel = "main"): Promise<Cost> {
    const list = join(this.#project.home, "images.json");
    await writeFile(list, imageListText(listOf(images, channel)));
    const which = ["--stack", "local", "--channel", channel, "--images", list];
    return (await this.#slipway(["refresh", ...which, "--reserve", "1GiB"])).cost;
  }

  /** `docker load` of an image's tarball into an engine that has no image, or one that has this one. */
  async loadTarball(
    image: PublishedImage,
    engine: DockerEngine,
    outcome: Outcome = "loaded",
  ): Promise<Cost> {
    if (outcome === "loaded") await emptyEngine(engine);
    return docker(engine, "load", "--quiet", "--input", this.#tarball(image, "main"));
  }

  /** The same by `slipway cache load`. @throws Error when it came to something else */
  async load(image: PublishedImage, outcome: Outcome, engine: DockerEngine): Promise<Cost> {
    if (outcome === "loaded") await emptyEngine(engine);
    const { cost, stdout } = await this.#slipway(["load", image.accelerator], engine);
    const report = JSON.parse(stdout) as LoadReport;
    if (report.outcome !== outcome) throw new Error(stdout);
    return cost;
  }

  /** Bytes on the disk. */
  async storeSize(): Promise<number> {
    const { stdout } = await execa("du", ["--summarize", "--block-size=1", this.#store]);
    return Number.parseInt(stdout, 10);
  }

  /** Bytes of a tarball, which goes: all of them would need more disk than machines have. */
  async takeTarball(image: PublishedImage, channel = "main"): Promise<number> {
    const file = this.#tarball(image, channel);
    const { size } = await stat(file);
    await rm(file);
    return size;
  }

  /** Takes away all that both sides keep. */
  async empty(): Promise<void> {
    await rm(this.#store, { recursive: true, force: true });
    await rm(this.#tarballs, { recursive: true });
    await mkdir(this.#tarballs);
    await emptyEngine(this.engine);
  }

  #tarball({ accelerator }: PublishedImage, channel: string): string {
    return join(this.#tarballs, `${accelerator}_${channel.replace("/", "-")}.tar`);
  }

  async #slipway(
    args: readonly string[],
    engine?: DockerEngine,
  ): Promise<{ readonly cost: Cost; readonly stdout: string }> {
    const { root, home } = this.#project;
    await execa("sync"); // What was written before is not waited for in what is measured.
    const { stdout, ...cost } = await measuredNode(
      join(root, "cli/main.ts"),
      ["cache", ...args, "--json"],
      {
        cwd: root,
        env: {
          SLIPWAY_HOME: home,
          SLIPWAY_CACHE_STORE: this.#store,
          NODE_COMPILE_CACHE: join(home, "compile-cache"),
          ...engine?.env,
        },
      },
    );
    return { cost, stdout };
  }
}

async function docker(engine: DockerEngine, ...args: readonly string[]): Promise<Cost> {
  await execa("sync");
  return measuredClient(engine.pid, "docker", args, engine.env);
}

async function emptyEngine(engine: DockerEngine): Promise<void> {
  await engine.docker("system", "prune", "--all", "--force");
}

/** The images.json of a channel that has these images, which are on one registry alone. */
function listOf(images: readonly PublishedImage[], channel: string): ImageList {
  const entries = images.map(({ accelerator, digest, reference }): [string, ImageEntry] => [
    accelerator,
    {
      ...{ digest, contentName: `${accelerator}-k${digest.slice(-40)}`, commit: NO_COMMIT },
      ...{ platforms: ["linux/amd64"], references: { [REGISTRY]: reference }, names: [] },
    },
  ]);
  return ImageList.parse({
    ...{ version: 1, repository: "pytorch/pytorch", channel, ref: `refs/heads/${channel}` },
    ...{ commit: NO_COMMIT, families: { [FAMILY]: { images: Object.fromEntries(entries) } } },
  });
}
