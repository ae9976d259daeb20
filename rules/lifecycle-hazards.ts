import type { LifecyclePolicy, LifecyclePolicyRule } from "./lifecycle-policy.ts";

type Selection = LifecyclePolicyRule["selection"];

/** What every name that keeps content begins with. */
const PIN = "pin-";
/** Days after which nothing of ours is there any more: a hundred years. */
const NEVER = 36_500;
/** Named images that a rule has to leave: more than a family of ten accelerators gets in two months of daily changes. */
const FEWEST_NAMED = 1000;

/**
 * How a lifecycle policy can take away what somebody stands on: content with a `pin-` name, and content with a name that is
 * not superseded by many others. One sentence each; none for a policy that cannot.
 *
 * ECR lets no rule delete what a rule before it selects, so that one rule that selects all that is pinned and never comes to
 * its limit keeps it from all rules after it. Content may have any other name beside its pin, which is why every other rule
 * about named content counts as one that can hit it.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export function lifecycleHazards({ rules }: LifecyclePolicy): readonly string[] {
  const hazards: string[] = [];
  let shielded = false;
  for (const rule of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const { selection } = rule;
    // What is pinned or named is not untagged, and what is archived was taken away before.
    if (selection.tagStatus === "untagged" || selection.storageClass === "archive") continue;
    const place = `rule ${rule.rulePriority}`;
    const verb = rule.action.type === "transition" ? "archives" : "deletes";
    if (!shielded) {
      shielded = isShield(selection);
      if (!shielded) {
        hazards.push(`${place} ${verb} content with a ${PIN} name: no rule before it keeps that`);
      }
    }
    if (isForPins(selection)) continue;
    const limit = limitHazard(selection);
    if (limit !== undefined) hazards.push(`${place} ${verb} named content ${limit}`);
  }
  return hazards;
}

/** Whether a rule selects everything that is pinned, and nothing is ever over its limit. */
function isShield(selection: Selection): boolean {
  const { tagStatus, tagPatternList = [], tagPrefixList = [], countType, countNumber } = selection;
  if (countType !== "sinceImagePushed" || countNumber < NEVER) return false;
  if (tagStatus === "any") return true;
  return (
    tagPatternList.every(
      (pattern) => pattern.endsWith("*") && PIN.startsWith(pattern.slice(0, -1)),
    ) && tagPrefixList.every((prefix) => PIN.startsWith(prefix))
  );
}

/** Whether a rule selects nothing but what is pinned. */
function isForPins({ tagPatternList = [], tagPrefixList = [] }: Selection): boolean {
  return [...tagPatternList, ...tagPrefixList].some((text) => text.startsWith(PIN));
}

function limitHazard({ countType, countNumber }: Selection): string | undefined {
  if (countType === "imageCountMoreThan") {
    if (countNumber >= FEWEST_NAMED) return undefined;
    return `below the newest ${countNumber}, which a family soon has; keep ${FEWEST_NAMED} at least`;
  }
  if (countNumber >= NEVER) return undefined;
  return `after ${countNumber} days, although what did not change for longer is still in use`;
}
