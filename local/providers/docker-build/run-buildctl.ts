import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { packageAccessAdvice } from "../../../rules/package-access.ts";
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
  /** Milliseconds in which BuildKit must tell of a first step; three minutes unless given. */
  readonly patience?: number;
}

const PATIENCE = 180_000;

/**
 * Times that a build is given to a BuildKit too busy for its own deadlines: it gives up a client that it hears nothing from
 * for 5 seconds. What it did until then is in its cache.
 */
const ATTEMPTS = 3;

/**
 * Builds an image with buildctl.
 * @param program path of buildctl
 * @param name what errors call the image
 * @returns what buildctl tells of the result: its `--metadata-file`; an empty object where no output was asked for
 * @throws {UserError} with the end of what the failing step printed
 */
export async function runBuildctl(
  program: string,
  name: string,
  source: BuildSource,
  options: BuildctlOptions,
): Promise<unknown> {
  return withTemporaryFolder("slipway-build", async (folder) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runOnce(program, name, source, {
          ...options,
          metadataFile: join(folder, "metadata.json"),
        });
      } catch (error) {
        if (!(error instanceof BusyFault) || attempt === ATTEMPTS) throw error;
        options.print("BuildKit is too busy to answer; it is asked again");
      }
    }
  });
}

/** BuildKit gave up the client. */
class BusyFault extends UserError {}

async function runOnce(
  program: string,
  name: string,
  source: BuildSource,
  options: BuildctlOptions & BuildPlace,
): Promise<unknown> {
  const log = new BuildLog(options.print);
  const running = execa(program, buildctlArguments(source, options), {
    ...(options.dockerConfig !== undefined && { env: { DOCKER_CONFIG: options.dockerConfig } }),
    ...(options.signal !== undefined && { cancelSignal: options.signal }),
    stdin: "ignore",
    stdout: "ignore",
    buffer: false,
    reject: false,
  });
  let silent = true;
  const { patience = PATIENCE } = options;
  const timer = setTimeout(() => silent && running.kill(), patience);
  for await (const line of createInterface({ input: running.stderr })) {
    silent = false;
    log.add(line);
  }
  const result = await running;
  clearTimeout(timer);
  if (silent && result.isTerminated && !result.isCanceled) {
    throw new UserError(
      `${name}: BuildKit at ${options.address} took the build and began no step in ${patience / 1000} s: it hangs, as it may after a client of it was killed. ` +
        "Start it anew (the local cloud's: slipway local stop, then slipway local start) and run again",
    );
  }
  if (result.isCanceled) throw new UserError(`${name}: the build was interrupted`);
  if (result.failed && result.exitCode === undefined) {
    throw new UserError(`${name}: ${program} does not run (${result.code ?? result.signal ?? ""})`);
  }
  if (result.failed) {
    throw failureOf(name, source, options.address, log.failure());
  }
  // Of a build that gives nothing there is nothing to tell.
  if (options.outputs.length === 0) return {};
  return JSON.parse(await readFile(options.metadataFile, "utf8")) as unknown;
}

function failureOf(name: string, source: BuildSource, address: string, failure: string): UserError {
  const isOfStep = failure.startsWith("step ");
  if (!isOfStep && /connection error|failed to list workers|deadline exceeded/.test(failure)) {
    const Fault = failure.startsWith("context deadline exceeded") ? BusyFault : UserError;
    return new Fault(`${name}: BuildKit at ${address} does not answer: ${failure}`);
  }
  const target = source.target === undefined ? "" : `, target ${source.target}`;
  const advice = packageAccessAdvice(failure);
  if (advice !== undefined) {
    return new UserError(`${name}: was built, and may not be pushed: ${failure}\n${advice}`);
  }
  return new UserError(`${name}: ${dockerfileOf(source)}${target} does not build: ${failure}`);
}
