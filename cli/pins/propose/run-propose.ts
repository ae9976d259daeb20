import { proposalBody, proposalTitle } from "../../../rules/pins/proposal.ts";
import { proposalMessage } from "../../../rules/pins/proposal-commit.ts";
import { UserError } from "../../../rules/problems.ts";
import { explaining } from "../../github-access.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { PROJECT_ROOT } from "../../project-root.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import type { BumpPlan } from "../bump/plan.ts";
import { bumpOf } from "../bump/run-bump.ts";
import { knownImages } from "../known-images.ts";
import { cleanedFiles } from "./cleaned-files.ts";
import { pageOf, pinsGithub, RIGHTS } from "./pins-github.ts";
import { pinCandidates, type PinnedCandidates } from "./pin-candidates.ts";
import { proposalText } from "./proposal-text.ts";
import { proposeChanges, withdrawProposal } from "./propose-changes.ts";
import { commitOf } from "./source-changes.ts";

export interface ProposeOptions {
  readonly to: string;
  /** A file, or where a list is published. */
  readonly images?: string;
  readonly stack?: string;
  /** Number of the pull request that is to pin its own candidates. */
  readonly pullRequest?: number;
  readonly json: boolean;
}

/** What `--json` prints. */
type Proposed =
  | { readonly outcome: "nothing"; readonly reason: string }
  | { readonly outcome: "withdrawn"; readonly pullRequest: number; readonly url: string }
  | {
      readonly outcome: "opened" | "updated" | "unchanged";
      readonly pullRequest: number;
      readonly url: string;
      readonly commit: string;
      readonly images: readonly string[];
    };

/** Proposes pins, and says what came of it. Returns the exit code. */
export async function runPropose(
  images: readonly string[],
  options: ProposeOptions,
): Promise<number> {
  const { json, pullRequest } = options;
  const stack = await readStack(await stackOrOwn(options.stack));
  const heartbeat = new Heartbeat((line) => {
    if (!json) console.error(line);
  });
  heartbeat.start("looking for pins, and for what they are to be");
  try {
    const result = await explaining(RIGHTS, async () => {
      if (pullRequest === undefined) return propose(stack, images, options);
      return pinCandidates(await pinsGithub(stack.configuration), stack, pullRequest, images);
    });
    heartbeat.stop();
    console.log(json ? JSON.stringify(result, null, 2) : forLog(sentenceOf(result)));
    return 0;
  } finally {
    heartbeat.stop();
  }
}

async function propose(
  stack: Stack,
  images: readonly string[],
  { to, images: list }: ProposeOptions,
): Promise<Proposed> {
  const { repository, channel } = stack.configuration;
  const github = await pinsGithub(stack.configuration);
  const asked = { to, ...(list !== undefined && { images: list }) };
  const plan = await bumpOf(PROJECT_ROOT, stack, images, asked);
  const place = { repository, base: channel, branch: branchOf(channel) };
  if (plan.files.length === 0 && plan.faults.length > 0) {
    throw new UserError(`${plan.faults.join("\n")}\nnothing was proposed`);
  }
  if (!isNews(plan)) {
    // Who asked for a few images knows nothing of what is proposed for the others.
    const pull = images.length === 0 ? await withdrawProposal(github, place) : undefined;
    if (pull !== undefined) {
      return { outcome: "withdrawn", pullRequest: pull.number, url: pull.url };
    }
    return { outcome: "nothing", reason: "every pin is what it should be" };
  }
  const known = await knownImages(stack, {
    offline: false,
    ...(list !== undefined && { images: list }),
  });
  const text = await proposalText(stack, known, plan);
  const labels = plan.moves.map(({ image }) => image);
  const title = proposalTitle(labels);
  const moved = plan.moves.map(({ image, to: digest }) => {
    const commit = commitOf(image, digest, known);
    return { image, digest, ...(commit !== undefined && { commit }) };
  });
  const page = pageOf(github, repository);
  const proposal = await proposeChanges(github, {
    ...{ ...place, files: await cleanedFiles(PROJECT_ROOT, plan.files), title },
    body: (parent) => proposalBody({ ...text, blobs: `${page}/blob/${parent}` }),
    message: (at) => proposalMessage(title, moved, at),
  });
  const { number, url, commit, unchanged, opened } = proposal;
  const outcome = unchanged ? "unchanged" : opened ? "opened" : "updated";
  return { outcome, pullRequest: number, url, commit, images: labels };
}

/** Names alone are none: after its merge a pull request's pins stay at its candidates, whose digests are published by then. */
function isNews({ files, moves }: BumpPlan): boolean {
  if (moves.length === 0) return files.length > 0;
  return moves.some(({ from, to }) => from.some((digest) => digest !== to));
}

/** The branch of a channel's proposals: no branch may lie in another. */
function branchOf(channel: string): string {
  return channel === "main" ? "slipway/pins" : `slipway/pins-${channel.replaceAll("/", "-")}`;
}

function sentenceOf(result: Proposed | PinnedCandidates): string {
  switch (result.outcome) {
    case "nothing":
      return `Nothing to propose: ${result.reason}.`;
    case "withdrawn":
      return `Closed #${result.pullRequest}, since every pin is what it should be: ${result.url}`;
    case "committed":
      return [
        `Committed ${result.commit} with the candidates of ${result.images.join(", ")}.`,
        ...result.left,
      ].join("\n");
    case "commented":
      return [
        `Its branch ${result.why}, and ${result.unchanged ? "the comment that says what to run is there" : "a comment says what to run"}: ${result.url}`,
        ...result.left,
      ].join("\n");
    case "unchanged":
      return `Proposed already, with nothing to change: ${result.url}`;
    case "opened":
      return `Opened #${result.pullRequest} for ${namesOf(result.images)}: ${result.url}`;
    case "updated":
      return `Updated #${result.pullRequest} for ${namesOf(result.images)}: ${result.url}`;
  }
}

function namesOf(images: readonly string[]): string {
  return images.length === 0 ? "dates beside pins" : images.join(", ");
}
