import { parseDocument } from "yaml";
import type { z } from "zod";
import type { ImageContract } from "./image-contract.ts";
import { isMap } from "./image-file-faults.ts";
import {
  type DockerfileOffer,
  EPOCH_ARG,
  imageFileSchema,
  type imageSchema,
  issueProblems,
  type RegistryName,
} from "./image-file-schema.ts";
import { acceleratorProblem, type Scheme } from "./names.ts";
import type { Problem } from "./problems.ts";

/** A base image: what a tag pointed to, and the digest that is built on. */
export interface Base {
  /** `host/path:tag` */
  readonly image: string;
  /** `sha256:...`, or `unresolved` while nobody has looked it up: plans mark it, real registries refuse it. */
  readonly digest: string;
}

/** One image of a family. */
export interface CatalogImage {
  /** Name of the accelerator (`cuda12.8`, `pytorch-linux-jammy-rocm-n-py3`); absent in a family with one image. */
  readonly accelerator?: string;
  readonly base: Base;
  /** Stage of the Dockerfile; the last one without it. */
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `sha256:...`: earlier content that floating names are to point to, in place of what is built; a rollback. */
  readonly float?: string;
}

/** What an `image.yaml` says. */
export interface ImageFile {
  readonly description: string;
  /** How refs become names: see rules/names.ts. */
  readonly scheme: Scheme;
  /** In order; content is pushed to the first and copied to the others. */
  readonly registries: readonly RegistryName[];
  readonly platforms: readonly string[];
  /** Raised by a person to get fixes without a source change; builds see it as {@link EPOCH_ARG}. */
  readonly epoch: number;
  /** Folder, from the root of the git repository, whose git tree gives every image one more name for ever. */
  readonly treeName?: string;
  /** Labels of the runners that keep the images of channels, so that their jobs start without a pull. */
  readonly cache?: readonly string[];
  /** What every image must and must not hold. */
  readonly contract?: ImageContract;
  /** In the order of the file. */
  readonly images: readonly CatalogImage[];
}

/**
 * The build args that an image is built with: its own, and {@link EPOCH_ARG}. A content key takes the epoch by itself, and
 * of build args an image's own alone.
 */
export function buildArgsOf(
  { epoch }: Pick<ImageFile, "epoch">,
  { buildArgs }: Pick<CatalogImage, "buildArgs">,
): Readonly<Record<string, string>> {
  return { ...buildArgs, [EPOCH_ARG]: String(epoch) };
}

/**
 * Reads an `image.yaml`, or says everything that is wrong with it. Scalars are taken as they are written: `12.10` is the
 * text "12.10" and never the number 12.1.
 * @param dockerfile absent when it could not be read: then targets and build args are not compared with it
 */
export function readImageFile(
  text: string,
  dockerfile?: DockerfileOffer,
): { readonly file: ImageFile } | { readonly problems: readonly Problem[] } {
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        path: `line ${text.slice(0, error.pos[0]).split("\n").length}`,
        message: `not YAML: ${error.message}`,
      })),
    };
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    // The parser counts what aliases repeat, and looks for what they stand for, when they are followed.
    return {
      problems: [{ path: "(file)", message: `an alias that nobody follows: ${error.message}` }],
    };
  }
  const names = {
    bases: Object.keys(mapOf(raw, "bases")),
    groups: Object.keys(mapOf(raw, "groups")),
  };
  const parsed = imageFileSchema(names, dockerfile).safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(issueProblems)),
    ...imageProblems(raw),
  ];
  if (problems.length > 0 || !parsed.success) return { problems };

  const { bases, image, defaults, groups, accelerators, epoch, ...rest } = parsed.data;
  const combine = (layers: readonly Layer[], accelerator?: string) => {
    const { base: baseName, target, buildArgs, float } = layers.reduce<Layer>(over, {});
    const base = bases[baseName ?? ""];
    if (base === undefined) throw new Error("an image without a base passed the checks");
    return {
      ...(accelerator !== undefined && { accelerator }),
      base,
      ...(target !== undefined && { target }),
      buildArgs: { ...buildArgs },
      ...(float !== undefined && { float }),
    };
  };
  const images =
    image !== undefined
      ? [combine([image])]
      : Object.entries(accelerators ?? {}).map(([name, own]) =>
          combine([defaults ?? {}, groups?.[own.group ?? ""] ?? {}, own], name),
        );
  return { file: { ...rest, epoch: Number(epoch), images } };
}

/** What one layer of `image.yaml` says of an image; only an image itself says where its names float. */
type Layer = z.output<ReturnType<typeof imageSchema>> & { readonly float?: string };

/** What `more` says, and of what it does not say what `less` says; build args one by one. */
function over(less: Layer, more: Layer): Layer {
  return { ...less, ...more, buildArgs: { ...less.buildArgs, ...more.buildArgs } };
}

/** Faults that no single field shows: which kind of images the scheme has, accelerators' names, images without a base. */
function imageProblems(raw: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  const has = (key: string) => isMap(raw) && raw[key] !== undefined;
  const single = isMap(raw) && raw["scheme"] === "therock";
  const [own, others] = single
    ? ["image", ["accelerators", "defaults", "groups"]]
    : ["accelerators", ["image"]];
  const rule = single
    ? "scheme therock has one image and no accelerators"
    : "scheme pytorch has one image for each accelerator";
  if (isMap(raw) && (raw["scheme"] === "therock" || raw["scheme"] === "pytorch")) {
    if (!has(own)) {
      const example = single
        ? "image: { base: ubuntu }"
        : "accelerators: { cpu: { base: ubuntu } }";
      problems.push({ path: own, message: `missing; ${rule}, e.g. ${example}` });
    }
    for (const path of others.filter(has)) {
      problems.push({ path, message: `${rule}; write ${own} instead` });
    }
  }
  const accelerators = mapOf(raw, "accelerators");
  if (has("accelerators") && Object.keys(accelerators).length === 0) {
    problems.push({ path: "accelerators", message: "empty; write at least one, e.g. cpu: {}" });
  }
  const defaultBase = mapOf(raw, "defaults")["base"];
  const groups = mapOf(raw, "groups");
  for (const [name, image] of Object.entries(accelerators)) {
    const path = `accelerators.${name}`;
    const message = acceleratorProblem(name);
    if (message !== undefined) problems.push({ path, message });
    if (!isMap(image)) continue;
    const groupBase = mapOf(groups, String(image["group"]))["base"];
    if ([image["base"], groupBase, defaultBase].every((base) => base === undefined)) {
      const others = image["group"] === undefined ? "defaults has" : "its group and defaults have";
      problems.push({ path: `${path}.base`, message: `missing, and ${others} none either` });
    }
  }
  const image = mapOf(raw, "image");
  if (has("image") && image["base"] === undefined) {
    problems.push({ path: "image.base", message: "missing; an entry of bases" });
  }
  return problems;
}

function mapOf(raw: unknown, key: string): Readonly<Record<string, unknown>> {
  const value = isMap(raw) ? raw[key] : undefined;
  return isMap(value) ? value : {};
}
