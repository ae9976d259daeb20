import { contentKey, type ContentKeyInput } from "./content-key.ts";
import type { NamedImage } from "./image-resource.ts";
import { describeChange, keyChanges } from "./key-changes.ts";

/** Images of a stack by label, and what their content keys are made of, by label, too. */
export interface StackImages {
  readonly images: ReadonlyMap<string, NamedImage>;
  readonly inputs: ReadonlyMap<string, ContentKeyInput>;
}

/** An image whose content is another one. */
export interface ImageChange {
  readonly label: string;
  readonly change: "new" | "changed" | "gone";
  /** Content names, where they are known. */
  readonly old?: string;
  readonly new?: string;
  /** In words; none for an image that is new or gone, or where the base branch's inputs are not known. */
  readonly reasons: readonly string[];
}

const NOT_APPLIED = "the base branch has changes of it that were not applied yet";

/**
 * The images that have other content after a change, in the order in which they are declared, and then those that are no
 * longer declared.
 * @param old what was applied, with the inputs of the base branch: of what was applied there are none
 */
export function imageChanges(old: StackImages, now: StackImages): readonly ImageChange[] {
  const changes = [...now.images.values()].flatMap((image): readonly ImageChange[] => {
    const { label, contentName } = image;
    const names = { ...(contentName !== undefined && { new: contentName }) };
    const before = old.images.get(label);
    if (before === undefined) return [{ label, change: "new", ...names, reasons: [] }];
    const inputs = [old.inputs.get(label), now.inputs.get(label)] as const;
    if (!isChanged(before, image, inputs)) return [];
    const [was, is] = inputs;
    const reasons = was === undefined || is === undefined ? undefined : keyChanges(was, is);
    return [
      {
        label,
        change: "changed",
        ...(before.contentName !== undefined && { old: before.contentName }),
        ...names,
        reasons: reasons?.length === 0 ? [NOT_APPLIED] : (reasons ?? []).map(describeChange),
      },
    ];
  });
  const gone = [...old.images.values()].filter(({ label }) => !now.images.has(label));
  return [
    ...changes,
    ...gone.map(({ label, contentName }) => ({
      label,
      change: "gone" as const,
      ...(contentName !== undefined && { old: contentName }),
      reasons: [],
    })),
  ];
}

/** By the content names, and where one of them is not known yet, by what they would be made of. */
function isChanged(
  old: NamedImage,
  now: NamedImage,
  [was, is]: readonly [ContentKeyInput | undefined, ContentKeyInput | undefined],
): boolean {
  if (old.contentName !== undefined && now.contentName !== undefined) {
    return old.contentName !== now.contentName;
  }
  if (old.contentName !== now.contentName || was === undefined || is === undefined) return true;
  return contentKey(was) !== contentKey(is);
}
