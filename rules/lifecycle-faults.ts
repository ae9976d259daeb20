import type { LifecyclePolicyRule } from "./lifecycle-policy.ts";
import type { Problem } from "./problems.ts";

const MOST_WILDCARDS = 4;
/** Days that ECR keeps archived content at least. */
const SHORTEST_ARCHIVE = 90;
/** What a tag of the OCI distribution specification can hold, and the wildcard. */
const PATTERN = /^[A-Za-z0-9_.*-]+$/;
const LONGEST_TAG = 128;

/** What is wrong with one rule whose every value is of its kind. @param place of the rule: `rules[2]` */
export function* ruleFaults(rule: LifecyclePolicyRule, place: string): Generator<Problem> {
  for (const { path, message } of ruleProblems(rule)) yield { path: `${place}.${path}`, message };
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html */
function* ruleProblems({ selection, action }: LifecyclePolicyRule): Generator<Problem> {
  yield* tagProblems(selection);
  const { countType, countUnit, countNumber, storageClass } = selection;
  const archived = countType === "sinceImageTransitioned";
  const selects = (key: string, message: string): Problem => ({
    path: `selection.${key}`,
    message,
  });
  if (countType === "imageCountMoreThan" && countUnit !== undefined) {
    yield selects("countUnit", "imageCountMoreThan counts images; leave the unit out");
  }
  if (countType !== "imageCountMoreThan" && countUnit === undefined) {
    yield selects("countUnit", `missing; ${countType} counts days, so write "days"`);
  }
  if (archived && storageClass !== "archive") {
    yield selects("storageClass", `${countType} is for archived images; write "archive"`);
  }
  if (!archived && storageClass === "archive") {
    yield selects("storageClass", `${countType} selects standard images only; write "standard"`);
  }
  if (archived && action.type === "transition") {
    yield { path: "action.type", message: `${countType} can only delete; write "expire"` };
  }
  if (archived && countNumber < SHORTEST_ARCHIVE) {
    yield selects(
      "countNumber",
      `${countNumber} is too few; ECR keeps archived images at least ${SHORTEST_ARCHIVE} days`,
    );
  }
  if (countType === "sinceImagePulled" && action.type === "expire") {
    yield {
      path: "action.type",
      message: `${countType} can only archive; write "transition", or sinceImagePushed to delete`,
    };
  }
  const { type, targetStorageClass } = action;
  if ((type === "transition") !== (targetStorageClass !== undefined)) {
    const message =
      type === "transition"
        ? 'missing; a transition goes to "archive"'
        : "an image that is deleted goes nowhere; leave it out";
    yield { path: "action.targetStorageClass", message };
  }
}

function* tagProblems(selection: LifecyclePolicyRule["selection"]): Generator<Problem> {
  const { tagStatus, tagPatternList, tagPrefixList } = selection;
  const lists = { tagPatternList, tagPrefixList };
  if (tagStatus !== "tagged") {
    for (const [key, list] of Object.entries(lists)) {
      if (list === undefined) continue;
      yield {
        path: `selection.${key}`,
        message: `only for tagStatus tagged, which is ${tagStatus}`,
      };
    }
  } else if (tagPatternList === undefined && tagPrefixList === undefined) {
    const message = 'missing; ECR wants tagPatternList or tagPrefixList for tagged, e.g. ["*"]';
    yield { path: "selection.tagPatternList", message };
  } else if (tagPatternList !== undefined && tagPrefixList !== undefined) {
    yield { path: "selection", message: "has both tagPatternList and tagPrefixList; keep one" };
  }
  for (const [key, list] of Object.entries(lists)) {
    for (const entry of list ?? []) {
      for (const message of patternProblems(entry, key === "tagPrefixList")) {
        yield { path: `selection.${key}`, message };
      }
    }
  }
}

function* patternProblems(pattern: string, isPrefix: boolean): Generator<string> {
  const quoted = JSON.stringify(pattern);
  const wildcards = pattern.split("*").length - 1;
  if (!PATTERN.test(pattern)) {
    yield `${quoted} can match no tag; tags are of letters, digits, ".", "_" and "-"`;
  }
  if (isPrefix && wildcards > 0) {
    yield `${quoted} holds a wildcard; a prefix has none, tagPatternList does`;
  } else if (wildcards > MOST_WILDCARDS) {
    yield `${quoted} holds ${wildcards} wildcards; ECR takes ${MOST_WILDCARDS}`;
  }
  if (pattern.length - wildcards > LONGEST_TAG) {
    yield `a text of ${pattern.length} characters can match no tag; tags have at most ${LONGEST_TAG}`;
  }
}

const STORAGE_CLASSES = ["standard", "archive"] as const;

type Rules = readonly (LifecyclePolicyRule | undefined)[];

/** Whatever one rule cannot know of the others; places of rules that could not be read stay empty. */
export function* faultsTogether(rules: Rules): Generator<Problem> {
  const at = (index: number, key = "") => `rules[${index}]${key}`;
  for (const [first, other] of sameBy(rules, ({ rulePriority }) => String(rulePriority))) {
    yield {
      path: at(other, ".rulePriority"),
      message: `${rules[other]?.rulePriority ?? ""} is the priority of rules[${first}] too; give each rule its own`,
    };
  }
  for (const [first, other] of sameBy(rules, whatItSelects)) {
    yield {
      path: at(other, ".selection"),
      message: `selects the same images as rules[${first}], and ECR takes one such rule; keep one`,
    };
  }
  for (const storageClass of STORAGE_CLASSES) {
    const priority = (rule: LifecyclePolicyRule | undefined) =>
      rule !== undefined && (rule.selection.storageClass ?? "standard") === storageClass
        ? rule.rulePriority
        : 0;
    const last = Math.max(0, ...rules.map(priority));
    for (const [index, rule] of rules.entries()) {
      const own = priority(rule);
      if (rule?.selection.tagStatus !== "any" || own === 0 || own === last) continue;
      yield {
        path: at(index, ".rulePriority"),
        message: `${own} for any image, while another rule has ${last}; ECR wants any to have the highest number`,
      };
    }
  }
}

function whatItSelects({ selection }: LifecyclePolicyRule): string {
  const { tagStatus, tagPatternList, tagPrefixList, storageClass = "standard" } = selection;
  const sorted = (list: readonly string[] = []) => [...new Set(list)].sort();
  return JSON.stringify([storageClass, tagStatus, sorted(tagPatternList), sorted(tagPrefixList)]);
}

/** Pairs of the first rule and a later one that are the same in one respect. */
function* sameBy(
  rules: Rules,
  key: (rule: LifecyclePolicyRule) => string,
): Generator<readonly [number, number]> {
  const first = new Map<string, number>();
  for (const [index, rule] of rules.entries()) {
    if (rule === undefined) continue;
    const before = first.get(key(rule));
    if (before === undefined) first.set(key(rule), index);
    else yield [before, index];
  }
}
