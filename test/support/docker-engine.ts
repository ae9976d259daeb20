/*
 * A Docker engine for tests: a dockerd of its own, beside any that the machine runs, with its data and its sockets in a
 * folder that is removed when the tests' process ends. There are two kinds, because they load and name images differently:
 * "classic" keeps unpacked layers and calls an image by its configuration's digest, "containerd" keeps an image's own blobs
 * and calls it by its manifest's.
 *
 *   const engine = withDockerEngine("classic");
 *   it("...", () => engine().docker("load", "--input", archive));
 */

/** Where an engine keeps its images. */
export type EngineKind = "classic" | "containerd";

export interface DockerEngine {
  readonly kind: EngineKind;
  /** For a program that is to speak to this engine: DOCKER_HOST, DOCKER_CONFIG (no logins) and PATH with a `docker`. */
  readonly env: Readonly<Record<"DOCKER_HOST" | "DOCKER_CONFIG" | "PATH", string>>;
  /** What a `docker` with these arguments prints. */
  docker(...args: readonly string[]): Promise<string>;
  /** Ends it and removes its folder; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts an engine before the tests of the current suite and ends it after them; the function gives it to a test. Where the
 * machine can run none, the suite is skipped and says why; in CI that is an error.
 */
export function withDockerEngine(kind: EngineKind): () => DockerEngine {
  let engine: DockerEngine | undefined;
  before(`start a ${kind} engine`, async function () {
    this.timeout(15 * 60_000); // On a fresh machine the programs are fetched or built here.
    engine = await startDockerEngine(kind);
  });
  after(() => engine?.stop());
  return () => {
    if (engine === undefined) throw new Error("the engine is there only while tests run");
    return engine;
  };
}

/** Starts an engine and waits until it answers. */
export function startDockerEngine(kind: EngineKind): Promise<DockerEngine> {
  throw new Error(`no ${kind} engine yet`);
}
