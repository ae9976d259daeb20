import { PUSH_ACTIONS } from "./permissions-push.ts";
import { allow, logIn, repositoryArns } from "./permissions.ts";
import { type PolicyDocument, policyDocument } from "./policy-document.ts";
import type { RolesArgs } from "./roles.ts";
import { withStackTags } from "./stack-tags.ts";

/**
 * What the candidate role may do: push what a pull request built to the repositories of candidates. Of images, caches and
 * the state it can read nothing: a push by digest asks for its own repository alone.
 * @param repositories paths on ECR: `pytorch/ci-image-candidate`
 */
export function candidatePermissions(
  { account, repository }: Pick<RolesArgs, "account" | "repository">,
  repositories: readonly string[],
): PolicyDocument {
  return policyDocument([
    logIn,
    ...allow(
      "Push",
      PUSH_ACTIONS,
      repositoryArns(account, repositories),
      withStackTags(repository, "ResourceTag"),
    ),
  ]);
}
