import { parseDocument } from "yaml";
import { z } from "zod";
import { DIGEST, parseImageReference } from "./image-reference.ts";
import { acceleratorProblem, type Scheme } from "./names.ts";
import type { Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/** The registries an `image.yaml` can name. */
export const REGISTRY_NAMES = ["ecr", "ghcr.io", "docker.io"] as const;
export type RegistryName = (typeof REGISTRY_NAMES)[number];

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
}

/** What an `image.yaml` says. */
export interface ImageFile {
  readonly description: string;
  /** How refs become names: see rules/names.ts. */
  readonly scheme: Scheme;
  /** In order; content is pushed to the first and copied to the others. */
  readonly registries: readonly RegistryName[];
  readonly platforms: readonly string[];
  /** Raised by a person to get fixes without a source change. */
  readonly epoch: number;
  /** In the order of the file. */
  readonly images: readonly CatalogImage[];
}

/** What the family's Dockerfile offers to its `image.yaml`. */
export interface DockerfileOffer {
  readonly stages: readonly string[];
  readonly args: ReadonlySet<string>;
}

/** @see https://docs.docker.com/reference/dockerfile/#predefined-args */
const PREDEFINED_ARG = /^(?:(?:HTTPS?|FTP|NO|ALL)_PROXY|BUILDKIT_[A-Z_]+|SOURCE_DATE_EPOCH)$/i;
const SECRET_ARG = /token|secret|passw|credential|(?:^|_)key$/i;
const PLATFORM = /^linux\/[a-z0-9]+(?:\/v[0-9]+)?$/;

const TOP_KEYS = [
  "description",
  "scheme",
  "registries",
  "platforms",
  "epoch",
  "bases",
  "image",
  "defaults",
  "accelerators",
] as const;
const BASE_KEYS = ["image", "digest"] as const;
const IMAGE_KEYS = ["base", "target", "buildArgs"] as const;

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
  const raw: unknown = document.toJS();
  const parsed = schema(Object.keys(mapOf(raw, "bases")), dockerfile).safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(issueProblems)),
    ...imageProblems(raw),
  ];
  if (problems.length > 0 || !parsed.success) return { problems };

  const { bases, image, defaults, accelerators, epoch, ...rest } = parsed.data;
  const combine = (own: z.output<ReturnType<typeof imageSchema>>, accelerator?: string) => {
    const base = bases[own.base ?? defaults?.base ?? ""];
    const target = own.target ?? defaults?.target;
    if (base === undefined) throw new Error("an image without a base passed the checks");
    return {
      ...(accelerator !== undefined && { accelerator }),
      base,
      ...(target !== undefined && { target }),
      buildArgs: { ...defaults?.buildArgs, ...own.buildArgs },
    };
  };
  const images =
    image !== undefined
      ? [combine(image)]
      : Object.entries(accelerators ?? {}).map(([name, own]) => combine(own, name));
  return { file: { ...rest, epoch: Number(epoch), images } };
}

function schema(baseNames: readonly string[], dockerfile: DockerfileOffer | undefined) {
  const image = imageSchema(baseNames, dockerfile);
  const registry = z.enum(
    REGISTRY_NAMES,
    says("a registry", undefined, (word) => oneOf(word, REGISTRY_NAMES)),
  );
  const platform = z
    .string(says("a platform", "linux/amd64"))
    .regex(PLATFORM, says("a platform", "linux/amd64"));
  const map = says("a map", "{}");
  return z.strictObject(
    {
      description: z
        .string(says("a sentence on what the images are for"))
        .min(1, says("a sentence on what the images are for")),
      scheme: z.enum(["pytorch", "therock"], says("a scheme", "pytorch or therock")),
      registries: listOf(registry, "registries", "[ghcr.io]"),
      platforms: listOf(platform, "platforms", "[linux/amd64]"),
      epoch: z
        .string(says("a whole number", "1"))
        .regex(/^[0-9]{1,9}$/, says("a whole number", "1"))
        .default("0"),
      bases: z.record(z.string(), baseSchema(), map),
      image: image.optional(),
      defaults: image.optional(),
      accelerators: z.record(z.string(), image, map).optional(),
    },
    says("a map", "description: ..."),
  );
}

function baseSchema() {
  const digest = says("a digest", "unresolved, or sha256: and 64 hex digits");
  return z.strictObject(
    {
      image: z
        .string(says("an image with its registry and tag", "docker.io/library/ubuntu:24.04"))
        .check((ctx) => {
          const message = baseImageProblem(ctx.value);
          if (message !== undefined) {
            ctx.issues.push({ code: "custom", input: ctx.value, message });
          }
        }),
      digest: z.string(digest).refine((text) => text === "unresolved" || DIGEST.test(text), digest),
    },
    says("a map", "{ image: docker.io/library/ubuntu:24.04, digest: unresolved }"),
  );
}

function imageSchema(baseNames: readonly string[], dockerfile: DockerfileOffer | undefined) {
  const base = says("an entry of bases", undefined, (word) => oneOf(word, baseNames));
  const stages = dockerfile?.stages;
  const target = says("a stage of the Dockerfile", undefined, (word) => oneOf(word, stages ?? []));
  return z.strictObject(
    {
      base: z
        .string(base)
        .refine((name) => baseNames.includes(name), base)
        .optional(),
      target: z
        .string(target)
        .refine((name) => stages?.includes(name) ?? true, target)
        .optional(),
      buildArgs: z
        .record(z.string(), z.string(says("text", '"1"')), says("a map", "{ NAME: value }"))
        .check((ctx) => {
          for (const name of Object.keys(ctx.value)) {
            const message = buildArgProblem(name, dockerfile?.args);
            if (message !== undefined) {
              ctx.issues.push({ code: "custom", input: ctx.value, path: [name], message });
            }
          }
        })
        .optional(),
    },
    says("a map", "{}"),
  );
}

function listOf<Item extends z.ZodType>(item: Item, noun: string, example: string) {
  const list = says(`a list of ${noun}`, example);
  return z
    .array(item, list)
    .min(1, { error: `empty; write at least one, e.g. ${example}` })
    .refine((values) => new Set(values).size === values.length, {
      error: `names one of its ${noun} twice; write each once`,
    });
}

function baseImageProblem(text: string): string | undefined {
  try {
    const reference = parseImageReference(text);
    if (reference.tag === undefined || reference.digest !== undefined) {
      return `${JSON.stringify(text)} must have a tag and no digest; write the digest as digest: sha256:...`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function buildArgProblem(name: string, args: ReadonlySet<string> | undefined): string | undefined {
  if (SECRET_ARG.test(name)) {
    return "reads like a secret, and build args can be read in the image's history; use a build secret";
  }
  if (args === undefined || args.has(name) || PREDEFINED_ARG.test(name)) return undefined;
  return `no ARG of the Dockerfile${suggestion(name, args)}; without one the build ignores it`;
}

/** Faults that no single field shows: which kind of images the scheme has, accelerators' names, images without a base. */
function imageProblems(raw: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  const has = (key: string) => isMap(raw) && raw[key] !== undefined;
  const single = isMap(raw) && raw["scheme"] === "therock";
  const [own, others] = single
    ? ["image", ["accelerators", "defaults"]]
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
  for (const [name, image] of Object.entries(accelerators)) {
    const path = `accelerators.${name}`;
    const message = acceleratorProblem(name);
    if (message !== undefined) problems.push({ path, message });
    if (isMap(image) && image["base"] === undefined && defaultBase === undefined) {
      problems.push({ path: `${path}.base`, message: "missing, and defaults has none either" });
    }
  }
  const image = mapOf(raw, "image");
  if (has("image") && image["base"] === undefined) {
    problems.push({ path: "image.base", message: "missing; an entry of bases" });
  }
  return problems;
}

function issueProblems(issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    return [{ path: path.join(".") || "image.yaml", message: issue.message }];
  }
  const known = keysAt(path);
  return issue.keys.map((key) => ({
    path: [...path, key].join("."),
    message: `unknown key${suggestion(key, known)}; the keys here are ${known.join(", ")}`,
  }));
}

function keysAt(path: readonly string[]): readonly string[] {
  if (path.length === 0) return TOP_KEYS;
  return path[0] === "bases" ? BASE_KEYS : IMAGE_KEYS;
}

/** The texts of a field's faults: what was found, what it must be, what to write. */
function says(is: string, example?: string, hint?: (word: string) => string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => {
      if (input === undefined) {
        return `missing; ${is}${example === undefined ? "" : `, e.g. ${example}`}`;
      }
      const advice = hint !== undefined && typeof input === "string" ? hint(input) : "";
      return `${show(input)} is not ${is}${advice}${example === undefined ? "" : `; write e.g. ${example}`}`;
    },
  };
}

function oneOf(word: string, known: readonly string[]): string {
  return `${suggestion(word, known)}; write one of ${known.join(", ")}`;
}

function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  }
  if (Array.isArray(value)) return "a list";
  return isMap(value) ? "a map" : String(value);
}

function mapOf(raw: unknown, key: string): Readonly<Record<string, unknown>> {
  const value = isMap(raw) ? raw[key] : undefined;
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
