import { TAG } from "./image-reference.ts";

/** What an image runs on, as image indexes write it. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** `v7` of `linux/arm/v7`. */
  readonly variant?: string;
}

const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9_.]+)?$/;

/** Reads `linux/amd64` or `linux/arm/v7`; undefined when the text is no platform. */
export function parsePlatform(text: string): Platform | undefined {
  if (!PLATFORM.test(text)) return undefined;
  const [os = "", architecture = "", variant] = text.split("/");
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** `linux/arm/v7`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}

/**
 * Whether an image is of the platform that is wanted. Some variants go without saying: arm64 is v8, arm is v7, amd64 is v1.
 * @see https://github.com/containerd/platforms/blob/main/database.go
 */
export function isOfPlatform(image: Platform, wanted: Platform): boolean {
  return formatPlatform(inFull(image)) === formatPlatform(inFull(wanted));
}

const USUAL_VARIANTS: Readonly<Record<string, string>> = { amd64: "v1", arm: "v7", arm64: "v8" };

function inFull({ os, architecture, variant }: Platform): Platform {
  const full = variant ?? USUAL_VARIANTS[architecture];
  return { os, architecture, ...(full !== undefined && { variant: full }) };
}

/**
 * Name of one platform's content beside the name of the image's: `cuda12.8-k<key>-arm64`, `...-arm-v7`. Systems other than
 * Linux are part of it.
 * @throws Error when it is no tag
 */
export function platformTag(contentName: string, platform: string): string {
  const tag = `${contentName}-${platform.replace(/^linux\//, "").replaceAll("/", "-")}`;
  if (!TAG.test(tag)) throw new Error(`${JSON.stringify(tag)} is no tag`);
  return tag;
}
