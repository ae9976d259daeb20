import { type LifecyclePolicy, readLifecyclePolicy } from "./lifecycle-policy.ts";
import { ProblemsError } from "./problems.ts";

/** Which images a rule speaks of; the patterns of one rule must all match (ECR joins them by AND). */
type Selection =
  | { readonly tagged: { readonly prefixes: readonly string[] } }
  | { readonly tagged: { readonly patterns: readonly string[] } }
  | { readonly untagged: true }
  | { readonly any: true };

/** When an image goes: so many days after its push, or when more than so many newer ones match. */
type Limit =
  | { readonly olderThanDays: number; readonly moreThan?: never }
  | { readonly moreThan: number; readonly olderThanDays?: never };

/**
 * One rule of an ECR repository's lifecycle; what it selects and is over the limit is deleted. There is no word for
 * ECR's archive: what lies there cannot be pulled, and a name that cannot be pulled is a broken promise.
 */
export type LifecycleRule = Selection & Limit & { readonly description: string };

/** Selected first, with a limit that it never reaches. */
const KEEP_PINS: LifecycleRule = {
  description: "Pinned content: kept, since ECR lets no later rule delete it",
  tagged: { patterns: ["pin-*"] },
  // A hundred years. A number of images could be reached where the quota was raised.
  olderThanDays: 36_500,
};

/**
 * What a repository of content forgets by itself. ECR lets no rule delete what a rule before it selects, so the order
 * is the meaning:
 *
 * 1. Content with a `pin-` name is selected first, with a limit that it never reaches: no later rule can delete it.
 * 2. Content that lost, or never got, a name goes by age rather than by number, so that a digest that is still
 *    deployed survives the next push.
 * 3. Named content goes when 10,000 newer images are there. That is a tenth of what ECR takes in a repository, so that
 *    nine tenths are left for pins, which this rule counts and cannot delete.
 *
 * The children of an index have a `pin-` name of their own, and ECR keeps them as long as the index.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html 100,000 images a repository
 */
export const KEEP_PINNED_CONTENT: readonly LifecycleRule[] = [
  KEEP_PINS,
  {
    description: "Content without a name, two weeks after its push",
    untagged: true,
    olderThanDays: 14,
  },
  {
    description: "Named content that is not pinned, below the newest 10,000 images",
    any: true,
    moreThan: 10_000,
  },
];

/**
 * What a repository of candidates forgets by itself. They have no name, so that nothing trusted can read one by it, and are
 * of no use once their pull request is merged or forgotten, unless somebody pinned one.
 */
export const KEEP_PINNED_CANDIDATES: readonly LifecycleRule[] = [
  KEEP_PINS,
  {
    description: "Candidates without a name, thirty days after their push",
    untagged: true,
    olderThanDays: 30,
  },
];

/**
 * ECR's JSON of the rules, numbered in their order from 1.
 * @throws ProblemsError naming everything that ECR would refuse or that would not do what it says.
 */
export function lifecyclePolicy(rules: readonly LifecycleRule[]): LifecyclePolicy {
  const written = {
    rules: rules.map((rule, index) => ({
      rulePriority: index + 1,
      description: rule.description,
      selection: { ...selectionOf(rule), ...limitOf(rule) },
      action: { type: "expire" },
    })),
  };
  const read = readLifecyclePolicy(JSON.stringify(written));
  if ("problems" in read) throw new ProblemsError("lifecycle policy", read.problems);
  return read.policy;
}

function selectionOf(rule: LifecycleRule): Record<string, string | readonly string[]> {
  if ("untagged" in rule) return { tagStatus: "untagged" };
  if ("any" in rule) return { tagStatus: "any" };
  return "prefixes" in rule.tagged
    ? { tagStatus: "tagged", tagPrefixList: rule.tagged.prefixes }
    : { tagStatus: "tagged", tagPatternList: rule.tagged.patterns };
}

function limitOf({ olderThanDays, moreThan }: LifecycleRule): Record<string, string | number> {
  return olderThanDays === undefined
    ? { countType: "imageCountMoreThan", countNumber: moreThan }
    : { countType: "sinceImagePushed", countUnit: "days", countNumber: olderThanDays };
}
