import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { CatalogImage, Family, RegistryName } from "../catalog.ts";
import { scriptsFolder, type StandIns } from "../context/content-keys.ts";
import { baseContext } from "../rules/base-context.ts";
import { buildArgsOf } from "../rules/image-file.ts";
import { ONLY_IMAGE } from "../rules/image-list.ts";
import { type Channel, contentName, floatingNames, treeName } from "../rules/names.ts";
import { AcceleratorImage, type ImageRegistry } from "./accelerator-image.ts";

/** The family, what its content is named by and where it is published. */
export interface ImageFamilyArgs {
  readonly family: Family;
  /** Content key of each image, by accelerator; by `""` in a family with one image. */
  readonly keys: ReadonlyMap<string, string>;
  /** Where the family is published: every registry that it names. */
  readonly registries: ReadonlyMap<RegistryName, Omit<ImageRegistry, "floatingNames">>;
  /** Whose floating names are moved. */
  readonly channel: Channel;
  /** Absolute path that the folders of builds are relative to. */
  readonly root: string;
  /** Platforms that another BuildKit than the machine's own builds. @defaultValue none */
  readonly builders?: readonly string[];
  /** `host/path` of a repository that bases are fetched from by digest; empty for none. @defaultValue none */
  readonly baseMirror?: string;
  /** Git tree of the folder that the family's `treeName` names; absent where it does not tell what is built. */
  readonly tree?: string;
  readonly standIns?: StandIns;
}

/**
 * All images of one family of the catalogue, one for each accelerator, on every registry that the family names.
 *
 * ECR carries content names only: its names cannot be moved.
 *
 * @example
 * const family = (await readCatalog()).get("ci-image")!;
 * const password = new pulumi.Config().requireSecret("ghcrToken");
 * const credentials = { username: "pytorch", password };
 * new ImageFamily("ci-image", {
 *   family: { ...family, registries: ["ghcr.io"] },
 *   keys: await contentKeys(family),
 *   registries: new Map([["ghcr.io", { host: "ghcr.io", path: "pytorch/ci-image", credentials }]]),
 *   channel: "main",
 *   root: import.meta.dirname,
 * });
 */
export class ImageFamily extends pulumi.ComponentResource {
  /** By accelerator; under {@link ONLY_IMAGE} in a family with one image. */
  readonly images: Readonly<Record<string, AcceleratorImage>>;

  constructor(name: string, args: ImageFamilyArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("slipway:index:ImageFamily", name, {}, opts);
    this.images = Object.fromEntries(
      args.family.images.map((image) => {
        const accelerator = image.accelerator ?? ONLY_IMAGE;
        const component = new AcceleratorImage(
          `${name}/${accelerator}`,
          {
            build: {
              folder: relative(args.root, args.family.folder),
              base: args.standIns?.base ?? baseContext(image.base, args.baseMirror),
              scripts: relative(args.root, scriptsFolder(args.family, args.standIns)),
              buildArgs: buildArgsOf(args.family, image),
              ...(image.target !== undefined && { target: image.target }),
              platforms: args.family.platforms,
              builders: args.builders ?? [],
              cache: {
                channel: args.channel,
                ...(image.accelerator !== undefined && { accelerator: image.accelerator }),
              },
            },
            ...(args.family.contract && { contract: args.family.contract }),
            contentName: contentNameOf(args, image),
            aliases: args.tree === undefined ? [] : [treeName(image.accelerator, args.tree)],
            ...(image.float !== undefined && { float: image.float }),
            registries: registriesOf(args, image),
          },
          { parent: this, ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }) },
        );
        return [accelerator, component];
      }),
    );
    this.registerOutputs({});
  }
}

/** Unknown while the base is: what is built once somebody looked it up will have another key. */
function contentNameOf(
  args: ImageFamilyArgs,
  { accelerator, base }: CatalogImage,
): pulumi.Input<string> {
  if (args.standIns === undefined && base.digest === "unresolved") {
    return pulumi.output(pulumi.unknown).apply((): string => "");
  }
  const key = args.keys.get(accelerator ?? "");
  if (key === undefined) {
    throw new Error(`no content key for ${args.family.name} ${accelerator ?? ""}`);
  }
  return contentName(accelerator, key);
}

function registriesOf({ family, registries, channel }: ImageFamilyArgs, image: CatalogImage) {
  return family.registries.map((name) => {
    const registry = registries.get(name);
    if (registry === undefined) throw new Error(`${family.name} is on ${name}, which is not given`);
    const floating = name === "ecr" ? [] : floatingNames(family.scheme, channel, image.accelerator);
    return { ...registry, floatingNames: floating };
  });
}
