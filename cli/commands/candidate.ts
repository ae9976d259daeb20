import { Command } from "commander";
import { candidateBuildCommand } from "./candidate-build.ts";
import { candidatePlanCommand } from "./candidate-plan.ts";
import { candidatePushCommand } from "./candidate-push.ts";

/** `slipway candidate`: images of pull requests, built with no credential and published apart from all that is trusted. */
export function candidateCommand(): Command {
  const candidate = new Command("candidate")
    .helpCommand(false)
    .description(
      "Build the images that a pull request changes with no credential, and publish them apart, signed, for its own jobs.",
    );
  // One line each, in the order of --help: plan, build, push.
  candidate.addCommand(candidatePlanCommand());
  candidate.addCommand(candidateBuildCommand());
  candidate.addCommand(candidatePushCommand());
  return candidate;
}
