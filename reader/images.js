/*
 * Reads images.json, the list of what a channel published, in any Node from 20 on and without a dependency. It takes and
 * refuses what rules/image-list.ts does, which wrote it; a test holds the two together. The types are in images.d.ts.
 *
 *   import { readFile } from "node:fs/promises";
 *   import { imageReference, readImages } from "slipway/images";
 *
 *   const images = readImages(await readFile("images.json", "utf8"));
 *   imageReference(images, { family: "almalinux-builder", accelerator: "cuda12.8" });
 */
import { Check, own, parsed, ReaderError, show } from "./check.js";
import { DIGEST, digestReferenceProblem, nameProblem, TAG } from "./reference.js";

export { ReaderError };

const FILE = "images.json";
const VERSION = 1;
/** What an image is called when its family has no accelerators. */
const ONLY_IMAGE = "default";
/** Those that show public images to everybody first; ECR wants a login at AWS. */
const REGISTRIES = ["ghcr.io", "docker.io", "ecr"];

const REPOSITORY = {
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?\/[\w.-]{1,100}$/,
  is: "a GitHub repository",
  example: "pytorch/pytorch",
};
const CHANNEL = { pattern: /^[^\x00-\x20\x7f~^:?*[\\]{1,255}$/, is: "a channel", example: "main" };
const REF = {
  pattern: /^refs\/(?:heads|tags)\/[^\x00-\x20\x7f~^:?*[\\]{1,255}$/,
  is: "a branch or tag in full",
  example: "refs/heads/main",
};
const COMMIT = {
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  is: "a commit",
  example: "its 40 hex digits",
};
const KEY_RULE =
  'cannot stand here; lower-case letters and digits, parts separated by one ".", "_" or "-", can';
const FAMILIES = {
  keys: /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/,
  keyRule: KEY_RULE,
  is: "a map of families",
  example: "{}",
};
const ACCELERATORS = {
  keys: /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  keyRule: KEY_RULE,
  is: "a map of images by accelerator",
  example: "{}",
};
const IMAGE_DIGEST = { pattern: DIGEST, is: "a digest", example: "sha256: and 64 hex digits" };
const CONTENT_NAME = { pattern: TAG, is: "a tag", example: "cuda12.8-k and 40 hex digits" };
const PLATFORM = {
  pattern: /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9.]+)?$/,
  is: "a platform",
  example: "linux/amd64",
};
/** Whether the list has it is told with what there is. */
const WANTED = {
  family: { pattern: /^/, is: "the name of a family", example: "almalinux-builder" },
  accelerator: { pattern: /^/, is: "the name of an accelerator", example: "cuda12.8" },
  registry: { pattern: /^/, is: "a registry", example: REGISTRIES.join(", ") },
};
const ANY_TEXT = { pattern: /^/, is: "text", example: "ghcr.io/pytorch/ci-image:cuda12.8" };

export function readImages(json) {
  const raw = parsed(FILE, json, VERSION);
  const check = new Check();
  const claimed = new Map();
  const text = (form) => (value, path) => check.text(value, path, form);
  check.fields(raw, "", "an image list", {
    version: () => undefined,
    repository: text(REPOSITORY),
    channel: text(CHANNEL),
    ref: text(REF),
    commit: text(COMMIT),
    families: (families, path) =>
      check.map(families, path, FAMILIES, (family, place) =>
        check.fields(family, place, "a family", {
          images: (images, inside) =>
            check.map(images, inside, ACCELERATORS, (image, at) =>
              checkImage(check, image, at, claimed),
            ),
        }),
      ),
  });
  if (check.problems.length > 0) throw new ReaderError(FILE, check.problems);
  return raw;
}

function checkImage(check, image, path, claimed) {
  const text = (form) => (value, place) => check.text(value, place, form);
  const { digest } = check.fields(image, path, "an image", {
    digest: text(IMAGE_DIGEST),
    contentName: text(CONTENT_NAME),
    commit: text(COMMIT),
    platforms: (platforms, place) => {
      const is = { is: "a list of platforms", example: '["linux/amd64"]' };
      const seen = new Set();
      const items = check.list(platforms, place, is, (platform, at) => {
        if (check.text(platform, at, PLATFORM) === undefined) return;
        if (seen.has(platform)) check.fault(at, `${show(platform)} is listed twice`);
        seen.add(platform);
      });
      if (Array.isArray(platforms) && items.length === 0) {
        check.fault(place, "empty; there is at least one, e.g. linux/amd64");
      }
    },
    // Below: the digest is looked at first.
    references: () => undefined,
    names: (names, place) => {
      const is = { is: "a list of names", example: "[]" };
      check.list(names, place, is, (name, at) => {
        if (check.text(name, at, ANY_TEXT) === undefined) return;
        const problem = nameProblem(name);
        if (problem !== undefined) check.fault(at, `${show(name)} ${problem}`);
        const other = claimed.get(name);
        if (other !== undefined) {
          check.fault(at, `${show(name)} is in ${other} too; a name stands for one image`);
        }
        claimed.set(name, place);
      });
    },
  });
  const known = typeof digest === "string" && DIGEST.test(digest) ? digest : undefined;
  checkReferences(check, image, path, known);
}

function checkReferences(check, image, path, digest) {
  const references =
    typeof image === "object" && image !== null ? own(image, "references") : undefined;
  const look = (reference, place) => {
    if (check.text(reference, place, ANY_TEXT) === undefined) return;
    const problem = digestReferenceProblem(reference);
    if (problem !== undefined) check.fault(place, `${show(reference)} ${problem}`);
    else if (digest !== undefined && !reference.endsWith(`@${digest}`)) {
      check.fault(place, `${show(reference)} has another digest than its image, ${show(digest)}`);
    }
  };
  const fields = Object.fromEntries(REGISTRIES.map((registry) => [registry, look]));
  check.fields(references, `${path}.references`, "a map of references by registry", fields, {
    optional: true,
  });
}

export function imageReference(images, query) {
  const { family, accelerator = ONLY_IMAGE, registry } = checkedQuery(query);
  const where = `${FILE} of ${images.repository}, channel ${images.channel}`;
  const familyImages = own(images.families, family)?.images;
  if (familyImages === undefined) {
    throw new Error(
      `${show(family)} is no family of ${where}; there are: ${listed(Object.keys(images.families))}`,
    );
  }
  const image = own(familyImages, accelerator);
  if (image === undefined) {
    const known = Object.keys(familyImages);
    throw new Error(
      accelerator === ONLY_IMAGE
        ? `${family} has an image for each accelerator in ${where}; name one of: ${listed(known)}`
        : `${show(accelerator)} is no accelerator of ${family} in ${where}; there are: ${listed(known)}`,
    );
  }
  const { references } = image;
  const wanted = registry ?? REGISTRIES.find((one) => Object.hasOwn(references, one)) ?? "";
  const reference = own(references, wanted);
  if (reference === undefined) {
    const carriers = listed(Object.keys(references));
    throw new Error(
      `${show(wanted)} does not carry ${family}/${accelerator} in ${where}; these do: ${carriers}`,
    );
  }
  return reference;
}

/** What is asked for, which a program without types may get wrong in any way. */
function checkedQuery(wanted) {
  const check = new Check();
  const optional = (form) => (value, path) => {
    if (value !== undefined) check.text(value, path, form);
  };
  check.fields(wanted, "query", "the image to look for, with its family", {
    family: (family, path) => check.text(family, path, WANTED.family),
    accelerator: optional(WANTED.accelerator),
    registry: optional(WANTED.registry),
  });
  if (check.problems.length > 0) throw new ReaderError("imageReference", check.problems);
  return wanted;
}

function listed(names) {
  return names.length === 0 ? "none" : names.join(", ");
}
