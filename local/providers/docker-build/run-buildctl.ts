import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { UserError } from "../../../rules/problems.ts";
import { withTemporaryFolder } from "../../temporary-folder.ts";
import { BuildLog } from "./build-log.ts";
import { buildctlArguments, type BuildPlace, type BuildSource } from "./buildctl-arguments.ts";
import { dockerfileOf } from "./inputs.ts";

export interface BuildctlOptions extends Omit<BuildPlace, "metadataFile"> {
  /** Folder of the Docker configuration whose logins buildctl passes on; the user's own unless given. */
  readonly dockerConfig?: string;
  readonly signal?: AbortSignal;
  /** Called with each line of progress. */
  readonly print: (line: string) => void;
}

/**
 * BuildKit does not answer, or not in the few seconds that it gives a client to: it is away, or very busy. The same build
 * may go well the next time.
 */
export class BuildkitFault extends UserError {
  override readonly name = "BuildkitFault";
}

/**
 * Builds an image with buildctl.
 * @param program path of buildctl
 * @param name what errors call the image
 * @returns what buildctl tells of the result: its `--metadata-file`; an empty object where no output was asked for
 * @throws {BuildkitFault} when the fault is not the image's
 * @throws {UserError} with the end of what the failing step printed
 */
export async function runBuildctl(
  program: string,
  name: string,
  source: BuildSource,
  options: BuildctlOptions,
): Promise<unknown> {
  return withTemporaryFolder("slipway-build", async (folder) => {
    const metadataFile = join(folder, "metadata.json");
    const log = new BuildLog(options.print);
    const running = execa(program, buildctlArguments(source, { ...options, metadataFile }), {
      ...(options.dockerConfig !== undefined && { env: { DOCKER_CONFIG: options.dockerConfig } }),
      ...(options.signal !== undefined && { cancelSignal: options.signal }),
      stdin: "ignore",
      stdout: "ignore",
      buffer: false,
      reject: false,
    });
    for await (const line of createInterface({ input: running.stderr })) log.add(line);
    const result = await running;
    if (result.isCanceled) throw new UserError(`${name}: the build was interrupted`);
    if (result.failed && result.exitCode === undefined) {
      throw new UserError(
        `${name}: ${program} does not run (${result.code ?? result.signal ?? ""})`,
      );
    }
    if (result.failed) {
      throw failureOf(name, source, options.address, log.failure());
    }
    // Of a build that gives nothing there is nothing to tell.
    if (options.outputs.length === 0) return {};
    return JSON.parse(await readFile(metadataFile, "utf8")) as unknown;
  });
}

function failureOf(name: string, source: BuildSource, address: string, failure: string): UserError {
  const isOfStep = failure.startsWith("step ");
  if (!isOfStep && /connection error|failed to list workers|deadline exceeded/.test(failure)) {
    return new BuildkitFault(`${name}: BuildKit at ${address} does not answer: ${failure}`);
  }
  const target = source.target === undefined ? "" : `, target ${source.target}`;
  return new UserError(`${name}: ${dockerfileOf(source)}${target} does not build: ${failure}`);
}
