import { z } from "zod";

/** Tags as Pulumi writes them. */
export const Tags = z.record(z.string(), z.string());
export type Tags = z.output<typeof Tags>;

/** A tag as the SDK writes it; the service always gives both. */
interface SdkTag {
  Key?: string | undefined;
  Value?: string | undefined;
}

export function toSdkTags(tags: Tags = {}): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Undefined for no tags, which is how a program without tags declares them. */
export function fromSdkTags(tags: readonly SdkTag[] = []): Tags | undefined {
  if (tags.length === 0) return undefined;
  return Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** What must be set and what removed to get from the tags there are to those wanted. */
export function tagChanges(
  old: Tags = {},
  wanted: Tags = {},
): { set: { Key: string; Value: string }[]; remove: string[] } {
  const set = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => old[key] !== value),
  );
  return { set: toSdkTags(set), remove: Object.keys(old).filter((key) => !(key in wanted)) };
}
