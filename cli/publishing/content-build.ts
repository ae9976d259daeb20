import pLimit from "p-limit";
import { z } from "zod";
import {
  type BuildSource,
  pushByDigest,
} from "../../local/providers/docker-build/buildctl-arguments.ts";
import { runBuildctl } from "../../local/providers/docker-build/run-buildctl.ts";
import { DIGEST } from "../../rules/image-reference.ts";
import { UserError } from "../../rules/problems.ts";
import { contractSource } from "../contract-source.ts";
import type { Heartbeat } from "../print/heartbeat.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import type { Stack } from "../stack.ts";
import type { BuildBuilders } from "./build-builders.ts";
import type { RefBuilds } from "./build-ref.ts";
import { buildSource } from "./build-source.ts";
import type { SurveyedImage } from "./content-survey.ts";

/** What all builds of a run have in common. */
export interface ContentBuildOptions {
  readonly builders: BuildBuilders;
  readonly cacheOf: RefBuilds["cacheOf"];
  /** Folder of a Docker configuration with the logins of all registries. */
  readonly dockerConfig: string;
  readonly signal: AbortSignal;
  /** Is told what is being built, and at which step. */
  readonly heartbeat: Heartbeat;
  readonly warn: (line: string) => void;
}

const Metadata = z.object({ "containerimage.digest": z.string().regex(DIGEST) });

/** Builds content and pushes it by digest, with no name. */
export class ContentBuilds {
  readonly #stack: Stack;
  readonly #options: ContentBuildOptions;
  readonly #limits = new Map<string, ReturnType<typeof pLimit>>();

  constructor(stack: Stack, options: ContentBuildOptions) {
    this.#stack = stack;
    this.#options = options;
  }

  /**
   * Builds one platform of an image, pushes it to the image's first registry and holds it against its contract.
   * @returns `host/path@sha256:...`
   * @throws UserError with the end of what the failing step printed, or with what breaks the contract
   */
  build(image: SurveyedImage, platform: string): Promise<string> {
    const { builders } = this.#options;
    const address = builders.address(platform);
    const limit = this.#limits.get(address) ?? pLimit(builders.parallel);
    this.#limits.set(address, limit);
    return limit(async () => {
      const label = buildLabel(image, platform);
      this.#options.heartbeat.start(label);
      try {
        return await this.#build(image, platform);
      } finally {
        this.#options.heartbeat.end(label);
      }
    });
  }

  async #build(image: SurveyedImage, platform: string): Promise<string> {
    const [repository = ""] = image.repositories;
    const { cacheOf } = this.#options;
    const { from, to } = cacheOf({ image, platform });
    const source = {
      ...buildSource(this.#stack, image, platform),
      cacheFrom: from,
      ...(to !== undefined && { cacheTo: to }),
    };
    const output = pushByDigest({
      names: [repository],
      push: true,
      pushByDigest: true,
      nameCanonical: true,
      ociMediaTypes: true,
    });
    const built = await this.#run(image, platform, source, [output]);
    const reference = `${repository}@${Metadata.parse(built)["containerimage.digest"]}`;
    const { contract } = image.family;
    if (contract !== undefined) {
      const cache = cacheOf({ image, platform, contract: true });
      await this.#run(
        image,
        platform,
        contractSource(contract, { reference, platform, cache }),
        [],
      );
    }
    return reference;
  }

  async #run(
    image: SurveyedImage,
    platform: string,
    source: BuildSource,
    outputs: readonly string[],
  ): Promise<unknown> {
    const { builders, dockerConfig, signal, heartbeat, warn } = this.#options;
    const label = buildLabel(image, platform);
    const interrupted = (): boolean => signal.aborted;
    if (interrupted()) throw new UserError(`${label}: the build was interrupted`);
    try {
      return await runBuildctl(builders.buildctl, label, source, {
        folder: PROJECT_ROOT,
        address: builders.address(platform),
        outputs,
        dockerConfig,
        signal,
        print: (line) => {
          heartbeat.buildLine(`${label}: ${line}`);
          if (line.startsWith("warning: ")) warn(`${label}: ${line}`);
        },
      });
    } catch (error) {
      // The terminal's interrupt reaches buildctl as well, which then ends by itself and says so in its own words.
      if (interrupted() && error instanceof UserError) {
        throw new UserError(`${label}: the build was interrupted`, { cause: error });
      }
      const hint = builders.hint(platform);
      if (hint === undefined || !(error instanceof UserError)) throw error;
      throw new UserError(`${error.message}\n${hint}`, { cause: error });
    }
  }
}

/** What progress and errors call a build: with the platform where a family has several. */
export function buildLabel({ label, family }: SurveyedImage, platform: string): string {
  return family.platforms.length > 1 ? `${label} (${platform})` : label;
}
