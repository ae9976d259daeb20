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

/** Seconds of the ways to the same images, one entry a round. */
interface Seconds {
  readonly buildctl: number[];
  readonly missing: number[];
  readonly withContracts: number[];
  readonly upAfterwards: number[];
  readonly upAlone: number[];
}

/**
 * Building and publishing every image of stack `local`, as whole processes, beside one buildctl for each image in parallel,
 * on the same BuildKit, to the same registry, both with a build cache on the registry; after `up` made everything else.
 *
 * Cold: BuildKit's cache is emptied and the epoch raised before every measurement, so that every step runs. One changed: one
 * accelerator's build arg is another; buildctl is given all images again, as bake would be. Only buildctl's processes are
 * measured, not how their arguments are found. Images have no contracts, whose checks buildctl would not make either: the
 * row that has them tells what they cost.
 */
export async function publishBenchmark(): Promise<string> {
  const project = await ProjectCopy.make();
  try {
    const bench = await Bench.start(project);
    const cold = await bench.measure(() => bench.makeCold());
    const changed = await bench.measure(() => bench.changeOne());
    return [
      `publishing ${bench.images} images, median of ${ROUNDS} rounds`,
      ...table("everything built", cold),
      ...table("one accelerator changed", changed),
    ].join("\n");
  } finally {
    await project.remove();
  }
}

function table(title: string, seconds: Seconds): string[] {
  const { buildctl, missing, withContracts, upAfterwards, upAlone } = seconds;
  const both = missing.map((seconds, round) => seconds + (upAfterwards[round] ?? 0));
  const base = median(buildctl);
  const row = (name: string, values: readonly number[]): string => {
    const middle = median(values);
    return `  ${name.padEnd(31)} ${middle.toFixed(2).padStart(6)} s   ratio ${(middle / base).toFixed(2)}`;
  };
  return [
    title,
    row("buildctl in parallel", buildctl),
    row("slipway build --missing", missing),
    row("  and slipway up afterwards", both),
    row("slipway up alone", upAlone),
    row("build --missing with contracts", withContracts),
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
      withContracts: [],
      upAfterwards: [],
      upAlone: [],
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      await change();
      seconds.buildctl.push(await this.#buildAll());
      await change();
      seconds.missing.push(await timed(() => slipway(this.#project, MISSING)));
      seconds.upAfterwards.push(await timed(() => slipway(this.#project, UP)));
      await change();
      seconds.upAlone.push(await timed(() => slipway(this.#project, UP)));
      await change();
      const contract = "contract: { tools: [sh] }\n";
      await forEachFamily(this.#project, (text) => `${text}${contract}`);
      seconds.withContracts.push(await timed(() => slipway(this.#project, MISSING)));
      await forEachFamily(this.#project, (text) => text.replace(CONTRACT, ""));
    }
    return seconds;
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

  /** Seconds of one buildctl for each image, all at once. */
  async #buildAll(): Promise<number> {
    const { stdout } = await execa(
      process.execPath,
      [join(this.#project.root, "bench/buildctl-commands.ts")],
      { env: { SLIPWAY_HOME: this.#project.home } },
    );
    const commands = JSON.parse(stdout) as string[][];
    this.images = commands.length;
    const logins = Object.values(this.#cloud.registries).map(({ host, ...login }) => ({
      address: host,
      ...login,
    }));
    return withDockerConfig(logins, (folder) =>
      timed(() =>
        Promise.all(
          commands.map((args) =>
            execa(this.#buildctl, args, {
              env: { DOCKER_CONFIG: folder },
              stdin: "ignore",
              stdout: "ignore",
            }),
          ),
        ),
      ),
    );
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
