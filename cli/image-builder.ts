import { join, relative } from "node:path";
import { scriptsFolder } from "../context/content-keys.ts";
import { startBuilder } from "../local/cloud.ts";
import type { BuildSource } from "../local/providers/docker-build/buildctl-arguments.ts";
import { runBuildctl } from "../local/providers/docker-build/run-buildctl.ts";
import { buildArgsOf } from "../rules/image-file.ts";
import { UserError } from "../rules/problems.ts";
import type { SelectedImage } from "./image-selection.ts";
import { Heartbeat } from "./print/heartbeat.ts";
import { instanceFolder, PROJECT_ROOT } from "./project-root.ts";

const STAND_IN_SCRIPTS = join(PROJECT_ROOT, "local/stand-ins/scripts");

/** Builds images of the catalogue for this machine, on their real bases or on stand-ins. */
export interface ImageBuilder {
  /** @param outputs values of buildctl's `--output`. */
  readonly build: (selected: SelectedImage, outputs: readonly string[]) => Promise<void>;
}

/** Starts BuildKit if need be. */
export async function openImageBuilder(
  standIns: boolean,
  say: (line: string) => void,
): Promise<ImageBuilder> {
  const { buildkit, base } = await startBuilder({
    folder: instanceFolder(),
    onProgress: (line) => say(`local cloud  ${line}`),
  });
  return {
    build: async (selected, outputs) => {
      const source = buildSource(selected, standIns ? base : undefined, say);
      const started = performance.now();
      say(`${selected.label}  building${standIns ? " on stand-ins" : ""} ...`);
      const heartbeat = new Heartbeat(say);
      heartbeat.start(selected.label);
      try {
        await runBuildctl(buildkit.buildctl, selected.label, source, {
          folder: PROJECT_ROOT,
          address: buildkit.address,
          outputs,
          print: (line) => heartbeat.buildLine(`${selected.label}: ${line}`),
        });
      } catch (error) {
        throw standIns ? error : withHint(error);
      } finally {
        heartbeat.stop();
      }
      say(`${selected.label}  built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    },
  };
}

/** What BuildKit is told; the same Dockerfile and arguments as when the image is published. */
function buildSource(
  { family, image, label }: SelectedImage,
  standInBase: string | undefined,
  say: (line: string) => void,
): BuildSource {
  const standIns =
    standInBase === undefined ? undefined : { base: standInBase, scripts: STAND_IN_SCRIPTS };
  return {
    context: {
      location: relative(PROJECT_ROOT, family.folder),
      named: {
        base: { location: standInBase ?? realBase() },
        scripts: { location: scriptsFolder(family, standIns) },
      },
    },
    buildArgs: { ...buildArgsOf(family, image) },
    ...(image.target !== undefined && { target: image.target }),
    // An archive and a container engine hold one platform: the builder's own.
    platforms: [],
  };

  function realBase(): string {
    const { image: name, digest } = image.base;
    if (digest !== "unresolved") return `docker-image://${name}@${digest}`;
    say(`${label}  note: ${name} is built on by its tag, for image.yaml has no digest of it yet`);
    return `docker-image://${name}`;
  }
}

function withHint(error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  return new UserError(
    `${error.message}\n(real base images come from the network; --stand-ins builds the same Dockerfile offline)`,
    { cause: error },
  );
}
