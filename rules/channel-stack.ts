import { branchRef } from "./git-ref.ts";
import { type Channel, channelTag } from "./names.ts";
import { type Publication, PUBLISHING_ENVIRONMENT } from "./refs.ts";

/**
 * Why a stack may not write what a publication writes: main and release lines, with their release candidates, are each
 * the channel of one stack, and no other stack touches a channel's names. Refs that publish without production's secrets
 * have no stack, so that any stack of the family may. Undefined when it may.
 * @param ref that is published, in full
 */
export function otherStackProblem(
  ref: string,
  publication: Publication,
  stack: { readonly name: string; readonly channel: Channel },
): string | undefined {
  const { channel, environment } = publication;
  if (environment !== PUBLISHING_ENVIRONMENT || channel === stack.channel) return undefined;
  return (
    `${ref} is of channel ${channel}, but stack ${stack.name} publishes channel ${stack.channel}, and no channel touches another's names: ` +
    `name the stack whose slipway:channel is ${channel}, e.g. --stack ${channelTag(channel)}`
  );
}

/**
 * Why a workflow run may not apply a stack: what is checked out is that of another ref than the branch of the stack's channel, and
 * would move the channel's names to its own content. Undefined when it may.
 * @param ref of the run, in full; absent where nothing tells
 */
export function otherBranchProblem(
  ref: string | undefined,
  stack: { readonly name: string; readonly channel: Channel },
): string | undefined {
  const branch = branchRef(stack.channel);
  if (ref === branch) return undefined;
  return (
    `this workflow runs for ${ref ?? "no ref (GITHUB_REF is not set)"}, and stack ${stack.name} is that of ${branch}: ` +
    "only a run of that branch applies it"
  );
}
