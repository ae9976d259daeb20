import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BaseContent,
  contentKey,
  type ContentKeyInput,
  type ContextFile,
} from "../rules/content-key.ts";
import { contractArgs, type ImageContract } from "../rules/image-contract.ts";
import { buildArgsOf } from "../rules/image-file.ts";
import { parseLayoutContext } from "../rules/layout-context.ts";
import { parseDockerfile, type Seen, viewOf } from "./dockerfile.ts";
import { contextFiles } from "./walk.ts";

/** What a family's keys follow from; the catalogue's families have this shape. */
export interface KeyedFamily {
  readonly name: string;
  /** Absolute path of the build context, with the Dockerfile in it. */
  readonly folder: string;
  readonly platforms: readonly string[];
  readonly epoch: number;
  readonly contract?: ImageContract;
  readonly images: readonly {
    readonly accelerator?: string;
    readonly base: { readonly image: string; readonly digest: string };
    readonly target?: string;
    readonly buildArgs: Readonly<Record<string, string>>;
  }[];
}

/** What takes the place of base images and install scripts on a machine of one's own. */
export interface StandIns {
  /** Named context that stands in for every base image: `oci-layout://FOLDER@sha256:...`. */
  readonly base: string;
  /** Holds one folder of scripts for each family. */
  readonly scripts: string;
}

/**
 * The folder that a family's builds see as their named context `scripts`.
 */
export function scriptsFolder(
  family: Pick<KeyedFamily, "name" | "folder">,
  standIns?: StandIns,
): string {
  return standIns === undefined
    ? join(family.folder, "scripts")
    : join(standIns.scripts, family.name);
}

/**
 * The content key of each image of a family, by accelerator; `""` in a family with one image.
 * @throws UserError for a file that no image can hold
 */
export async function contentKeys(
  family: KeyedFamily,
  standIns?: StandIns,
): Promise<ReadonlyMap<string, string>> {
  const inputs = await contentKeyInputs(family, standIns);
  return new Map([...inputs].map(([accelerator, input]) => [accelerator, contentKey(input)]));
}

/** What each image's key is made of, by accelerator as {@link contentKeys} gives the keys. */
export async function contentKeyInputs(
  family: KeyedFamily,
  standIns?: StandIns,
): Promise<ReadonlyMap<string, ContentKeyInput>> {
  const [text, context, scripts] = await Promise.all([
    readFile(join(family.folder, "Dockerfile")),
    contextFiles(family.folder, "Dockerfile"),
    contextFiles(scriptsFolder(family, standIns)),
  ]);
  const dockerfile = parseDockerfile(text.toString("utf8"));
  const digest = createHash("sha256").update(text).digest("hex");
  return new Map(
    family.images.map((image) => {
      const { accelerator = "", base, buildArgs, target } = image;
      const view = viewOf(dockerfile, buildArgsOf(family, image), target);
      const input: ContentKeyInput = {
        dockerfile: digest,
        context: seenFiles(context, view.context),
        scripts: seenFiles(scripts, view.scripts),
        buildArgs,
        ...(target !== undefined && { target }),
        platforms: family.platforms,
        base: baseContent(base, standIns),
        epoch: family.epoch,
        ...(family.contract !== undefined && { contract: contractArgs(family.contract) }),
      };
      return [accelerator, input] as const;
    }),
  );
}

/** A stand-in of a base is an image as well, known by its digest. */
function baseContent(
  { image, digest }: { readonly image: string; readonly digest: string },
  standIns: StandIns | undefined,
): BaseContent {
  if (standIns !== undefined) {
    const standIn = parseLayoutContext(standIns.base)?.digest;
    if (standIn === undefined) throw new Error(`${standIns.base} is no stand-in of a base`);
    return { kind: "digest", digest: standIn };
  }
  return digest === "unresolved" ? { kind: "unresolved", image } : { kind: "digest", digest };
}

function seenFiles(files: readonly ContextFile[], seen: Seen): readonly ContextFile[] {
  // What lies behind a symlink is not under the path that names it.
  if (seen === "everything" || files.some(({ kind }) => kind === "symlink")) return files;
  return files.filter(({ path }) =>
    seen.some((source) => path === source || path.startsWith(`${source}/`)),
  );
}
