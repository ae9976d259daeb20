import { RUN } from "./candidate-text.ts";
import { changesOf, type Mutation, row } from "./mutation.ts";

/** Changes of the job that finds the pull request, and of what starts it. */
export const CANDIDATE_PLAN_MUTATIONS: readonly Mutation[] = changesOf(
  "candidate.yml",
  "candidates",
  [
    row(
      "no look at its event",
      /\S+\.event == 'pull_request' &&\n */,
      "",
      /\.event == 'pull_request'/,
    ),
    row("a push", ".event == 'pull_request'", ".event == 'push'", /\.event == 'pull_request'/),
    row("no look at its file", /\S+\.path == .* &&\n */, "", /\.path ==/),
    row(
      "a look at its name alone",
      `${RUN}.path == '.github/workflows/pins.yml'`,
      `${RUN}.name == 'pins'`,
      /\.path ==/,
    ),
    row("no look at its repository", /\S+\.repository\.id == .* &&\n */, "", /repository\.id ==/),
    row(
      "a run that waits for somebody's leave",
      /\(\S+\.conclusion == 'success' .*\) &&\n */,
      "",
      /conclusion ==/,
    ),
    row(
      "candidates before the stack says that somebody reviews",
      / &&\n *vars\.SLIPWAY_CANDIDATES == 'true'/,
      "",
      /SLIPWAY_CANDIDATES/,
    ),
    row(
      "candidates of a stack that is none for them",
      "vars.SLIPWAY_CANDIDATES == 'true'",
      "vars.SLIPWAY_REGISTRIES != ''",
      /SLIPWAY_CANDIDATES/,
    ),
    row("a right to write", "actions: read # the run", "actions: write # the run", /actions: read/),
    row(
      "a number that a run keeps",
      `\${{ ${RUN}.id }}\n        run`,
      `\${{ ${RUN}.head_branch }}\n        run`,
      /workflow_run\.id/,
    ),
    row(
      "a head that a run tells",
      "head: ${{ steps.find.outputs.head }}",
      `head: \${{ ${RUN}.head_sha }}`,
      /outputs\.head/,
    ),
    row(
      "an output that nobody reads",
      "      missing: ${{ steps",
      "      more: ${{ steps.plan.outputs.missing }}\n      missing: ${{ steps",
      /take more out/,
    ),
    row("another workflow", "workflows: [pins]", "workflows: [ci]", /\[pins\]/),
    row(
      "a dispatch",
      "\npermissions: {}",
      "\n  workflow_dispatch:\npermissions: {}",
      /take on\.workflow_dispatch out/,
    ),
    row(
      "variables for every job",
      "\npermissions: {}",
      "\nenv:\n  BASH_ENV: x\npermissions: {}",
      /take env out/,
    ),
    row(
      "a job that nobody knows",
      "\n  # Whatever a Dockerfile",
      "\n  more:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    permissions: {}\n    steps:\n      - run: slipway --version\n\n  # Whatever a Dockerfile",
      /take more out/,
    ),
    row(
      "no push",
      /\n {2}# After somebody's approval[\s\S]*?(?=\n {2}# A candidate that)/,
      "",
      /job push from Slipway/,
    ),
  ],
);
