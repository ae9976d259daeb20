import { PUSH, RUN, TAKE_OVER } from "./candidate-text.ts";
import { changesOf, type Mutation, row } from "./mutation.ts";

/** Changes of the job that pushes and signs. */
export const CANDIDATE_PUSH_MUTATIONS: readonly Mutation[] = changesOf(
  "candidate.yml",
  "candidates",
  [
    row("no approval", "    environment: docker-candidate\n", "", /environment: docker-candidate/),
    row(
      "another environment",
      "environment: docker-candidate",
      "environment: docker-build",
      /environment: docker-candidate/,
    ),
    row(
      "an artifact of another run",
      /(Take over[\s\S]*?\/candidate\n)/,
      `$1          run-id: \${{ ${RUN}.id }}\n          github-token: \${{ github.token }}\n`,
      /download-artifact/,
    ),
    row("every artifact", /(Take over[\s\S]*?with:\n) *name: .*\n/, "$1", /download-artifact/),
    row("an artifact over the checkout", /(Take over[\s\S]*?path: ).*/, "$1.", /runner\.temp/),
    row("no look at what was built", / --from "\$RUNNER_TEMP\/candidate"/, "", /--from/),
    row(
      "another tree than was planned",
      PUSH,
      PUSH.replace("/pull-request", "/base"),
      /candidate push/,
    ),
    row(
      "the pull request's Slipway",
      TAKE_OVER,
      `      - uses: ./pull-request/.github/actions/setup\n${TAKE_OVER}`,
      /download-artifact/,
    ),
    row(
      "a script of the pull request's",
      TAKE_OVER,
      `      - run: ./pull-request/x\n${TAKE_OVER}`,
      /download-artifact/,
    ),
    row(
      "the pull request's folder",
      `        ${PUSH}`,
      `        working-directory: pull-request\n        ${PUSH}`,
      /candidate push/,
    ),
    row(
      "a variable of Node",
      `        ${PUSH}`,
      `          NODE_OPTIONS: --require ./pull-request/x\n        ${PUSH}`,
      /candidate push/,
    ),
    row(
      "a secret",
      `        ${PUSH}`,
      `          A: \${{ secrets.DOCKER_TOKEN }}\n        ${PUSH}`,
      /candidate push/,
    ),
    row(
      "the role that publishes",
      "vars.SLIPWAY_CANDIDATE_ROLE_ARN }}",
      "vars.SLIPWAY_PUSH_ROLE_ARN }}",
      /SLIPWAY_CANDIDATE_ROLE_ARN/,
    ),
    row(
      "a right to contents",
      /contents: read\n( *)id-token/,
      "contents: write\n$1id-token",
      /contents: read/,
    ),
    row("a push beside the builds", "needs: [plan, build]", "needs: [plan]", /plan, build/),
    row(
      "a push that waits before newer ones",
      /(candidate-push.*)\n *cancel-in-progress: true/,
      "$1",
      /group: candidate-push.*cancel-in-progress: true/,
    ),
    row(
      "no push beside a build that failed",
      / \|\| needs\.build\.result == 'failure'/,
      "",
      /result == 'failure'/,
    ),
    row(
      "no push but after builds that all went well",
      /(needs: \[plan, build\]\n {4}if: >-\n *\$\{\{ )!cancelled\(\) && /,
      "$1",
      /^write if: !cancelled\(\)/,
    ),
    row(
      "a push of what another commit has replaced",
      /(missing == 'true') &&\n *\(needs\.build\.result.*\)/,
      "$1",
      /needs\.build\.result/,
    ),
    row(
      "a push of which nobody is told",
      /( {4}outputs:\n.*\n) *pushed: .*\n/,
      "",
      /write under outputs: pushed/,
    ),
    row(
      "a push that is told of before it is done",
      "steps.push.conclusion == 'success' && 'true' || ''",
      "'true'",
      /steps\.push\.conclusion/,
    ),
  ],
);
