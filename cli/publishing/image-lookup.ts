import { setTimeout as sleep } from "node:timers/promises";
import type { CatalogImage, Family, RegistryName } from "../../catalog.ts";
import { Registries } from "../../oci/registries.ts";
import { ONLY_IMAGE } from "../../rules/image-list.ts";
import { contentName } from "../../rules/names.ts";
import { UserError } from "../../rules/problems.ts";
import { suggestion } from "../../rules/suggestion.ts";
import { unknownFamily } from "../../rules/unknown-family.ts";
import { readStack, registryLogins, repositoryName, type Stack, stackKeys } from "../stack.ts";
import { refuseUnresolvedBases } from "./build-selection.ts";

/** What a person says of the image that is looked up. */
export interface ImageOptions {
  readonly stack: string;
  /** One of the family's. */
  readonly registry?: string;
  /** Minutes. */
  readonly wait?: number;
  readonly commit?: string;
  readonly json: boolean;
}

/** An image of a stack, and the name that its content has on one registry. */
export interface LookedUpImage {
  readonly family: Family;
  readonly image: CatalogImage;
  readonly registry: RegistryName;
  /** `host/path` */
  readonly repository: string;
  readonly contentName: string;
  /** The command that makes it. */
  readonly build: string;
}

/**
 * Prints the reference by digest of the image that the checkout describes.
 * @throws UserError when it is not there, and why it will not come when it was waited for
 */
export async function showImage(
  familyName: string,
  accelerator: string | undefined,
  options: ImageOptions,
): Promise<void> {
  const stack = await readStack(options.stack);
  const image = await lookedUpImage(stack, familyName, accelerator, options.registry);
  const credentials = await registryLogins(stack, [image.registry]);
  const { manifests } = new Registries().repository(image.repository, credentials);
  const lookUp = () => manifests.digest(image.contentName);
  const { wait } = options;
  const digest =
    wait === undefined ? await lookUp() : await awaited(stack, image, lookUp, { ...options, wait });
  if (digest === undefined) {
    throw new UserError(
      `${image.repository}:${image.contentName} is not there: this checkout's content was not built yet. Build it: ${image.build}`,
    );
  }
  const { float } = image.image;
  if (float !== undefined && float !== digest) {
    console.error(
      `note: image.yaml rolls this image back to ${float} (float), which the channel's names lead to; this is what the sources make`,
    );
  }
  const reference = `${image.repository}@${digest}`;
  const { family, registry, contentName: name } = image;
  const details = {
    family: family.name,
    accelerator: image.image.accelerator ?? ONLY_IMAGE,
    ...{ contentName: name, registry, digest, reference },
  };
  console.log(options.json ? JSON.stringify(details, undefined, 2) : reference);
}

/** The digest, at once where it is there: then nobody asks which commit it is of, nor GitHub. */
export async function awaited(
  stack: Stack,
  image: LookedUpImage,
  lookUp: () => Promise<string | undefined>,
  options: Pick<ImageOptions, "commit" | "json"> & { readonly wait: number },
): Promise<string> {
  const { patient, waitParts } = await import("./image-lookup-parts.ts");
  const { waitForImage } = await import("./image-lookup-wait.ts");
  const { Trouble } = await import("./workflow-runs.ts");
  const ask = patient(lookUp);
  try {
    const digest = await ask();
    if (digest !== undefined) return digest;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
  }
  const { commit, ...parts } = await waitParts(stack, image, options.commit, process.env);
  const name = `${image.repository}:${image.contentName}`;
  return waitForImage({ name, commit, build: image.build }, options.wait, {
    ...parts,
    lookUp: ask,
    say: options.json ? () => undefined : (line) => console.error(line),
    clock: { now: () => performance.now(), sleep: (milliseconds) => sleep(milliseconds) },
  });
}

/**
 * The image that is meant, by the words of the command line.
 * @throws UserError that names what there is
 */
export async function lookedUpImage(
  stack: Stack,
  familyName: string,
  accelerator: string | undefined,
  registryName: string | undefined,
): Promise<LookedUpImage> {
  const family = familyOf(stack, familyName);
  const image = imageOf(family, accelerator);
  const registry =
    registryName === undefined
      ? family.registries[0]
      : family.registries.find((name) => name === registryName);
  if (registry === undefined) {
    const known = family.registries;
    throw new UserError(
      `--registry: ${quoted(registryName)} does not carry ${family.name}${suggestion(registryName ?? "", known)}; there are: ${known.join(", ")}`,
    );
  }
  const label = family.name;
  refuseUnresolvedBases(stack, [{ family, image, label, platforms: family.platforms }]);
  const key = (await stackKeys(stack, family)).get(image.accelerator ?? "") ?? "";
  const only = image.accelerator === undefined ? "" : ` --accelerator ${image.accelerator}`;
  return {
    ...{ family, image, registry },
    repository: repositoryName(stack, family, registry),
    contentName: contentName(image.accelerator, key),
    build: `slipway build --missing --stack ${stack.name} --family ${family.name}${only}`,
  };
}

function familyOf(stack: Stack, found: string): Family {
  const family = stack.families.find((one) => one.name === found);
  if (family !== undefined) return family;
  const known = stack.families.map((one) => one.name);
  throw new UserError(unknownFamily(found, known, stack));
}

function imageOf({ name, images }: Family, accelerator: string | undefined): CatalogImage {
  const image = images.find((one) => one.accelerator === accelerator);
  if (image !== undefined) return image;
  const known = images.flatMap((one) => one.accelerator ?? []);
  if (known.length === 0) {
    throw new UserError(
      `${name} has one image and no accelerators; leave ${quoted(accelerator)} out`,
    );
  }
  throw new UserError(
    accelerator === undefined
      ? `${name} has an image for each accelerator; name one of: ${known.join(", ")}`
      : `${quoted(accelerator)} is no accelerator of ${name}${suggestion(accelerator, known)}; there are: ${known.join(", ")}`,
  );
}

function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? "");
}
