import { Command } from "commander";
import { pullRequestCommentCommand } from "./pull-request-comment.ts";

/** `slipway pull-request`: what a pull request would change, shown on it. */
export function pullRequestCommand(): Command {
  const pullRequest = new Command("pull-request")
    .helpCommand(false)
    .description("Preview what a pull request changes with no credential, and show it there.");
  pullRequest.addCommand(pullRequestCommentCommand());
  return pullRequest;
}
