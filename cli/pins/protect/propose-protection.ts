import { proposalMessage } from "../../../rules/pins/proposal-commit.ts";
import {
  protectionBody,
  type ProtectionText,
  protectionTitle,
} from "../../../rules/pins/protection-proposal.ts";
import { isNews, type Protection } from "../../../rules/pins/protection.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import type { GithubClient } from "../../../github/client.ts";
import type { Stack } from "../../stack.ts";
import { proposeChanges, withdrawProposal } from "../propose/propose-changes.ts";
import { pinnedFileChange } from "./pinned-digests-file.ts";

/** What the token must be able to do, as GitHub names permissions. */
export const PROTECT_RIGHTS = "to write Contents and Pull requests";
const BRANCH = "slipway/protected-pins";

/** What became of the proposal. */
export type ProtectionProposal =
  | { readonly outcome: "nothing" }
  | {
      readonly outcome: "opened" | "updated" | "unchanged" | "withdrawn";
      readonly pullRequest: number;
      readonly url: string;
    };

/**
 * Opens the one pull request with the stack's file, or brings it up to date; closes it where there is no news any more.
 * @throws UserError when the branch is another's, or the base is not as in this checkout
 */
export async function proposeProtection(
  github: GithubClient,
  { name, configuration: { repository, channel } }: Stack,
  {
    before,
    pins,
    ...text
  }: ProtectionText &
    Pick<Protection, "pins"> & {
      readonly before: readonly PinnedDigest[];
    },
): Promise<ProtectionProposal> {
  const place = { repository, base: channel, branch: BRANCH };
  const change = await pinnedFileChange(name, pins);
  if (change === undefined || !isNews(before, pins)) {
    const pull = await withdrawProposal(github, place);
    if (pull === undefined) return { outcome: "nothing" };
    return { outcome: "withdrawn", pullRequest: pull.number, url: pull.url };
  }
  const title = protectionTitle(text);
  const { number, url, unchanged, opened } = await proposeChanges(github, {
    ...{ ...place, files: [change], title },
    body: () => protectionBody(text),
    message: (at) => proposalMessage(title, [], at),
  });
  const outcome = unchanged ? "unchanged" : opened ? "opened" : "updated";
  return { outcome, pullRequest: number, url };
}

/** What became of it, for people. */
export function proposalSentence(proposal: ProtectionProposal): string {
  switch (proposal.outcome) {
    case "nothing":
      return "nothing to propose";
    case "withdrawn":
      return `closed #${proposal.pullRequest}, since there is nothing new: ${proposal.url}`;
    case "unchanged":
      return `proposed already: ${proposal.url}`;
    case "opened":
    case "updated":
      return `${proposal.outcome} #${proposal.pullRequest}: ${proposal.url}`;
  }
}
