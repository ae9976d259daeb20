import { type Problem, ProblemsError } from "./problems.ts";

/** Which images a rule speaks of; the patterns of one rule must all match (ECR joins them by AND). */
type Selection =
  | { readonly tagged: { readonly prefixes: readonly string[] } }
  | { readonly tagged: { readonly patterns: readonly string[] } }
  | { readonly untagged: true }
  | { readonly any: true };

/** When an image goes: so many days after its push, or when more than so many newer ones match. */
type Limit = { readonly olderThanDays: number } | { readonly moreThan: number };

/** One rule of an ECR repository's lifecycle; what it selects and is over the limit is deleted. */
export type LifecycleRule = Selection & Limit & { readonly description: string };

/** ECR's own JSON of a lifecycle policy. */
export interface LifecyclePolicy {
  readonly rules: readonly {
    readonly rulePriority: number;
    readonly description: string;
    readonly selection: Readonly<Record<string, string | number | readonly string[]>>;
    readonly action: { readonly type: "expire" };
  }[];
}

/**
 * What a repository of content forgets by itself: content that lost its last name, by age rather than by number, so
 * that a digest that is still deployed survives the next push. Content with a name is kept.
 */
export const KEEP_NAMED_CONTENT: readonly LifecycleRule[] = [
  {
    description: "Content without a name, two weeks after its push",
    untagged: true,
    olderThanDays: 14,
  },
];

const MOST_RULES = 50;
const MOST_WILDCARDS = 4;
const LONGEST_DESCRIPTION = 256;

/**
 * ECR's JSON of the rules, numbered in their order from 1.
 * @throws ProblemsError naming every rule that ECR would refuse or that would not do what it says.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export function lifecyclePolicy(rules: readonly LifecycleRule[]): LifecyclePolicy {
  const problems = lifecycleProblems(rules);
  if (problems.length > 0) throw new ProblemsError("lifecycle policy", problems);
  return {
    rules: rules.map((rule, index) => ({
      rulePriority: index + 1,
      description: rule.description,
      selection: { ...selectionOf(rule), ...limitOf(rule) },
      action: { type: "expire" },
    })),
  };
}

function selectionOf(rule: LifecycleRule): Record<string, string | readonly string[]> {
  if ("untagged" in rule) return { tagStatus: "untagged" };
  if ("any" in rule) return { tagStatus: "any" };
  return "prefixes" in rule.tagged
    ? { tagStatus: "tagged", tagPrefixList: rule.tagged.prefixes }
    : { tagStatus: "tagged", tagPatternList: rule.tagged.patterns };
}

function limitOf(rule: LifecycleRule): Record<string, string | number> {
  return "olderThanDays" in rule
    ? { countType: "sinceImagePushed", countUnit: "days", countNumber: rule.olderThanDays }
    : { countType: "imageCountMoreThan", countNumber: rule.moreThan };
}

function lifecycleProblems(rules: readonly LifecycleRule[]): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string) => problems.push({ path, message });
  if (rules.length === 0) add("rules", "empty; ECR wants at least one rule, or no policy at all");
  if (rules.length > MOST_RULES) add("rules", `${rules.length} rules; ECR takes ${MOST_RULES}`);
  const any = rules.findIndex((rule) => "any" in rule);
  if (any >= 0 && any < rules.length - 1) {
    add(
      `rules[${any}]`,
      "selects any image but is not last; ECR wants it to come after all others",
    );
  }
  const untagged = rules.flatMap((rule, index) => ("untagged" in rule ? [index] : []));
  for (const index of untagged.slice(1)) {
    add(
      `rules[${index}]`,
      `untagged images are already spoken of in rules[${untagged[0]}]; keep one`,
    );
  }
  rules.forEach((rule, index) => {
    for (const message of ruleProblems(rule)) add(`rules[${index}]`, message);
  });
  return problems;
}

function* ruleProblems(rule: LifecycleRule): Generator<string> {
  if (rule.description.length > LONGEST_DESCRIPTION) {
    yield `description of ${rule.description.length} characters; ECR takes ${LONGEST_DESCRIPTION}`;
  }
  if ("olderThanDays" in rule && "moreThan" in rule) {
    yield "has both olderThanDays and moreThan; keep one";
  }
  const limit = "olderThanDays" in rule ? rule.olderThanDays : rule.moreThan;
  if (!Number.isInteger(limit) || limit < 1) {
    yield `${limit} is not a count; write a whole number from 1`;
  }
  if (!("tagged" in rule)) return;
  if ("prefixes" in rule.tagged && "patterns" in rule.tagged) {
    yield "has both prefixes and patterns; keep one";
  }
  const tags = "prefixes" in rule.tagged ? rule.tagged.prefixes : rule.tagged.patterns;
  if (tags.length === 0) yield "selects tagged images but names no tag; add one";
  if ("prefixes" in rule.tagged) return;
  for (const pattern of tags) {
    const wildcards = pattern.split("*").length - 1;
    if (wildcards > MOST_WILDCARDS) {
      yield `${JSON.stringify(pattern)} holds ${wildcards} wildcards; ECR takes ${MOST_WILDCARDS}`;
    }
  }
}
