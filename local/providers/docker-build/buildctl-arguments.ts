import { basename, dirname, resolve } from "node:path";
import { parseLayoutContext } from "../../../rules/layout-context.ts";
import { dockerfileOf, isFolder, type ImageInputs, type RegistryExport } from "./inputs.ts";

/** What is built, wherever it goes. */
export interface BuildSource extends Pick<
  ImageInputs,
  "context" | "dockerfile" | "buildArgs" | "target" | "platforms"
> {
  /** Caches that steps are taken from, `host/path:tag`; one that is not there is no fault. */
  readonly cacheFrom?: readonly string[];
  /** Cache that all steps are written to, `host/path:tag`. */
  readonly cacheTo?: string;
}

/** What a resource's inputs say of a build. */
export function buildSourceOf(inputs: ImageInputs): BuildSource {
  return { ...inputs, cacheFrom: inputs.cacheFrom.map(({ registry }) => registry.ref) };
}

/** Files and addresses of one build. */
export interface BuildPlace {
  /** What relative locations are relative to. */
  readonly folder: string;
  /** Address of BuildKit. */
  readonly address: string;
  /** Where buildctl writes the digest. */
  readonly metadataFile: string;
  /** Where the result goes: values of `--output`. */
  readonly outputs: readonly string[];
}

/**
 * The arguments that make buildctl build an image. No login is among them.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/docs/reference.md
 * @see https://github.com/moby/buildkit#imageregistry
 */
export function buildctlArguments(inputs: BuildSource, place: BuildPlace): string[] {
  const dockerfile = resolve(place.folder, dockerfileOf(inputs));
  const options = {
    filename: basename(dockerfile),
    ...(inputs.target !== undefined && { target: inputs.target }),
    ...(inputs.platforms.length > 0 && { platform: inputs.platforms.join(",") }),
    ...prefixed("build-arg:", inputs.buildArgs),
  };
  const locals = {
    context: resolve(place.folder, inputs.context.location),
    dockerfile: dirname(dockerfile),
  };
  const layouts = {};
  for (const [name, { location }] of Object.entries(inputs.context.named)) {
    // The prefix keeps a context that is called "context" apart from the build context.
    const local = `named-${name}`;
    const layout = parseLayoutContext(location);
    const value = isFolder(location)
      ? `local:${local}`
      : layout === undefined
        ? location
        : `oci-layout:${local}@${layout.digest}`;
    Object.assign(options, { [`context:${name}`]: value });
    if (isFolder(location)) Object.assign(locals, { [local]: resolve(place.folder, location) });
    if (layout !== undefined) {
      Object.assign(layouts, { [local]: resolve(place.folder, layout.folder) });
    }
  }
  return [
    // A machine that is busy with other builds may take longer than the 5 seconds that buildctl waits by itself.
    ...["--addr", place.address, "--timeout", "60"],
    ...["build", "--frontend", "dockerfile.v0"],
    ...pairs("--local", locals),
    ...pairs("--oci-layout", layouts),
    ...pairs("--opt", options),
    ...(inputs.cacheFrom ?? []).flatMap((reference) => ["--import-cache", cache(reference)]),
    ...(inputs.cacheTo === undefined ? [] : ["--export-cache", exportedCache(inputs.cacheTo)]),
    ...place.outputs.flatMap((output) => ["--output", output]),
    ...["--metadata-file", place.metadataFile, "--progress", "rawjson"],
  ];
}

/** The `--output` that pushes content by digest, with no name. */
export function pushByDigest(target: RegistryExport): string {
  const [name] = target.names;
  return [
    "type=image",
    `name=${name}`,
    "push=true",
    "push-by-digest=true",
    "name-canonical=true",
    `oci-mediatypes=${target.ociMediaTypes}`,
    ...insecure(name),
  ].join(",");
}

function cache(reference: string): string {
  return ["type=registry", `ref=${reference}`, ...insecure(reference)].join(",");
}

/**
 * As one image manifest, since ECR takes no index of a cache. A cache that cannot be written fails no build.
 * @see https://github.com/aws/containers-roadmap/issues/876
 */
function exportedCache(reference: string): string {
  return `${cache(reference)},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`;
}

/** Registries of this machine speak plain http. */
function insecure(reference: string): string[] {
  const { hostname } = new URL(`http://${reference}`);
  return hostname === "localhost" || hostname === "127.0.0.1" ? ["registry.insecure=true"] : [];
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]),
  );
}

function pairs(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}
