import { z } from "zod";
import type { Problem } from "./problems.ts";

/** Characters of a policy. @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const LONGEST_POLICY = 30_720;
/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const MOST_RULES = 50;
const MOST_WILDCARDS = 4;
const LONGEST_DESCRIPTION = 256;
/** Days that ECR keeps archived content at least. */
const SHORTEST_ARCHIVE = 90;
/** What a tag of the OCI distribution specification can hold, and the wildcard. */
const PATTERN = /^[A-Za-z0-9_.*-]+$/;
const LONGEST_TAG = 128;

const word = (values: readonly string[]) => `one of ${values.join(", ")}`;
const TAG_STATUS = ["tagged", "untagged", "any"] as const;
const COUNT_TYPE = [
  "imageCountMoreThan",
  "sinceImagePushed",
  "sinceImagePulled",
  "sinceImageTransitioned",
] as const;
const STORAGE_CLASS = ["standard", "archive"] as const;
const ACTION = ["expire", "transition"] as const;

/** The message of each schema is what the value must be; {@link problemsOf} puts before it what was found. */
const whole = z.int("a whole number from 1").min(1, "a whole number from 1");
const tags = z
  .array(z.string("a text"), "a list of texts")
  .min(1, "a list with at least one entry")
  .optional();
const Selection = z.strictObject(
  {
    tagStatus: z.enum(TAG_STATUS, word(TAG_STATUS)),
    tagPatternList: tags,
    tagPrefixList: tags,
    storageClass: z.enum(STORAGE_CLASS, word(STORAGE_CLASS)).optional(),
    countType: z.enum(COUNT_TYPE, word(COUNT_TYPE)),
    countUnit: z.literal("days", '"days", the only unit').optional(),
    countNumber: whole,
  },
  "a map",
);
const Action = z.strictObject(
  {
    type: z.enum(ACTION, word(ACTION)),
    targetStorageClass: z.literal("archive", '"archive", the only target').optional(),
  },
  "a map",
);
const Rule = z.strictObject(
  {
    rulePriority: whole,
    description: z
      .string("a text")
      .max(LONGEST_DESCRIPTION, `a text of at most ${LONGEST_DESCRIPTION} characters`)
      .optional(),
    selection: Selection,
    action: Action,
  },
  "a map",
);
const Document = z.strictObject({ rules: z.array(z.unknown(), "a list of rules") }, "a map");

/**
 * One rule of ECR's JSON.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export type LifecyclePolicyRule = z.infer<typeof Rule>;

/** ECR's own JSON of a lifecycle policy. */
export interface LifecyclePolicy {
  readonly rules: readonly LifecyclePolicyRule[];
}

/**
 * Reads ECR's JSON of a lifecycle policy and checks all that ECR checks, and what it takes without doing as it says.
 * @returns the policy, or every fault of it
 */
export function readLifecyclePolicy(
  text: string,
): { readonly policy: LifecyclePolicy } | { readonly problems: readonly Problem[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problems: [{ path: "(policy)", message: `is no JSON: ${why}` }] };
  }
  const outer = Document.safeParse(document);
  if (!outer.success) return { problems: problemsOf(outer.error, document, []) };
  const problems: Problem[] = [...sizeProblems(text, outer.data.rules.length)];
  const rules = outer.data.rules.map((entry, index) => {
    const read = Rule.safeParse(entry);
    if (read.success) return read.data;
    problems.push(...problemsOf(read.error, entry, ["rules", index]));
    return undefined;
  });
  rules.forEach((rule, index) => {
    if (rule === undefined) return;
    for (const { path, message } of ruleProblems(rule)) {
      problems.push({ path: pathText(["rules", index, ...path]), message });
    }
  });
  problems.push(...problemsTogether(rules));
  const policy = { rules: rules.filter((rule) => rule !== undefined) };
  return problems.length > 0 ? { problems } : { policy };
}

function* sizeProblems(text: string, rules: number): Generator<Problem> {
  if (text.length > LONGEST_POLICY) {
    yield {
      path: "(policy)",
      message: `${text.length} characters; ECR takes ${LONGEST_POLICY}, so leave out rules or blanks`,
    };
  }
  if (rules === 0) {
    yield {
      path: "rules",
      message: "empty; ECR wants at least one rule, or no policy at all",
    };
  }
  if (rules > MOST_RULES) {
    yield { path: "rules", message: `${rules} rules; ECR takes ${MOST_RULES}` };
  }
}

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * What is wrong with one rule whose every value is of its kind.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
function* ruleProblems({ selection, action }: LifecyclePolicyRule): Generator<Fault> {
  yield* tagProblems(selection);
  const { countType, countUnit, countNumber, storageClass } = selection;
  const archived = countType === "sinceImageTransitioned";
  const selects = (key: string, message: string): Fault => ({ path: ["selection", key], message });
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
    yield { path: ["action", "type"], message: `${countType} can only delete; write "expire"` };
  }
  if (archived && countNumber < SHORTEST_ARCHIVE) {
    yield selects(
      "countNumber",
      `${countNumber} days; ECR keeps archived images at least ${SHORTEST_ARCHIVE}`,
    );
  }
  if (countType === "sinceImagePulled" && action.type === "expire") {
    yield {
      path: ["action", "type"],
      message: `${countType} can only archive; write "transition", or sinceImagePushed to delete`,
    };
  }
  const { type, targetStorageClass } = action;
  if ((type === "transition") !== (targetStorageClass !== undefined)) {
    const message =
      type === "transition"
        ? 'missing; a transition goes to "archive"'
        : "an image that is deleted goes nowhere; leave it out";
    yield { path: ["action", "targetStorageClass"], message };
  }
}

function* tagProblems(selection: LifecyclePolicyRule["selection"]): Generator<Fault> {
  const { tagStatus, tagPatternList, tagPrefixList } = selection;
  const lists = { tagPatternList, tagPrefixList };
  if (tagStatus !== "tagged") {
    for (const [key, list] of Object.entries(lists)) {
      if (list === undefined) continue;
      yield {
        path: ["selection", key],
        message: `only for tagStatus tagged, which is ${tagStatus}`,
      };
    }
  } else if (tagPatternList === undefined && tagPrefixList === undefined) {
    const message = 'missing; ECR wants tagPatternList or tagPrefixList for tagged, e.g. ["*"]';
    yield { path: ["selection", "tagPatternList"], message };
  } else if (tagPatternList !== undefined && tagPrefixList !== undefined) {
    yield { path: ["selection"], message: "has both tagPatternList and tagPrefixList; keep one" };
  }
  for (const [key, list] of Object.entries(lists)) {
    for (const entry of list ?? []) {
      for (const message of patternProblems(entry, key === "tagPrefixList")) {
        yield { path: ["selection", key], message };
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

type Rules = readonly (LifecyclePolicyRule | undefined)[];

/** Whatever one rule cannot know of the others; places of rules that could not be read stay empty. */
function* problemsTogether(rules: Rules): Generator<Problem> {
  const at = (index: number, key = "") => `rules[${index}]${key}`;
  for (const [first, other] of sameBy(rules, ({ rulePriority }) => String(rulePriority))) {
    yield {
      path: at(other, ".rulePriority"),
      message: `${rules[other]?.rulePriority ?? ""} is the priority of rules[${first}] too; give each rule its own`,
    };
  }
  const selected = ({ selection: { tagStatus, storageClass = "standard", ...lists } }: Known) => {
    const list = lists.tagPatternList ?? lists.tagPrefixList ?? [];
    const kind = lists.tagPrefixList === undefined ? "" : "prefix";
    return JSON.stringify([storageClass, tagStatus, kind, [...new Set(list)].sort()]);
  };
  for (const [first, other] of sameBy(rules, selected)) {
    yield {
      path: at(other, ".selection"),
      message: `selects the same images as rules[${first}], and ECR takes one such rule; keep one`,
    };
  }
  for (const storageClass of STORAGE_CLASS) {
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

type Known = LifecyclePolicyRule;

/** Pairs of the first rule and a later one that are the same in one respect. */
function* sameBy(rules: Rules, key: (rule: Known) => string): Generator<readonly [number, number]> {
  const first = new Map<string, number>();
  for (const [index, rule] of rules.entries()) {
    if (rule === undefined) continue;
    const before = first.get(key(rule));
    if (before === undefined) first.set(key(rule), index);
    else yield [before, index];
  }
}

function problemsOf(
  { issues }: z.ZodError,
  input: unknown,
  place: readonly PropertyKey[],
): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = [...place, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: pathText([...path, key]),
        message: "is nothing that ECR knows there; leave it out",
      }));
    }
    const found = valueAt(input, issue.path);
    const message =
      found === undefined
        ? `missing; ECR wants ${issue.message}`
        : `${JSON.stringify(found).slice(0, 80)} is not ${issue.message}`;
    return [{ path: pathText(path), message }];
  });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    input,
  );
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("");
  return text === "" ? "(policy)" : text.replace(/^\./, "");
}
