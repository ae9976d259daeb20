/*
 * Stack `local`, applied by the command as people call it, on a local cloud and from a copy of the project that belong
 * to these tests alone. All files share one: each begins with everything applied, and leaves it so or says otherwise.
 *
 *   const stack = appliedStack();
 *   it("...", async () => assert.equal((await stack().up()).changes.same, 48));
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readBuildkitChoice } from "../../../../local/buildkit.ts";
import { Registries, type RepositoryClient } from "../../../../oci/registries.ts";
import { parseRepository } from "../../../../rules/image-reference.ts";
import { LocalCloud } from "../../../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../../../cli/support/project-copy.ts";
import { assertNoSecret } from "./secret-search.ts";

/** What `--json` prints of an operation. */
export interface Run {
  readonly engine: string;
  readonly ok: boolean;
  readonly changes: Readonly<Record<"create" | "update" | "replace" | "delete" | "same", number>>;
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly change: string;
    readonly diff: readonly {
      readonly path: string;
      readonly old?: unknown;
      readonly new?: unknown;
    }[];
    readonly note?: string;
  }[];
  readonly skipped: readonly { readonly name: string }[];
  readonly failures: readonly { readonly name?: string; readonly message: string }[];
  readonly outputs: Outputs;
}

export interface Outputs {
  readonly registries: Readonly<Record<string, string>>;
  readonly roleArns: Readonly<Record<string, string>>;
  readonly repositoryUrls: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly environments: unknown;
  readonly variables: readonly string[];
  readonly images: Readonly<Record<string, Readonly<Record<string, Image>>>>;
}

/** An image in the outputs. */
export interface Image {
  readonly reference: string;
  readonly references: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string>>;
}

/** The arguments that name the stack, with the engine that these tests are about. */
export const STACK = ["--stack", "local", "--engine", "embedded"] as const;

export class LocalStack {
  readonly project: ProjectCopy;
  readonly cloud: LocalCloud;
  /** The first `up`, from nothing. */
  readonly first: Run;
  /** Whether all that the stack declares is there; a test that takes it away says so. */
  isApplied = true;

  private constructor(project: ProjectCopy, cloud: LocalCloud, first: Run) {
    this.project = project;
    this.cloud = cloud;
    this.first = first;
  }

  static async start(): Promise<LocalStack> {
    const project = await ProjectCopy.make();
    await startServices(project);
    const text = await readFile(join(project.home, "cloud.json"), "utf8");
    const cloud = LocalCloud.parse(JSON.parse(text));
    return new LocalStack(project, cloud, await run(project, cloud, ["up"]));
  }

  /** Runs `slipway` with any arguments; what it prints holds no secret, whatever it does. */
  async slipway(...args: readonly string[]): Promise<CliResult> {
    const result = await this.project.slipway(args);
    assertNoSecret(this.cloud, `${result.stdout}\n${result.stderr}`, `slipway ${args.join(" ")}`);
    return result;
  }

  up(): Promise<Run> {
    return run(this.project, this.cloud, ["up"]);
  }

  preview(): Promise<Run> {
    return run(this.project, this.cloud, ["preview"]);
  }

  async startServices(): Promise<void> {
    await startServices(this.project);
  }

  /** A client of `host/path`, that may push. */
  repository(name: string): RepositoryClient {
    const { host } = parseRepository(name);
    const login = Object.values(this.cloud.registries).find((registry) => registry.host === host);
    assert.ok(login, `${host} is a registry of this cloud`);
    const { username, password } = login;
    return new Registries().repository(name, { [host]: { username, password } }, "push");
  }

  /** Digest that a name has on its registry now. */
  async digestOf(name: string): Promise<string | undefined> {
    const colon = name.lastIndexOf(":");
    return this.repository(name.slice(0, colon)).manifests.digest(name.slice(colon + 1));
  }

  /** Checks on the registries that each name of the images has the digest that the outputs tell. */
  async assertNames({ images }: Outputs): Promise<void> {
    const names = Object.values(images).flatMap((family) =>
      Object.values(family).flatMap((image) => Object.entries(image.names)),
    );
    assert.ok(names.length > 0);
    await Promise.all(
      names.map(async ([name, digest]) => assert.equal(await this.digestOf(name), digest, name)),
    );
  }

  /** Builds that BuildKit has done for this instance, by its own records. */
  async builds(): Promise<Set<string>> {
    const stdout = await this.#buildctl("debug", "histories", "--format", "{{.Record.Ref}} ");
    return new Set(stdout.split(/\s+/).filter((reference) => reference !== ""));
  }

  /** Builds that were done while something ran. */
  async buildsDuring<T>(action: () => Promise<T>): Promise<{ result: T; builds: number }> {
    const before = await this.builds();
    const result = await action();
    const builds = [...(await this.builds())].filter((reference) => !before.has(reference));
    return { result, builds: builds.length };
  }

  /** Empties the build cache, unless the builder serves others too. */
  async prune(): Promise<void> {
    const choice = await readBuildkitChoice(this.project.home);
    if (choice?.kind !== "host") await this.#buildctl("prune", "--all");
  }

  async #buildctl(...args: readonly string[]): Promise<string> {
    const choice = await readBuildkitChoice(this.project.home);
    assert.ok(choice, "the instance has a BuildKit");
    const { stdout } = await execa(choice.buildctl, ["--addr", choice.address, ...args]);
    return stdout;
  }
}

/** Starts what does not run of the instance's services. */
async function startServices(project: ProjectCopy): Promise<void> {
  const { exitCode, stdout, stderr } = await project.slipway(["local", "start"]);
  assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
}

async function run(project: ProjectCopy, cloud: LocalCloud, command: string[]): Promise<Run> {
  const { exitCode, stdout, stderr } = await project.slipway([...command, ...STACK, "--json"]);
  assertNoSecret(cloud, `${stdout}\n${stderr}`, `slipway ${command.join(" ")} --json`);
  assert.ok(stdout.startsWith("{"), `one JSON object and nothing else:\n${stdout}\n${stderr}`);
  const result = JSON.parse(stdout) as Run;
  assert.equal(exitCode, result.ok ? 0 : 1, stdout);
  return result;
}

let started: Promise<LocalStack> | undefined;

/** Applies the stack before the tests of the current suite, where it is not; the function gives it to a test. */
export function appliedStack(): () => LocalStack {
  let stack: LocalStack | undefined;
  before("apply stack local", async function () {
    this.timeout(20 * 60_000); // On a fresh machine the tools are built here.
    stack = await (started ??= LocalStack.start());
    if (!stack.isApplied) {
      await stack.startServices();
      const { ok, failures } = await stack.up();
      assert.ok(ok, JSON.stringify(failures));
      stack.isApplied = true;
    }
  });
  return () => {
    if (stack === undefined) throw new Error("the stack is there only while tests run");
    return stack;
  };
}

/** Names of the resources with a change, sorted. */
export function changed(run: Run, ...changes: readonly string[]): string[] {
  return run.resources
    .filter(({ change }) => changes.includes(change))
    .map(({ name }) => name)
    .sort();
}
