import type { PolicyCondition } from "./policy-document.ts";

/** Repository on GitHub that a stack is for, as it is written there. */
interface Repository {
  readonly owner: string;
  readonly name: string;
}

/**
 * Tags of everything that a stack declares on AWS, and no others: what carries them belongs to the stack. Roles ask for them
 * where a name alone would reach what is somebody else's.
 */
export function stackTags({ owner, name }: Repository): Readonly<Record<string, string>> {
  return { "managed-by": "slipway", repository: `${owner}/${name}` };
}

/**
 * Asks for all of a stack's tags.
 * @param where in the request, which is about to set them, or on the resource; a request that creates a resource has them in
 * both places
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag
 */
export function withStackTags(
  repository: Repository,
  ...where: readonly ("RequestTag" | "ResourceTag")[]
): { readonly StringEquals: Readonly<Record<string, string>> } {
  const tags = Object.entries(stackTags(repository));
  return {
    StringEquals: Object.fromEntries(
      where.flatMap((place) => tags.map(([key, value]) => [`aws:${place}/${key}`, value])),
    ),
  };
}

/** Asks that a request names none of a stack's tags. */
export function withoutStackTagKeys(repository: Repository): PolicyCondition {
  return {
    "ForAllValues:StringNotEquals": { "aws:TagKeys": Object.keys(stackTags(repository)) },
  };
}
