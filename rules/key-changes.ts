import type { BaseContent, ContentKeyInput, ContextFile } from "./content-key.ts";

/** One difference between what two content keys of an image are made of. */
export interface KeyChange {
  readonly what:
    "Dockerfile" | "file" | "build arg" | "target" | "platforms" | "base" | "contract" | "epoch";
  /** Path of the file from the family's folder, or name of the build arg. */
  readonly name?: string;
  /** Absent for what was not there. */
  readonly old?: string;
  /** Absent for what is no longer there. */
  readonly new?: string;
}

/**
 * Why an image's content key is another one: every difference of what it is made of. None when the keys are equal.
 * Files that only one of both Dockerfiles lets the image see are told too.
 */
export function keyChanges(old: ContentKeyInput, now: ContentKeyInput): readonly KeyChange[] {
  const one = (what: KeyChange["what"], before: string | undefined, after: string | undefined) =>
    changesOf(what, new Map([[undefined, before]]), new Map([[undefined, after]]));
  return [
    ...one("Dockerfile", old.dockerfile, now.dockerfile),
    ...changesOf("file", files(old), files(now)),
    ...changesOf(
      "build arg",
      new Map(Object.entries(old.buildArgs)),
      new Map(Object.entries(now.buildArgs)),
    ),
    ...one("target", old.target, now.target),
    ...one("platforms", platforms(old), platforms(now)),
    ...one("base", base(old.base), base(now.base)),
    ...changesOf("contract", contract(old), contract(now)),
    ...one("epoch", String(old.epoch), String(now.epoch)),
  ];
}

/** In words: `file scripts/install_cuda.sh changed`, `build arg CUDA_VERSION: 12.8.0 -> 12.8.1`. */
export function describeChange({ what, name, old, new: now }: KeyChange): string {
  if (what === "Dockerfile") return "Dockerfile changed";
  const label = name === undefined ? what : `${what} ${name}`;
  if (what === "file") {
    if (old === undefined) return `${label} added`;
    return `${label} ${now === undefined ? "removed" : "changed"}`;
  }
  return `${label}: ${old ?? "(none)"} -> ${now ?? "(none)"}`;
}

function changesOf(
  what: KeyChange["what"],
  old: ReadonlyMap<string | undefined, string | undefined>,
  now: ReadonlyMap<string | undefined, string | undefined>,
): readonly KeyChange[] {
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [before, after] = [old.get(name), now.get(name)];
    if (before === after) return [];
    return [
      {
        what,
        ...(name !== undefined && { name }),
        ...(before !== undefined && { old: before }),
        ...(after !== undefined && { new: after }),
      },
    ];
  });
}

/** By path from the family's folder; a script may be seen through both contexts and is told once. */
function files({ context, scripts }: ContentKeyInput): ReadonlyMap<string, string> {
  const text = ({ kind, executable, digest }: ContextFile) =>
    `${executable ? "executable" : kind} sha256:${digest}`;
  return new Map([
    ...context.map((file) => [file.path, text(file)] as const),
    ...scripts.map((file) => [`scripts/${file.path}`, text(file)] as const),
  ]);
}

function contract({ contract: rules = {} }: ContentKeyInput): ReadonlyMap<string, string> {
  return new Map(Object.entries(rules));
}

function platforms({ platforms: list }: ContentKeyInput): string {
  return [...list].sort().join(",");
}

function base(content: BaseContent): string {
  return content.kind === "digest" ? content.digest : `${content.image} (unresolved)`;
}
