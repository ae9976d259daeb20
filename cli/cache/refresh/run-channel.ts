import { workflowRun } from "../../../github/workflow-run.ts";
import { refreshedChannel } from "../../../rules/cache-run.ts";
import type { Channel } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { explaining, githubOf } from "../../github-access.ts";
import { homeOf } from "../../publishing/record-run.ts";
import type { Stack } from "../../stack.ts";

/**
 * The channel that a run of the publishing workflow published, as GitHub itself tells.
 * @param id of the run
 * @throws UserError when it published none of this repository, or GitHub does not tell
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export async function channelOfRefreshedRun(
  { configuration }: Pick<Stack, "configuration">,
  id: number,
): Promise<Channel> {
  const home = homeOf(configuration);
  const { GITHUB_REPOSITORY: asked = home, GITHUB_REPOSITORY_ID = "" } = process.env;
  if (asked.toLowerCase() !== home.toLowerCase()) {
    throw new UserError(
      `--run: the run is one of ${asked} (GITHUB_REPOSITORY), and the stack is of ${home}; name that repository's stack (--stack)`,
    );
  }
  const otherwise = ", or name the channel in place of the run (--channel)";
  const client = await githubOf(configuration, "runs of workflows", otherwise);
  const { repository } = configuration;
  return explaining("Actions: read", async () => {
    const run = await workflowRun(client, repository, id);
    if (run === undefined) {
      throw new UserError(
        `${home} has no run ${id} that the token may see; write the id of a run of this repository`,
      );
    }
    const told = /^[1-9][0-9]*$/.test(GITHUB_REPOSITORY_ID);
    const repositoryId = told
      ? Number(GITHUB_REPOSITORY_ID)
      : await client.repositoryId(repository);
    const judged = refreshedChannel(run, repositoryId);
    if ("problem" in judged) throw new UserError(judged.problem);
    return judged.channel;
  });
}
