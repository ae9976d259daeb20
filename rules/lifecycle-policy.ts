import { z } from "zod";
import { documentProblems, mapOf } from "./document-problems.ts";
import { ruleFaults, faultsTogether } from "./lifecycle-faults.ts";
import type { Problem } from "./problems.ts";

/** Characters of a policy. @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const LONGEST_POLICY = 30_720;
/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
const MOST_RULES = 50;
const LONGEST_DESCRIPTION = 256;

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

/** The message of each schema is what the value must be; {@link documentProblems} puts before it what was found. */
const whole = z.int("a whole number from 1").min(1, "a whole number from 1");
const tags = z
  .array(z.string("a text"), "a list of texts")
  .min(1, "a list with at least one entry")
  .optional();
const Selection = mapOf(
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
const Action = mapOf(
  {
    type: z.enum(ACTION, word(ACTION)),
    targetStorageClass: z.literal("archive", '"archive", the only target').optional(),
  },
  "a map",
);
const Rule = mapOf(
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
const Document = mapOf({ rules: z.array(z.unknown(), "a list of rules") }, "a map");

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
  } catch {
    return {
      problems: [
        {
          path: "(document)",
          message: "is no JSON; write a list of rules as aws ecr put-lifecycle-policy takes it",
        },
      ],
    };
  }
  const outer = Document.safeParse(document);
  if (!outer.success) return { problems: documentProblems(outer.error, document) };
  const problems: Problem[] = [...sizeProblems(text, outer.data.rules.length)];
  const rules = outer.data.rules.map((entry, index) => {
    const read = Rule.safeParse(entry);
    if (read.success) return read.data;
    problems.push(...documentProblems(read.error, entry, `rules[${index}]`));
    return undefined;
  });
  rules.forEach((rule, index) => {
    if (rule !== undefined) problems.push(...ruleFaults(rule, `rules[${index}]`));
  });
  problems.push(...faultsTogether(rules));
  const policy = { rules: rules.filter((rule) => rule !== undefined) };
  return problems.length > 0 ? { problems } : { policy };
}

function* sizeProblems(text: string, rules: number): Generator<Problem> {
  if (text.length > LONGEST_POLICY) {
    yield {
      path: "(document)",
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
