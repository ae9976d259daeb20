import { execa } from "execa";
import { UserError } from "../../rules/problems.ts";

/** An image that an engine has. */
export interface EngineImage {
  /** Of the configuration in the classic image store; of the manifest, or the index, in the containerd image store. */
  readonly id: string;
  /** Its layers uncompressed, by digest, in order. */
  readonly diffIds: readonly string[];
  /** `host/path:tag`, as the engine shortens it: `busybox:1` of docker.io. */
  readonly tags: readonly string[];
}

const FORMAT = '{"id":{{json .Id}},"diffIds":{{json .RootFS.Layers}},"tags":{{json .RepoTags}}}';

/**
 * What the engine has of some images, by id or reference; those that it has not are left out.
 * @throws NoEngineError when no engine answers
 */
export async function engineImages(names: readonly string[]): Promise<readonly EngineImage[]> {
  if (names.length === 0) return [];
  const { stdout, stderr, failed } = await docker([
    "image",
    "inspect",
    "--format",
    FORMAT,
    ...names,
  ]);
  // It prints what it found, and fails with a line for each that it did not.
  const missing = /no such (?:image|object)/i;
  const faults = stderr.split("\n").filter((line) => line !== "" && !missing.test(line));
  if (failed && (faults.length > 0 || stderr === "")) throw noEngine(stderr);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { id, diffIds, tags } = JSON.parse(line) as {
        readonly id: string;
        readonly diffIds: readonly string[] | null;
        readonly tags: readonly string[] | null;
      };
      return { id, diffIds: diffIds ?? [], tags: tags ?? [] };
    });
}

/**
 * Every image that the engine has, those without a name too: their layers are there to be built upon.
 * @throws NoEngineError when no engine answers
 */
export async function allEngineImages(): Promise<readonly EngineImage[]> {
  const { stdout, stderr, failed } = await docker([
    "image",
    "ls",
    "--all",
    "--quiet",
    "--no-trunc",
  ]);
  if (failed) throw noEngine(stderr);
  const ids = [...new Set(stdout.split("\n").filter((id) => id !== ""))];
  const images: EngineImage[] = [];
  // A command line has an end; and an image may go meanwhile, which is no fault.
  for (let at = 0; at < ids.length; at += 200) {
    images.push(...(await engineImages(ids.slice(at, at + 200))));
  }
  return images;
}

/**
 * Whether the engine keeps images in containerd, which calls them by their manifests.
 * @see https://github.com/moby/moby/blob/v28.5.2/daemon/containerd/service.go#L156
 */
export async function hasContainerdStore(): Promise<boolean> {
  const { stdout, stderr, failed } = await docker(["info", "--format", "{{json .DriverStatus}}"]);
  if (failed) throw noEngine(stderr);
  return stdout.includes('"io.containerd.snapshotter.v1"');
}

/** Gives an image that the engine has these names too. */
export async function nameImage(
  { id, tags }: EngineImage,
  names: readonly string[],
): Promise<void> {
  for (const name of names.filter((name) => !tags.includes(name))) {
    const { stderr, failed } = await docker(["image", "tag", id, name]);
    if (failed) throw new UserError(`docker tag ${id} ${name}: ${lastLine(stderr)}`);
  }
}

/**
 * Has the engine fetch an image, with the logins of `docker login`; its progress goes to standard error.
 * @throws UserError when it cannot; docker has said why
 */
export async function pullImage(reference: string): Promise<void> {
  const { failed } = await execa("docker", ["image", "pull", reference], {
    reject: false,
    stdin: "ignore",
    stdout: process.stderr,
    stderr: "inherit",
  });
  if (failed) throw new UserError(`docker pull ${reference} failed; its own words are above`);
}

/**
 * Gives the engine an archive as it is made, piece by piece.
 * @throws UserError with the engine's words when it refuses it; the archive's own error when that cannot be made
 */
export async function loadArchive(archive: AsyncIterable<Uint8Array>): Promise<void> {
  const loading = execa("docker", ["image", "load", "--quiet"], {
    reject: false,
    stdin: "pipe",
    stdout: "ignore",
  });
  const { stdin } = loading;
  // It fails when the engine refuses the archive before its end, of which the engine's own words tell more.
  stdin.on("error", () => undefined);
  try {
    for await (const piece of archive) {
      // Each is on its way before the next is made. Once the engine refuses, none is.
      const isTaken = await new Promise((done) =>
        stdin.write(piece, (error) => done(error === null || error === undefined)),
      );
      if (isTaken !== true) break;
    }
  } catch (error) {
    // An end of its input could be taken for the archive's end.
    loading.kill("SIGKILL");
    await loading;
    throw error;
  }
  stdin.end();
  const { failed, stderr } = await loading;
  if (failed) throw new UserError(`docker load: ${lastLine(stderr)}`);
}

function docker(args: readonly string[]) {
  return execa("docker", args, { reject: false, stdin: "ignore" });
}

/** Nothing can be done without an engine. */
export class NoEngineError extends UserError {}

function noEngine(stderr: string): NoEngineError {
  const said = stderr === "" ? "there is no docker on PATH" : lastLine(stderr);
  return new NoEngineError(
    `no Docker engine answers (${said}); start it, or let this user talk to it, and see docker info`,
  );
}

/** What docker says last is what went wrong. */
function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
