import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { goTool } from "../local/go-tools.ts";
import { withDockerConfig } from "../local/providers/docker-build/docker-config.ts";
import { LocalCloud } from "../rules/local-cloud.ts";
import { ProjectCopy } from "../test/cli/support/project-copy.ts";
import { median } from "./measure.ts";

const ROUNDS = 3;
const CONTRACT = /^contract:(?: .*\n|\n(?: .*\n)*)/m;
const MISSING = ["build", "--missing", "--json"];
const UP = ["up", "--stack", "local", "--engine", "embedded", "--json"];

/** Seconds of the ways to the same images, one entry a round; each of Slipway's beside the buildctl that does as much. */
interface Seconds {
  /** Writes a build cache, as `build --missing` does. */
  readonly buildctl: number[];
  readonly missing: number[];
  readonly upAfterwards: number[];
  /** Only reads a cache, as `up` does. */
  readonly buildctlUncached: number[];
  readonly upAlone: number[];
  /** Writes a cache, and checks contracts by a second build, as `build --missing` does. */
  readonly buildctlContracts: number[];
  readonly missingContracts: number[];
}

/**
 * Building and publishing every image of stack `local`, as whole processes, beside one buildctl for each image in parallel,
 * which is what `docker buildx bake` has BuildKit do: on the same BuildKit, with a build cache on the registry, and pushed
 * under the same names to the same registries by one export. After `up` made everything else.
 *
 * Cold: BuildKit's cache is emptied and the epoch raised before every measurement, so that every step runs. One changed: one
 * accelerator's build arg is another; buildctl is given all images again, as bake would be. Each is measured with steps that
 * take no time, where fixed costs are nearly all, and with a second more in each install script, which takes no processor:
 * as many as are run at once pass at once. Only buildctl's processes are measured, not how their arguments are found.
 */
export async function publishBenchmark(): Promise<string> {
  const project = await ProjectCopy.make();
  try {
    const bench = await Bench.start(project);
    const lines: string[] = [];
    for (const steps of ["steps take no time", "each install step takes a second"]) {
      if (lines.length > 0) await bench.makeSlow();
      const cold = await bench.measure(() => bench.makeCold());
      lines.push(...table(`everything built, ${steps}`, cold));
      const changed = await bench.measure(() => bench.changeOne());
      lines.push(...table(`one accelerator changed, ${steps}`, changed));
    }
    return [`publishing ${bench.images} images, median of ${ROUNDS} rounds`, ...lines].join("\n");
  } finally {
    await project.remove();
  }
}

function table(title: string, seconds: Seconds): string[] {
  const { missing, upAfterwards } = seconds;
  const both = missing.map((one, round) => one + (upAfterwards[round] ?? 0));
  const base = (name: string, values: readonly number[]): string =>
    `  ${name.padEnd(36)} ${median(values).toFixed(2).padStart(6)} s`;
  const row = (name: string, values: readonly number[], beside: readonly number[]): string =>
    `${base(name, values)}   ratio ${(median(values) / median(beside)).toFixed(2)}`;
  return [
    title,
    base("buildctl in parallel, writes a cache", seconds.buildctl),
    row("slipway build --missing", missing, seconds.buildctl),
    row("  and slipway up afterwards", both, seconds.buildctl),
    base("buildctl that only reads a cache", seconds.buildctlUncached),
    row("slipway up alone", seconds.upAlone, seconds.buildctlUncached),
    base("buildctl, cache and contracts", seconds.buildctlContracts),
    row("build --missing with contracts", seconds.missingContracts, seconds.buildctlContracts),
  ];
}

class Bench {
  readonly #project: ProjectCopy;
  readonly #cloud: LocalCloud;
  readonly #buildctl: string;
  images = 0;
  #epoch = 0;

  private constructor(project: ProjectCopy, cloud: LocalCloud, buildctl: string) {
    this.#project = project;
    this.#cloud = cloud;
    this.#buildctl = buildctl;
  }

  /** Starts a local cloud of its own and applies the stack to it. */
  static async start(project: ProjectCopy): Promise<Bench> {
    await slipway(project, ["local", "start"]);
    const text = await readFile(join(project.home, "cloud.json"), "utf8");
    const cloud = LocalCloud.parse(JSON.parse(text));
    await forEachFamily(project, (text) => text.replace(CONTRACT, ""));
    await slipway(project, UP);
    return new Bench(project, cloud, await goTool("buildctl"));
  }

  /** Measures each way once a round, one after the other, after a change that makes it necessary. */
  async measure(change: () => Promise<void>): Promise<Seconds> {
    const seconds: Seconds = {
      buildctl: [],
      missing: [],
      upAfterwards: [],
      buildctlUncached: [],
      upAlone: [],
      buildctlContracts: [],
      missingContracts: [],
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      await change();
      seconds.buildctl.push(await this.#buildAll(["cache"]));
      await change();
      seconds.missing.push(await timed(() => slipway(this.#project, MISSING)));
      seconds.upAfterwards.push(await timed(() => slipway(this.#project, UP)));
      await change();
      seconds.buildctlUncached.push(await this.#buildAll());
      await change();
      seconds.upAlone.push(await timed(() => slipway(this.#project, UP)));
      await forEachFamily(this.#project, (text) => `${text}contract: { tools: [sh] }\n`);
      await change();
      seconds.buildctlContracts.push(await this.#buildAll(["cache"]));
      await change();
      seconds.missingContracts.push(await timed(() => slipway(this.#project, MISSING)));
      await forEachFamily(this.#project, (text) => text.replace(CONTRACT, ""));
    }
    return seconds;
  }

  /** Each install script takes a second more from now on, as long as all others that run beside it. */
  async makeSlow(): Promise<void> {
    const folder = "local/stand-ins/scripts";
    const scripts = await readdir(join(this.#project.root, folder), { recursive: true });
    for (const script of scripts.filter((path) => path.endsWith(".sh"))) {
      await this.#project.edit(join(folder, script), (text) =>
        text.replace("set -eu\n", "set -eu\nsleep 1\n"),
      );
    }
  }

  async makeCold(): Promise<void> {
    await execa(this.#buildctl, ["--addr", this.#cloud.buildkit.address, "prune", "--all"]);
    this.#epoch += 1;
    await forEachFamily(this.#project, (text) =>
      text.replace(/^(?:epoch: .*\n)?scheme:/m, `epoch: ${this.#epoch}\nscheme:`),
    );
  }

  async changeOne(): Promise<void> {
    this.#epoch += 1;
    await this.#project.edit("images/almalinux-builder/image.yaml", (text) =>
      text.replace(/CUDNN_VERSION: 9\.8\.0\.\d+/, `CUDNN_VERSION: 9.8.0.${1000 + this.#epoch}`),
    );
  }

  /** Seconds of the buildctl of each image, all images at once. */
  async #buildAll(options: readonly string[] = []): Promise<number> {
    const { stdout } = await execa(
      process.execPath,
      [join(this.#project.root, "bench/buildctl-commands.ts"), ...options],
      { env: { SLIPWAY_HOME: this.#project.home } },
    );
    const images = JSON.parse(stdout) as string[][][];
    this.images = images.length;
    const logins = Object.values(this.#cloud.registries).map(({ host, ...login }) => ({
      address: host,
      ...login,
    }));
    return withDockerConfig(logins, (folder) =>
      timed(() =>
        Promise.all(
          images.map(async (commands) => {
            for (const args of commands) await this.#run(args, folder);
          }),
        ),
      ),
    );
  }

  /** Once more where BuildKit gave up the client, as Slipway does. */
  async #run(args: readonly string[], dockerConfig: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { failed, stderr } = await execa(this.#buildctl, args, {
        env: { DOCKER_CONFIG: dockerConfig },
        stdin: "ignore",
        stdout: "ignore",
        reject: false,
      });
      if (!failed) return;
      const isBusy = stderr.includes("error: context deadline exceeded");
      if (!isBusy || attempt === 3) throw new Error(`buildctl ${args.join(" ")}:\n${stderr}`);
    }
  }
}

/** Changes the image.yaml of every family. */
async function forEachFamily(
  project: ProjectCopy,
  change: (text: string) => string,
): Promise<void> {
  const entries = await readdir(join(project.root, "images"), { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    await project.edit(`images/${name}/image.yaml`, change);
  }
}

/** Runs `slipway` to its end, with a compile cache as its launcher gives it. */
async function slipway(project: ProjectCopy, args: readonly string[]): Promise<void> {
  const cache = { NODE_COMPILE_CACHE: join(project.home, "compile-cache") };
  const { exitCode, stdout, stderr } = await project.slipway(args, cache);
  if (exitCode !== 0) throw new Error(`slipway ${args.join(" ")}:\n${stderr}\n${stdout}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
