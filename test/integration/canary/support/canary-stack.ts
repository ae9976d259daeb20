/*
 * Stack `local`, small, on a cloud of its own, with a marker as every secret that it is given, and all that its commands
 * print and leave behind.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import pLimit from "p-limit";
import { StateFile } from "../../../../engine/state-file.ts";
import { LocalCloud } from "../../../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../../../cli/support/project-copy.ts";
import { CONFIGS, FOR_GITHUB_ALONE, GIVEN, VERBOSE } from "./given.ts";
import { type Marker, MarkerSearch } from "./markers.ts";
import { smallStack, writeDockerLogin } from "./small-stack.ts";

export const LOCAL = ["--stack", "local", "--engine", "embedded"] as const;
/** One with a single image. */
export const FAMILY = "no_rocm_image_ubuntu24_04";

/** Files of an instance whose purpose is to hold a credential; all are readable by their owner alone. */
const MAY_HOLD: Readonly<Record<string, string>> = {
  "instance.json": "what the instance was made with, so that it can be started again",
  "docker/config.json": "the user's own, as docker login leaves it",
  "cloud.json": "how settings log in to the instance",
  "registries/ecr/config.yaml": "the registry's own secret, which signs uploads",
  "registries/ghcr.io/config.yaml": "the registry's own secret, which signs uploads",
  "registries/docker.io/config.yaml": "the registry's own secret, which signs uploads",
};

/** Modules of the tests in the place of the project's. */
export type Replacements = Readonly<Record<string, string>>;

export interface RunOptions {
  readonly replacements?: Replacements;
  /** What the standard input gives. */
  readonly input?: string;
  /** Value of RESULTS_TOKEN, when it is another. */
  readonly variable?: Marker;
}

export class CanaryStack {
  readonly project: ProjectCopy;
  readonly search: MarkerSearch;
  readonly #alone = new MarkerSearch(FOR_GITHUB_ALONE);
  /** Commands that were run, with the exit code of each. */
  readonly log: string[] = [];
  /** What showed a marker. */
  readonly found: string[] = [];

  private constructor(project: ProjectCopy, search: MarkerSearch) {
    this.project = project;
    this.search = search;
  }

  static async start(): Promise<CanaryStack> {
    const project = await ProjectCopy.make();
    await smallStack(project);
    const starting = new CanaryStack(project, new MarkerSearch(Object.values(GIVEN)));
    await starting.run(["local", "start"]);
    const stack = new CanaryStack(
      project,
      new MarkerSearch([...Object.values(GIVEN), ...(await credentials(project.home))]),
    );
    const { registries } = await stack.cloud();
    await writeDockerLogin(project.home, registries["ghcr.io"].host);
    stack.log.push(...starting.log);
    stack.found.push(...starting.found);
    return stack;
  }

  /** A process of `slipway` with every secret that comes by its environment or by the configuration. */
  spawn(args: readonly string[], { replacements = {}, input, variable }: RunOptions = {}) {
    const { root, home } = this.project;
    const preload = join(root, "test/integration/canary/support/replace-modules.ts");
    const node = [`--import=${preload}`, join(root, "cli/main.ts"), ...args];
    return execa(process.execPath, node, {
      cwd: root,
      env: {
        ...VERBOSE,
        SLIPWAY_HOME: home,
        TMPDIR: join(home, "tmp"),
        NO_COLOR: "1",
        GITHUB_ACTIONS: undefined,
        SLIPWAY_TEST_REPLACE: JSON.stringify({
          "engine/project.ts": "project.ts",
          ...replacements,
        }),
        SLIPWAY_TEST_CONFIG: JSON.stringify(CONFIGS),
        RESULTS_TOKEN: (variable ?? GIVEN.variable).value,
        GITHUB_TOKEN: GIVEN.processToken.value,
        SEALED_VALUE: GIVEN.fromVariable.value,
        DOCKER_CONFIG: join(home, "docker"),
      },
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
      reject: false,
      // On a fresh machine the tools are built by the first of them.
      timeout: 15 * 60_000,
    });
  }

  /** Runs a command and searches what it printed. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    const { exitCode, stdout, stderr, message } = await this.spawn(args, options);
    if (exitCode === undefined) throw new Error(message);
    const command = `slipway ${args.join(" ")}`;
    this.log.push(`${exitCode} ${command}`);
    this.note(`stdout of ${command}`, stdout);
    this.note(`stderr of ${command}`, stderr);
    return { exitCode, stdout, stderr };
  }

  /** Runs a command that ends as expected: one that did nothing would show nothing. */
  async expect(
    exitCode: number,
    args: readonly string[],
    options?: RunOptions,
  ): Promise<CliResult> {
    const result = await this.run(args, options);
    const { stdout, stderr } = result;
    assert.equal(result.exitCode, exitCode, `${args.join(" ")}\n${stdout}\n${stderr}`);
    return result;
  }

  /** Runs commands that change nothing, two at once: BuildKit counts as dead when it does not answer one for seconds. */
  async expectAll(...commands: readonly (readonly string[])[]): Promise<void> {
    const limit = pLimit(2);
    await Promise.all(commands.map((args) => limit(() => this.expect(0, args))));
  }

  /** Nothing of what some work printed and left behind shows a marker. */
  async assertSilent(work: () => Promise<unknown>): Promise<void> {
    const found = await this.findingsOf(async () => {
      await work();
      await this.searchFiles();
      await this.searchOpenedState();
    });
    assert.deepEqual(found, []);
  }

  /** What work finds, apart from what was found before. */
  async findingsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.found.length;
    await work();
    return this.found.splice(before);
  }

  /** Searches a text. */
  note(where: string, text: string | Buffer): void {
    this.found.push(...this.search.in(text).map((finding) => `${where}: ${finding}`));
  }

  /** Searches every file of the instance and of the project's copy; the log of GitHub's requests has their paths alone. */
  async searchFiles(): Promise<void> {
    const { home, root } = this.project;
    for (const folder of [home, root]) {
      for (const file of await filesBelow(folder)) {
        const path = relative(folder, file);
        if (folder === home && path in MAY_HOLD) continue;
        // Written and removed while they are read.
        const bytes = await readFile(file).catch(() => Buffer.alloc(0));
        this.note(path, bytes);
      }
    }
  }

  /** Searches the state once more when it is opened, for what it may not hold at all. */
  async searchOpenedState(): Promise<void> {
    const state = join(this.project.home, "state/local.json");
    if (!existsSync(state)) return;
    const opened = await StateFile.open(state, { project: "slipway", stack: "local" });
    const text = JSON.stringify(opened.state);
    this.found.push(
      ...this.#alone.in(text).map((finding) => `state/local.json, opened: ${finding}`),
    );
  }

  async cloud(): Promise<LocalCloud> {
    return LocalCloud.parse(
      JSON.parse(await readFile(join(this.project.home, "cloud.json"), "utf8")),
    );
  }

  /** Runs with another description of the cloud. */
  async withCloud(
    change: (cloud: LocalCloud) => LocalCloud,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const file = join(this.project.home, "cloud.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, JSON.stringify(change(await this.cloud())));
    try {
      await work();
    } finally {
      await writeFile(file, text);
    }
  }
}

/** What the instance chose for itself. */
async function credentials(home: string): Promise<readonly Marker[]> {
  const text = await readFile(join(home, "instance.json"), "utf8");
  const { githubToken, registrySecret, registries } = JSON.parse(text) as {
    githubToken: string;
    registrySecret: string;
    registries: Readonly<Record<string, { readonly password: string }>>;
  };
  return [
    { name: "the emulator's token", value: githubToken },
    { name: "the registries' own secret", value: registrySecret },
    ...Object.entries(registries).map(([name, { password }]) => ({
      name: `the password of ${name}`,
      value: password,
    })),
  ];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
