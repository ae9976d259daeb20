import { UserError } from "../../rules/problems.ts";
import type { BaseEntry } from "./base-entries.ts";
import { describePlatforms, lackingPlatforms, type Resolutions } from "./resolve-bases.ts";

/** What a look at the registry says of one base. */
export interface BaseFinding {
  readonly family: string;
  readonly base: string;
  readonly image: string;
  /**
   * - `up to date`: the tag stands for the pinned digest;
   * - `moved`: it stands for another one now, and the pinned one is still there;
   * - `unresolved`: image.yaml pins none;
   * - `gone`: the pinned digest is no longer there, so that nothing can be built on it;
   * - `no tag`: the tag is no longer there, so that nothing says what comes after the pinned digest;
   * - `lacks platform`: it has no image for a platform of the family;
   * - `not asked`: the registry did not tell.
   */
  readonly state:
    "up to date" | "moved" | "unresolved" | "gone" | "no tag" | "lacks platform" | "not asked";
  /** What image.yaml pins. */
  readonly digest: string;
  /** What the tag stands for now, where that is something else. */
  readonly newDigest?: string;
  /** More on it, in words. */
  readonly note?: string;
}

/** What the registries' answers say of each base, in the order of the bases. */
export function checkBases(
  entries: readonly BaseEntry[],
  resolutions: Resolutions,
): readonly BaseFinding[] {
  return entries.map((entry) => {
    const { family, name: base, image, digest } = entry;
    const found = { family, base, image, digest };
    const resolved = resolutions.get(image);
    if (resolved === undefined) throw new Error(`${image} was not resolved`);
    if (resolved instanceof UserError) {
      return { ...found, state: "not asked", note: resolved.message };
    }
    const { digest: tagged, gone } = resolved;
    const moved = tagged !== undefined && tagged !== digest && { newDigest: tagged };
    if (gone.has(digest)) {
      return {
        ...found,
        state: "gone",
        ...moved,
        note: `nothing can be built on it any more; take the new one: slipway bases bump ${family}/${base}`,
      };
    }
    if (tagged === undefined) {
      return { ...found, state: "no tag", note: "write another tag into image.yaml" };
    }
    const lacking = lackingPlatforms(entry, resolved);
    const note = `no image for ${lacking.join(", ")}, which the family is built for; it has ${describePlatforms(resolved)}`;
    if (digest === "unresolved") {
      return { ...found, state: "unresolved", ...moved, ...(lacking.length > 0 && { note }) };
    }
    if (moved !== false) {
      return { ...found, state: "moved", ...moved, ...(lacking.length > 0 && { note }) };
    }
    return lacking.length > 0
      ? { ...found, state: "lacks platform", note }
      : { ...found, state: "up to date" };
  });
}

/** Whether somebody must act. A tag that moved is news, no fault: what is pinned can still be built on. */
export function isFault({ state }: BaseFinding): boolean {
  return state !== "up to date" && state !== "moved";
}
