import { type Catalog, type Family, readCatalog } from "../catalog.ts";
import { contentKeyInputs, type StandIns } from "../context/content-keys.ts";
import { contentKey, type ContentKeyInput } from "../rules/content-key.ts";
import { describeChange, type KeyChange, keyChanges } from "../rules/key-changes.ts";
import { UserError } from "../rules/problems.ts";
import { type PublishingStack, unknownFamily } from "../rules/unknown-family.ts";
import { withCatalogAt } from "./keys-at-revision.ts";
import { table } from "./print/table.ts";
import { PROJECT_ROOT } from "./project-root.ts";
import { readStack } from "./stack.ts";

export interface KeysOptions {
  readonly stack?: string;
  /** Git revision to compare the work tree with. */
  readonly diff?: string;
  readonly json?: boolean;
}

/** An image with what its key is made of. */
interface KeyedImage {
  readonly family: string;
  readonly accelerator?: string;
  readonly input: ContentKeyInput;
}

/** What a change means to one image. */
export interface ImageChange {
  readonly family: string;
  readonly accelerator?: string;
  readonly state: "unchanged" | "new" | "removed" | "rebuilt";
  /** Absent for an image that is removed. */
  readonly key?: string;
  /** Absent for an image that is new. */
  readonly oldKey?: string;
  /** Why it is rebuilt. */
  readonly reasons: readonly KeyChange[];
}

interface Source {
  /** Absent for the whole catalogue, whose families may come and go. */
  readonly stack?: PublishingStack;
  readonly families: readonly Family[];
  readonly standIns?: StandIns;
}

/** Prints content keys, or what the work tree's differences from a revision rebuild. Returns the exit code. */
export async function showKeys(family: string | undefined, options: KeysOptions): Promise<number> {
  const source = await sourceOf(options.stack);
  if (options.diff === undefined) {
    const images = await keyedImages(chosen(source, family), source.standIns);
    const keys = images.map(({ input, ...image }) => ({ ...image, key: contentKey(input) }));
    console.log(
      options.json === true
        ? JSON.stringify(keys, undefined, 2)
        : table(keys.map(({ key, ...image }) => [label(image), key])),
    );
    return 0;
  }
  const changes = await changesSince(PROJECT_ROOT, options.diff, source, family);
  console.log(options.json === true ? JSON.stringify(changes, undefined, 2) : changesText(changes));
  return 0;
}

/**
 * What the catalogue's differences from a revision mean to each image, in the order of the catalogue; what is removed
 * comes last.
 * @param family only this one
 */
export async function changesSince(
  project: string,
  revision: string,
  source: Source,
  family?: string,
): Promise<readonly ImageChange[]> {
  const { stack, families, standIns } = source;
  return withCatalogAt(project, revision, async (catalog) => {
    const inStack = ({ name }: Family) =>
      stack === undefined || families.some((each) => each.name === name);
    const old = [...catalog.values()].filter(inStack);
    if (family !== undefined && !old.some(({ name }) => name === family)) chosen(source, family);
    const only = ({ name }: Family) => family === undefined || name === family;
    const before = await keyedImages(old.filter(only), standIns);
    const after = await keyedImages(families.filter(only), standIns);
    const byLabel = new Map(before.map((image) => [label(image), image]));
    const names = new Set(after.map(label));
    return [
      ...after.map((image) => imageChange(image, byLabel.get(label(image)))),
      ...before
        .filter((image) => !names.has(label(image)))
        .map(({ input, ...image }) => ({
          ...image,
          state: "removed" as const,
          oldKey: contentKey(input),
          reasons: [],
        })),
    ];
  });
}

function imageChange({ input, ...image }: KeyedImage, old: KeyedImage | undefined): ImageChange {
  const key = contentKey(input);
  if (old === undefined) return { ...image, state: "new", key, reasons: [] };
  const oldKey = contentKey(old.input);
  const state = key === oldKey ? "unchanged" : "rebuilt";
  return { ...image, state, key, oldKey, reasons: keyChanges(old.input, input) };
}

/** The families of a stack, or of the whole catalogue on its real bases. */
async function sourceOf(stack: string | undefined): Promise<Source> {
  if (stack !== undefined) {
    const { name, catalog, families, standIns } = await readStack(stack);
    return { stack: { name, catalog }, families, ...(standIns !== undefined && { standIns }) };
  }
  const catalog: Catalog = await readCatalog();
  return { families: [...catalog.values()] };
}

function chosen({ families, stack }: Source, name: string | undefined): readonly Family[] {
  if (name === undefined) return families;
  const found = families.filter((family) => family.name === name);
  if (found.length > 0) return found;
  const known = families.map((family) => family.name);
  throw new UserError(unknownFamily(name, known, stack));
}

async function keyedImages(
  families: readonly Family[],
  standIns: StandIns | undefined,
): Promise<readonly KeyedImage[]> {
  const images: KeyedImage[] = [];
  for (const family of families) {
    for (const [accelerator, input] of await contentKeyInputs(family, standIns)) {
      images.push({ family: family.name, ...(accelerator !== "" && { accelerator }), input });
    }
  }
  return images;
}

function label({ family, accelerator }: Pick<KeyedImage, "family" | "accelerator">): string {
  return accelerator === undefined ? family : `${family}/${accelerator}`;
}

function changesText(changes: readonly ImageChange[]): string {
  const rows = changes.flatMap((change) => {
    const [first = "", ...others] = change.reasons.map(describeChange);
    return [[label(change), change.state, first], ...others.map((reason) => ["", "", reason])];
  });
  const count = (state: ImageChange["state"]) =>
    changes.filter((each) => each.state === state).length;
  const [rebuilt, added, removed] = [count("rebuilt"), count("new"), count("removed")];
  return `${table(rows)}\n${rebuilt} rebuilt, ${added} new, ${removed} removed, ${count("unchanged")} unchanged`;
}
