import pLimit from "p-limit";
import { z } from "zod";
import { DIGEST } from "../../../rules/image-reference.ts";
import { UserError } from "../../../rules/problems.ts";
import { goTool } from "../../go-tools.ts";
import { buildSourceOf, pushByDigest } from "./buildctl-arguments.ts";
import type { DockerBuildConfig } from "./config.ts";
import { withDockerConfig } from "./docker-config.ts";
import { exportTarget, type ImageInputs } from "./inputs.ts";
import { runBuildctl } from "./run-buildctl.ts";

/** What a caller can tell the provider beside its configuration. */
export interface BuildOptions {
  /** Called with each line of progress, which begins with the image's name. */
  readonly onProgress?: (line: string) => void;
  /** What relative locations are relative to; the working directory unless given. */
  readonly projectFolder?: string;
  /** How many builds run at once; 16 unless given: builds wait for BuildKit, which schedules their steps, and registries. */
  readonly parallel?: number;
}

const Metadata = z.object({ "containerimage.digest": z.string().regex(DIGEST) });

const PARALLEL = 16;

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
    this.#limit = pLimit(options.parallel ?? PARALLEL);
  }

  /**
   * Builds an image and pushes it by digest, or builds it and keeps nothing of it.
   * @param name what lines of progress and errors call it
   * @returns its digest; empty where nothing is kept
   * @throws {UserError} with the end of what the failing step printed
   */
  async build(name: string, inputs: ImageInputs): Promise<string> {
    return this.#limit(async () => {
      const started = Date.now();
      const digest = await withDockerConfig(inputs.registries, (dockerConfig) =>
        this.#run(name, inputs, dockerConfig),
      );
      this.#print(name, `${digest || "done"} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      return digest;
    });
  }

  /** Ends all builds under way. */
  cancel(): void {
    this.#abort.abort();
  }

  async #run(name: string, inputs: ImageInputs, dockerConfig: string): Promise<string> {
    const target = exportTarget(inputs);
    // Looked for before the program, which may take minutes to make.
    const address = this.#address(inputs.builder?.name);
    const metadata = await runBuildctl(await this.#buildctl(), name, buildSourceOf(inputs), {
      folder: this.#options.projectFolder ?? process.cwd(),
      address,
      outputs: target === undefined ? [] : [pushByDigest(target)],
      dockerConfig,
      signal: this.#abort.signal,
      print: (line) => this.#print(name, line),
    });
    return target === undefined ? "" : Metadata.parse(metadata)["containerimage.digest"];
  }

  #address(builder?: string): string {
    if (builder !== undefined) return this.#addressOf(builder);
    const address = this.#config.buildkitHost ?? process.env["BUILDKIT_HOST"] ?? "";
    if (address !== "") return address;
    throw new UserError(
      "docker-build: no BuildKit to build with; start the local cloud (npm run local:up) or set BUILDKIT_HOST",
    );
  }

  #addressOf(builder: string): string {
    const address = this.#config.builders[builder];
    if (address !== undefined) return address;
    throw new UserError(
      `docker-build: no address of builder ${builder} is known; name it in slipway:builders`,
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
