import { RUN } from "./candidate-text.ts";
import { changesOf, type Mutation, row } from "./mutation.ts";

/** Changes of the two jobs that tell of candidates: in the pull request's pins, and by a check of one that is there already. */
export const CANDIDATE_TELL_MUTATIONS: readonly Mutation[] = changesOf(
  "candidate.yml",
  "candidates",
  [
    row("pins of what was not pushed", "needs: [plan, push]", "needs: [plan]", /plan, push/),
    row(
      "no pins beside a push that failed",
      "!cancelled() && needs.push.outputs.pushed",
      "needs.push.outputs.pushed",
      /!cancelled/,
    ),
    row(
      "pins where nothing was pushed",
      "!cancelled() && needs.push.outputs.pushed == 'true'",
      "!cancelled()",
      /pushed == 'true'/,
    ),
    row(
      "pins by the job's own token",
      "GITHUB_TOKEN: ${{ steps.app.outputs.token }}",
      "GITHUB_TOKEN: ${{ github.token }}",
      /pins propose/,
    ),
    row("pins of every pull request", ' --pull-request "$PULL_REQUEST"\n', "\n", /--pull-request/),
    row(
      "an App in no environment",
      "    environment: docker-pins\n",
      "",
      /environment: docker-pins/,
    ),
    row(
      "a candidate that is pushed unseen",
      "--reuse --pull",
      '--from "$RUNNER_TEMP/x" --pull',
      /--reuse/,
    ),
    row(
      "a list that a run tells",
      "image: ${{ fromJSON(needs.plan.outputs.reuse) }}",
      `image: \${{ fromJSON(${RUN}.head_branch) }}`,
      /outputs\.reuse/,
    ),
  ],
);
