import type { NamedImage } from "./image-resource.ts";

/** A floating name that points to something else after a change. */
export interface NameMove {
  /** `ghcr.io/pytorch/ci-image:cuda12.8` */
  readonly name: string;
  readonly change: "new" | "moves" | "gone";
  /** A content name or a digest, where it is known. */
  readonly from?: string;
  readonly to?: string;
}

/** Where a name points: a digest, a content name, or content whose name nobody knows yet. */
interface Target {
  readonly label: string;
  readonly to: string | undefined;
}

/**
 * The floating names that a change moves, makes or no longer declares, in their order.
 * @param changed labels of images whose content changes, which tells where a content name is not known yet
 */
export function nameMoves(
  old: ReadonlyMap<string, NamedImage>,
  now: ReadonlyMap<string, NamedImage>,
  changed: ReadonlySet<string>,
): readonly NameMove[] {
  const [before, after] = [targets(old), targets(now)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name): readonly NameMove[] => {
    const [from, to] = [before.get(name), after.get(name)];
    const places = {
      ...(from?.to !== undefined && { from: from.to }),
      ...(to?.to !== undefined && { to: to.to }),
    };
    if (from === undefined) return [{ name, change: "new", ...places }];
    if (to === undefined) return [{ name, change: "gone", ...places }];
    return isSame(from, to, changed) ? [] : [{ name, change: "moves", ...places }];
  });
}

function isSame(from: Target, to: Target, changed: ReadonlySet<string>): boolean {
  if (from.to !== undefined || to.to !== undefined) return from.to === to.to;
  return from.label === to.label && !changed.has(to.label);
}

function targets(images: ReadonlyMap<string, NamedImage>): ReadonlyMap<string, Target> {
  return new Map(
    [...images.values()].flatMap(({ label, contentName, float, names }) =>
      names.map((name) => [name, { label, to: float ?? contentName }] as const),
    ),
  );
}
