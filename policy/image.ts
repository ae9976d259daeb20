import { DIGEST } from "../rules/image-reference.ts";
import { holdsSecretText } from "../rules/secret-text.ts";
import { type Finding, NotJudged, type ResourcePolicy, UNKNOWN, type Value } from "./policy.ts";
import { TYPES } from "./types.ts";
import { holdsUnknown, inside, isList, isMap, notKnown, textsIn } from "./values.ts";

/** Images: what they stand on, how they are pushed and named. */
export const imagePolicies: readonly ResourcePolicy[] = [
  {
    name: "image-stands-on-digests",
    severity: "high",
    description:
      "Whatever a build takes from a registry is named by digest: a tag that moves changes an image that nobody changed.",
    remediation:
      "Look the digest up with `slipway bases resolve`, which writes it into image.yaml: docker-image://HOST/PATH:TAG@sha256:...",
    types: [TYPES.image],
    *violations({ properties }) {
      const named = inside(properties["context"], "named");
      if (named === UNKNOWN) yield notKnown("context.named");
      for (const [name, context] of Object.entries(isMap(named) ? named : {})) {
        const path = `context.named.${name}`;
        const location = inside(context, "location");
        if (location === UNKNOWN) yield notKnown(path);
        else if (typeof location === "string") yield* locationFindings(location, path);
      }
    },
  },
  {
    name: "image-is-pushed-by-digest",
    severity: "high",
    description:
      "A build pushes content without a name; names are put by ImageName, whose first writer wins, so that a rebuild never moves one.",
    remediation:
      "Write push: false, no tags, and exports: [{ registry: { names: [REPOSITORY], push: true, pushByDigest: true, nameCanonical: true } }].",
    types: [TYPES.image],
    *violations({ properties }) {
      const { tags, push, exports } = properties;
      if (push === UNKNOWN) yield notKnown("push");
      else if (push === true) yield "push: true pushes under its tags";
      if (tags === UNKNOWN) yield notKnown("tags");
      else if (isList(tags) && tags.length > 0) yield `has tags ${textsIn(tags).join(", ")}`;
      if (exports === UNKNOWN) yield notKnown("exports");
      for (const [index, one] of (isList(exports) ? exports : []).entries()) {
        yield* exportFindings(one, `exports[${index}]`);
      }
    },
  },
  {
    name: "image-is-retained",
    severity: "high",
    description:
      "An image that is no longer declared stays on its registry: the provider deletes by digest, which takes the image away under all its names.",
    remediation: "Write { retainOnDelete: true } among the resource's options.",
    types: [TYPES.image],
    *violations({ retainOnDelete }) {
      if (retainOnDelete === undefined) {
        yield new NotJudged("the engine does not tell whether it is retained");
      } else if (!retainOnDelete) yield "is deleted by digest when it is no longer declared";
    },
  },
  {
    name: "image-arguments-hold-no-secret",
    severity: "critical",
    description: "Build arguments hold no secret: they are in the image's history for everybody.",
    remediation:
      "Give it as a secret of the build, which a RUN step mounts: secrets: { NAME: value }.",
    types: [TYPES.image],
    *violations({ properties, secrets }) {
      const { buildArgs } = properties;
      if (secrets?.has("buildArgs") === true) yield "a build argument is a secret";
      else if (buildArgs === UNKNOWN) yield notKnown("buildArgs");
      for (const [name, value] of Object.entries(isMap(buildArgs) ? buildArgs : {})) {
        if (value === UNKNOWN) yield notKnown(`buildArgs.${name}`);
        else if (typeof value === "string" && holdsSecretText(name, value)) {
          yield `build argument ${name} looks like a secret`;
        }
      }
    },
  },
  {
    name: "image-has-no-index-resource",
    severity: "medium",
    description:
      "Several platforms are joined by ImageName: docker-build's Index deletes by digest, wraps one manifest in another and so has a digest of its own.",
    remediation: "Give all platforms to one ImageName.",
    types: [TYPES.imageIndex],
    violations: () => ["is an Index"],
  },
  {
    name: "name-points-to-digests",
    severity: "high",
    description: "A name is put on content that is given by digest.",
    remediation: "Write HOST/PATH@sha256:..., from the digest output of the build.",
    types: [TYPES.imageName],
    *violations({ properties: { sources, float } }) {
      if (sources === UNKNOWN) yield notKnown("sources");
      for (const [platform, source] of Object.entries(isMap(sources) ? sources : {})) {
        if (source === UNKNOWN) yield notKnown(`the source of ${platform}`);
        else if (typeof source !== "string" || !hasDigest(source)) {
          yield `the source of ${platform} has no digest: ${JSON.stringify(source)}`;
        }
      }
      if (float === UNKNOWN) yield notKnown("float");
      else if (typeof float === "string" && !DIGEST.test(float)) {
        yield `float is no digest: ${JSON.stringify(float)}`;
      }
    },
  },
  {
    name: "floating-names-are-not-on-ecr",
    severity: "medium",
    description:
      "ECR carries content names alone: its names are immutable, and a floating one could be put there once.",
    remediation: "Leave floatingNames of the registry empty; ghcr.io and docker.io carry them.",
    types: [TYPES.imageName],
    *violations({ properties: { registries } }) {
      if (registries === UNKNOWN) yield notKnown("registries");
      for (const registry of isList(registries) ? registries : []) {
        const repository = inside(registry, "repository");
        if (repository === UNKNOWN) yield notKnown("registries");
        if (typeof repository !== "string" || !/^\d{12}\.dkr\.ecr\./.test(repository)) continue;
        const names = inside(registry, "floatingNames");
        if (names === UNKNOWN) yield notKnown("floatingNames");
        else if (isList(names) && names.length > 0) {
          yield `${textsIn(names).join(", ")} on ${repository}`;
        }
      }
    },
  },
];

/** Folders stand in the source tree, whose content has a key of its own. */
function* locationFindings(location: string, path: string): Iterable<Finding> {
  const [, scheme] = /^([a-z-]+):\/\//.exec(location) ?? [];
  if (scheme === undefined || hasDigest(location)) return;
  if (location.endsWith("@unresolved")) {
    yield new NotJudged(`nobody looked up the digest of ${path}, and an update refuses that`);
  } else yield `${path} has no digest: ${location}`;
}

function* exportFindings(one: Value, path: string): Iterable<Finding> {
  if (one === UNKNOWN) {
    yield notKnown(path);
    return;
  }
  for (const kind of ["registry", "image"]) {
    const target = inside(one, kind);
    const at = `${path}.${kind}`;
    if (target === UNKNOWN) yield notKnown(at);
    if (!isMap(target)) continue;
    // Only the exporter named after it pushes without being told to.
    const { push = kind === "registry", pushByDigest, names } = target;
    if (push === false) continue;
    if (pushByDigest === UNKNOWN || push === UNKNOWN) yield notKnown(at);
    else if (pushByDigest !== true) yield `${at} pushes a name`;
    if (holdsUnknown(names)) yield notKnown(`${at}.names`);
    for (const name of textsIn(names)) {
      if (/:[^/]*$/.test(name.slice(name.indexOf("/")))) yield `${at} names a tag: ${name}`;
    }
  }
}

function hasDigest(reference: string): boolean {
  return DIGEST.test(reference.slice(reference.lastIndexOf("@") + 1));
}
