import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { NAMESPACE } from "../rules/configuration.ts";
import { pinnedDigestsFile } from "../rules/pins/pinned-digests.ts";
import { type PublishingStack, publishingStack } from "../rules/channel-clash.ts";

/**
 * What the stacks of a project publish, as their files say. A file that cannot be read, or that a stack could not run with,
 * is left out: whoever runs that stack is told of it.
 * @param root folder of Pulumi.yaml
 */
export function readStackFiles(root: string): readonly PublishingStack[] {
  return readdirSync(root)
    .sort()
    .flatMap((file) => {
      const name = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
      if (name === undefined) return [];
      return publishingStack(name, configOf(join(root, file))) ?? [];
    });
}

/**
 * The keys of a stack's file that hold a value as it is and not `secure:` one. Pulumi hands either to a program alike, so
 * that only the file tells that somebody wrote a secret into it.
 * @param root folder of Pulumi.yaml
 * @returns full keys (`slipway:dockerToken`); none where there is no such file
 */
export function readClearKeys(root: string, stack: string): readonly string[] {
  return Object.entries(configOf(join(root, `Pulumi.${stack}.yaml`))).flatMap(([key, value]) => {
    if (value === null || isSecure(value)) return [];
    return key.includes(":") ? key : `${NAMESPACE}${key}`;
  });
}

/**
 * The text of a stack's file of pinned digests; undefined where there is none.
 * @param root folder of Pulumi.yaml
 */
export function readPinsText(root: string, stack: string): string | undefined {
  try {
    return readFileSync(join(root, pinnedDigestsFile(stack)), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isSecure(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "secure";
}

function configOf(path: string): Readonly<Record<string, unknown>> {
  try {
    const file: unknown = parse(readFileSync(path, "utf8"));
    const config: unknown = (file as { readonly config?: unknown } | null)?.config;
    return typeof config === "object" && config !== null ? { ...config } : {};
  } catch {
    return {};
  }
}
