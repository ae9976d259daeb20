import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import pLimit from "p-limit";
import { z } from "zod";
import { DIGEST } from "../../../rules/image-reference.ts";
import { UserError } from "../../../rules/problems.ts";
import { goTool } from "../../go-tools.ts";
import { BuildLog } from "./build-log.ts";
import { buildctlArguments } from "./buildctl-arguments.ts";
import type { DockerBuildConfig } from "./config.ts";
import { withDockerConfig } from "./docker-config.ts";
import { dockerfileOf, type ImageInputs } from "./inputs.ts";

/** What a caller can tell the provider beside its configuration. */
export interface BuildOptions {
  /** Called with each line of progress, which begins with the image's name. */
  readonly onProgress?: (line: string) => void;
  /** What relative locations are relative to; the working directory unless given. */
  readonly projectFolder?: string;
  /** How many builds run at once; half the processors, at least two. */
  readonly parallel?: number;
}

const Metadata = z.object({ "containerimage.digest": z.string().regex(DIGEST) });

/** Builds images by one BuildKit, some at a time. */
export class Builder {
  readonly #config: DockerBuildConfig;
  readonly #options: BuildOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #abort = new AbortController();
  #program: Promise<string> | undefined;

  constructor(config: DockerBuildConfig, options: BuildOptions) {
    this.#config = config;
    this.#options = options;
    this.#limit = pLimit(options.parallel ?? Math.max(2, Math.floor(availableParallelism() / 2)));
  }

  /**
   * Builds an image and pushes it by digest.
   * @param name what lines of progress and errors call it
   * @returns its digest
   * @throws {UserError} with the end of what the failing step printed
   */
  async build(name: string, inputs: ImageInputs): Promise<string> {
    return this.#limit(async () => {
      const started = Date.now();
      const digest = await withDockerConfig(inputs.registries, (dockerConfig) =>
        this.#run(name, inputs, dockerConfig),
      );
      this.#print(name, `${digest} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      return digest;
    });
  }

  /** Ends all builds under way. */
  cancel(): void {
    this.#abort.abort();
  }

  async #run(name: string, inputs: ImageInputs, dockerConfig: string): Promise<string> {
    const address = this.#address();
    const program = await this.#buildctl();
    const folder = await mkdtemp(join(tmpdir(), "slipway-build-"));
    try {
      const metadataFile = join(folder, "metadata.json");
      const projectFolder = this.#options.projectFolder ?? process.cwd();
      const args = buildctlArguments(inputs, { folder: projectFolder, address, metadataFile });
      const log = new BuildLog((line) => this.#print(name, line));
      const running = execa(program, args, {
        env: { DOCKER_CONFIG: dockerConfig },
        stdin: "ignore",
        stdout: "ignore",
        buffer: false,
        reject: false,
        cancelSignal: this.#abort.signal,
      });
      for await (const line of createInterface({ input: running.stderr })) log.add(line);
      const result = await running;
      if (result.isCanceled) throw new UserError(`${name}: the build was interrupted`);
      if (result.failed && result.exitCode === undefined) {
        throw new UserError(
          `${name}: ${program} does not run (${result.code ?? result.signal ?? ""})`,
        );
      }
      if (result.failed) throw new UserError(failureText(name, inputs, address, log.failure()));
      const metadata = Metadata.parse(JSON.parse(await readFile(metadataFile, "utf8")));
      return metadata["containerimage.digest"];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #address(): string {
    const address = this.#config.buildkitHost ?? process.env["BUILDKIT_HOST"] ?? "";
    if (address !== "") return address;
    throw new UserError(
      "docker-build: no BuildKit to build with; start the local cloud (npm run local:up) or set BUILDKIT_HOST",
    );
  }

  #buildctl(): Promise<string> {
    this.#program ??=
      this.#config.buildctl === undefined
        ? goTool("buildctl", { onProgress: this.#options.onProgress })
        : Promise.resolve(this.#config.buildctl);
    return this.#program;
  }

  #print(name: string, line: string): void {
    this.#options.onProgress?.(`${name}: ${line}`);
  }
}

function failureText(name: string, inputs: ImageInputs, address: string, failure: string): string {
  if (/connection error|failed to list workers|no such host/.test(failure)) {
    return `${name}: BuildKit at ${address} does not answer: ${failure}`;
  }
  const target = inputs.target === undefined ? "" : `, target ${inputs.target}`;
  return `${name}: ${dockerfileOf(inputs)}${target} does not build: ${failure}`;
}
