import { Command } from "commander";

/** `slipway workflows decide`: what a run of the publishing workflow does. */
export function workflowsDecideCommand(): Command {
  return new Command("decide")
    .description(
      "Decide what a run of up.yml does, by GITHUB_EVENT_NAME, GITHUB_REF and GITHUB_REPOSITORY: whether it publishes, which stack it is for, in which environment, and which images a job has to build. Written to the file in GITHUB_OUTPUT, where that is set.",
    )
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
Registries are asked without AWS's credentials, by GHCR_USER and GHCR_TOKEN, DOCKER_ID and DOCKER_TOKEN, by what docker
login left, or anonymously. ECR is not asked: what is on all other registries of its family counts as there, and what
nobody tells counts as missing.

Outputs:
  publish      true or false
  stack        the stack's name
  environment  the GitHub environment of the jobs that build and record
  apply        foundation (a stack that owns all), images (a release line's), nothing (refs without a stack)
  missing      whether any image is to be built
  present      JSON for strategy.matrix.exclude: [{"image":"almalinux-builder/cpu"}], all labels that no job builds

Exit code: 0, also when nothing is published; 1 when the run would publish and cannot, or a variable is malformed. A run of a
repository that no stack is of is shown with a warning, since none of its runs ever publishes.

Examples:
  slipway workflows decide
  GITHUB_EVENT_NAME=push GITHUB_REF=refs/tags/v2.10.0-rc1 GITHUB_REPOSITORY=pytorch/pytorch slipway workflows decide`,
    )
    .action(async (options: { readonly json: boolean }) => {
      const { decideAndReport } = await import("../workflows/decide.ts");
      await decideAndReport(options);
    });
}
