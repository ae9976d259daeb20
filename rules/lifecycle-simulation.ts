import type { LifecyclePolicy, LifecyclePolicyRule } from "./lifecycle-policy.ts";

/** An image, an index or another artifact in a repository on ECR. Times are milliseconds since 1970. */
export interface StoredImage {
  /** `sha256:` and 64 hex digits; one of a kind in its repository. */
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  readonly pulledAt?: number;
  /** When it was put into the archive, for what lies there now. */
  readonly archivedAt?: number;
  /** When it was last brought back from the archive. */
  readonly activatedAt?: number;
  /** Type of its manifest. */
  readonly mediaType: string;
  /** Digests that an index lists; absent where they are not known. */
  readonly children?: readonly string[];
  /** Digest of the image that this artifact (a signature, a list of contents) speaks of. */
  readonly subject?: string;
}

/** What happens to an image, and by which rule. */
export interface Removal {
  readonly rule: LifecyclePolicyRule;
  /** `transition`: into the archive, from which nothing can be pulled. */
  readonly action: "expire" | "transition";
}

type Selection = LifecyclePolicyRule["selection"];

const DAY = 86_400_000;

/**
 * What ECR's evaluation takes away, for a repository that gets no new image until then. All rules are evaluated
 * together and then applied by priority: an image that a rule selects, over its limit or not, is out of reach of the
 * rules after it, which count it all the same. What an index lists stays as long as the index.
 *
 * ECR needs up to a day after the time, and a second one for what an index that goes lists.
 *
 * @param policy as {@link readLifecyclePolicy} gives it
 * @param at milliseconds since 1970
 * @returns by digest
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export function simulateLifecycle(
  { rules }: LifecyclePolicy,
  images: readonly StoredImage[],
  at: number,
): ReadonlyMap<string, Removal> {
  const removals = new Map<string, Removal>();
  const claimed = new Set<StoredImage>();
  for (const rule of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const selected = images.filter((image) => selects(rule.selection, image));
    for (const image of overLimit(rule.selection, selected, at)) {
      if (!claimed.has(image)) removals.set(image.digest, { rule, action: rule.action.type });
    }
    for (const image of selected) claimed.add(image);
  }
  const listed = withholdListed(images, removals);
  for (const { digest, subject } of images) {
    const followed = removals.get(subject ?? "");
    if (followed !== undefined && !listed.has(digest)) removals.set(digest, followed);
  }
  return removals;
}

/** Takes back the removal of whatever an index that stays lists, through indexes of indexes; returns all that is listed so. */
function withholdListed(
  images: readonly StoredImage[],
  removals: Map<string, Removal>,
): ReadonlySet<string> {
  const indexes = new Map(
    images.filter(({ children = [] }) => children.length > 0).map((image) => [image.digest, image]),
  );
  const listed = new Set<string>();
  const staying = [...indexes.values()].filter(({ digest }) => !removals.has(digest));
  for (let index = staying.pop(); index !== undefined; index = staying.pop()) {
    for (const child of index.children ?? []) {
      if (listed.has(child)) continue;
      listed.add(child);
      const inner = removals.delete(child) ? indexes.get(child) : undefined;
      if (inner !== undefined) staying.push(inner);
    }
  }
  return listed;
}

function selects(selection: Selection, { tags, archivedAt }: StoredImage): boolean {
  const { tagStatus, tagPatternList, tagPrefixList = [], storageClass = "standard" } = selection;
  if ((storageClass === "archive") !== (archivedAt !== undefined)) return false;
  switch (tagStatus) {
    case "any":
      return true;
    case "untagged":
      return tags.length === 0;
    case "tagged":
      return tagPatternList === undefined
        ? tagPrefixList.every((prefix) => tags.some((tag) => tag.startsWith(prefix)))
        : tagPatternList.every((pattern) => tags.some((tag) => matches(pattern, tag)));
  }
}

/** Whether a pattern matches a whole tag; `*` stands for any text, the empty one too. */
function matches(pattern: string, tag: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return tag === pattern;
  if (!tag.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const found = tag.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return tag.length - from >= last.length && tag.endsWith(last);
}

function overLimit(
  { countType, countNumber }: Selection,
  selected: readonly StoredImage[],
  at: number,
): readonly StoredImage[] {
  switch (countType) {
    case "imageCountMoreThan":
      return [...selected].sort(youngestFirst).slice(countNumber);
    case "sinceImagePushed":
      return selected.filter((image) => isOlder(startOf(image)));
    case "sinceImagePulled":
      return selected.filter((image) => isOlder(lastUse(image)));
    case "sinceImageTransitioned":
      return selected.filter(({ archivedAt = at }) => isOlder(archivedAt));
  }
  function isOlder(since: number): boolean {
    return at - since > countNumber * DAY;
  }
}

/** The digest decides between images of one moment, of whose order ECR says nothing. */
function youngestFirst(a: StoredImage, b: StoredImage): number {
  return startOf(b) - startOf(a) || (a.digest < b.digest ? -1 : 1);
}

/** What came back from the archive counts as new. */
function startOf({ pushedAt, activatedAt }: StoredImage): number {
  return activatedAt ?? pushedAt;
}

function lastUse(image: StoredImage): number {
  const { pulledAt, activatedAt } = image;
  if (pulledAt === undefined) return startOf(image);
  return activatedAt === undefined || pulledAt > activatedAt ? pulledAt : activatedAt;
}
