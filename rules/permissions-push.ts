import { allow, logIn, PULL_ACTIONS, repositoryArns } from "./permissions.ts";
import { type PolicyDocument, policyDocument } from "./policy-document.ts";
import type { RolesArgs } from "./roles.ts";
import { withStackTags } from "./stack-tags.ts";
import { RELEASE_STACKS, stateWriting } from "./state-backend.ts";

/**
 * What a push by digest, a cache and a name ask of ECR, and to read both back: BuildKit and Slipway's own client look for
 * blobs and manifests before they send any.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 */
export const PUSH_ACTIONS = [
  ...PULL_ACTIONS,
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
] as const;

/** To pull a candidate, and to give it the name that keeps it: no new layer comes in by these. */
const TAKE_ACTIONS = [...PULL_ACTIONS, "ecr:PutImage"] as const;

/**
 * What the push role may do: publish to the stack's repositories, take candidates that were promoted, and apply the stacks of
 * release lines, which declare images only. Stack main's state it can neither read nor write.
 *
 * The tags tell the stack's repositories from others below the same owner, all of which the boundary names.
 * @param candidates paths on ECR, or patterns, of candidates: `pytorch/*-candidate`
 */
export function pushPermissions(args: RolesArgs, candidates: readonly string[]): PolicyDocument {
  const { account, repository, ecrRepositories, state } = args;
  const owned = withStackTags(repository, "ResourceTag");
  return policyDocument([
    logIn,
    ...allow("Push", PUSH_ACTIONS, repositoryArns(account, ecrRepositories), owned),
    ...allow("TakeCandidates", TAKE_ACTIONS, repositoryArns(account, candidates), owned),
    ...(state ? stateWriting(state, account.region, RELEASE_STACKS) : []),
  ]);
}
