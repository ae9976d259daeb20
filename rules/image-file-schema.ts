import { z } from "zod";
import { contractKeysAt, contractSchema } from "./image-contract-schema.ts";
import { listOf, oneOf, says } from "./image-file-faults.ts";
import { PLATFORM } from "./image-label.ts";
import { DIGEST, parseImageReference } from "./image-reference.ts";
import type { Problem } from "./problems.ts";
import { cacheRunnerProblem } from "./runner-label.ts";
import { suggestion } from "./suggestion.ts";

/** The registries an `image.yaml` can name. */
export const REGISTRY_NAMES = ["ecr", "ghcr.io", "docker.io"] as const;
export type RegistryName = (typeof REGISTRY_NAMES)[number];

/** What the family's Dockerfile offers to its `image.yaml`. */
export interface DockerfileOffer {
  readonly stages: readonly string[];
  readonly args: ReadonlySet<string>;
}

/** Build arg that tells every build its family's epoch: a `RUN` after its `ARG` is not taken from the cache of another one. */
export const EPOCH_ARG = "SLIPWAY_EPOCH";
/** @see https://docs.docker.com/reference/dockerfile/#predefined-args */
const PREDEFINED_ARG = /^(?:(?:HTTPS?|FTP|NO|ALL)_PROXY|BUILDKIT_[A-Z_]+|SOURCE_DATE_EPOCH)$/i;
const SECRET_ARG = /token|secret|passw|credential|(?:^|_)key$/i;

const TOP_KEYS = [
  "description",
  "scheme",
  "registries",
  "platforms",
  "epoch",
  "treeName",
  "cache",
  "contract",
  "bases",
  "image",
  "defaults",
  "groups",
  "accelerators",
] as const;
const BASE_KEYS = ["image", "digest"] as const;
const IMAGE_KEYS = ["base", "target", "buildArgs"] as const;
const ONE_IMAGE_KEYS = [...IMAGE_KEYS, "float"] as const;
const ACCELERATOR_KEYS = ["group", ...ONE_IMAGE_KEYS] as const;
/** A folder below the root of a git repository: neither the root itself nor one above it. */
const FOLDER =
  /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._][A-Za-z0-9._-]*(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/;

/**
 * The schema of one `image.yaml`. Its errors say what was found, what it must be and what to write.
 * @param names what the file's own entries of `bases` and `groups` are called
 * @param dockerfile absent when it could not be read: then targets and build args are not compared with it
 */
export function imageFileSchema(
  names: { readonly bases: readonly string[]; readonly groups: readonly string[] },
  dockerfile: DockerfileOffer | undefined,
) {
  const image = imageSchema(names.bases, dockerfile);
  const floated = says("a digest", "sha256: and 64 hex digits, or leave it out");
  const float = z.string(floated).regex(DIGEST, floated).exactOptional();
  const folder = says("a folder, written from the root of the git repository", ".ci/docker");
  const group = entryOf("groups", names.groups);
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
        .string(says("a whole number of at most nine digits", "1"))
        .regex(/^[0-9]{1,9}$/, says("a whole number of at most nine digits", "1"))
        .default("0"),
      treeName: z.string(folder).regex(FOLDER, folder).exactOptional(),
      cache: listOf(
        cacheRunner(),
        "labels of runners",
        "[linux.rocm.gfx942.docker-cache]",
      ).exactOptional(),
      contract: contractSchema().exactOptional(),
      bases: z.record(z.string(), baseSchema(), map),
      image: image.extend({ float }).optional(),
      defaults: image.optional(),
      groups: z.record(z.string(), image, map).optional(),
      accelerators: z
        .record(z.string(), image.extend({ group: group.optional(), float }), map)
        .optional(),
    },
    says("a map", "description: ..."),
  );
}

function cacheRunner() {
  return z.string(says("a label of a runner", "linux.rocm.gfx942.docker-cache")).check((ctx) => {
    const message = cacheRunnerProblem(ctx.value);
    if (message !== undefined) ctx.issues.push({ code: "custom", input: ctx.value, message });
  });
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

export function imageSchema(baseNames: readonly string[], dockerfile: DockerfileOffer | undefined) {
  const stages = dockerfile?.stages;
  const target = says("a stage of the Dockerfile", undefined, (word) => oneOf(word, stages ?? []));
  return z.strictObject(
    {
      base: entryOf("bases", baseNames).optional(),
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

function entryOf(key: string, names: readonly string[]) {
  const entry = says(`an entry of ${key}`, undefined, (word) => oneOf(word, names));
  return z.string(entry).refine((name) => names.includes(name), entry);
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
  if (name.toUpperCase() === "BUILDKIT_SYNTAX") {
    return "sets the image that reads the Dockerfile, and an image's content must follow from its sources alone; leave it out, or write a line # syntax=IMAGE@sha256:... into the Dockerfile";
  }
  if (name === EPOCH_ARG) {
    return "reserved: every build gets the family's epoch as this; leave it out, and write epoch: 1 at the top of the file";
  }
  if (args === undefined || args.has(name) || PREDEFINED_ARG.test(name)) return undefined;
  return `no ARG of the Dockerfile${suggestion(name, args)}; without one the build ignores it`;
}

/** One problem for each unknown key, and one for every other issue. */
export function issueProblems(issue: z.core.$ZodIssue): readonly Problem[] {
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
  if (path[0] === "contract") return contractKeysAt(path);
  if (path[0] === "image") return ONE_IMAGE_KEYS;
  if (path[0] === "bases") return BASE_KEYS;
  return path[0] === "accelerators" ? ACCELERATOR_KEYS : IMAGE_KEYS;
}
