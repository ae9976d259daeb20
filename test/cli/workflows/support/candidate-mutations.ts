/*
 * Changes by which what a pull request builds would come beside a credential, what may push and sign would run what others wrote, or
 * a merge would give names to what nobody verified.
 */
import { CANDIDATE_BUILD_MUTATIONS } from "./candidate-build-mutations.ts";
import { CANDIDATE_PLAN_MUTATIONS } from "./candidate-plan-mutations.ts";
import { CANDIDATE_PUSH_MUTATIONS } from "./candidate-push-mutations.ts";
import { CANDIDATE_TELL_MUTATIONS } from "./candidate-tell-mutations.ts";
import { PUSH, ROLE, TAKE_OVER } from "./candidate-text.ts";
import { changesOf, type Mutation, row } from "./mutation.ts";
import { PINS_MUTATIONS } from "./pins-mutations.ts";

/** The table. */
export const CANDIDATE_MUTATIONS: readonly Mutation[] = [
  ...CANDIDATE_BUILD_MUTATIONS,
  ...CANDIDATE_PUSH_MUTATIONS,
  ...CANDIDATE_PLAN_MUTATIONS,
  ...CANDIDATE_TELL_MUTATIONS,
  ...PINS_MUTATIONS,
  ...changesOf("candidate.yml", "workflow-run", [
    row(
      "a role beside a pull request's build",
      "      - name: Build\n",
      `${ROLE}      - name: Build\n`,
      /workflow on push/,
    ),
    row(
      "a secret beside a pull request's tree",
      `        ${PUSH}`,
      `          A: \${{ secrets.DOCKER_TOKEN }}\n        ${PUSH}`,
      /workflow on push/,
    ),
  ]),
  ...changesOf("candidate.yml", "untrusted-checkout", [
    row(
      "a step behind the push",
      TAKE_OVER,
      `      - run: ./pull-request/x\n${TAKE_OVER}`,
      /without a credential/,
    ),
  ]),
  ...changesOf("candidate.yml", "candidate-images", [
    [
      "an image without candidates",
      /\n *- almalinux-builder\/cpu/,
      "",
      /add: almalinux-builder\/cpu/,
      "mends",
    ],
    [
      "an image that there is not",
      /(\n *)- (almalinux-builder\/cpu)/,
      "$1- $2$1- almalinux-builder/none",
      /take out/,
      "restores",
    ],
    [
      "an image twice",
      /(\n *)- (almalinux-builder\/cpu)/,
      "$1- $2$1- $2",
      /write once/,
      "restores",
    ],
  ]),
  ...changesOf("candidate.yml", "roles", [
    row(
      "the role that publishes",
      "vars.SLIPWAY_CANDIDATE_ROLE_ARN }}",
      "vars.SLIPWAY_PUSH_ROLE_ARN }}",
      /rules\/roles/,
    ),
  ]),
  ...changesOf("candidate.yml", "app-token", [
    [
      "a right to settings",
      "permission-contents: write",
      "permission-contents: write\n          permission-administration: write",
      /take .* out/,
      "restores",
    ],
  ]),
  ...changesOf("up.yml", "candidates", [
    row(
      "an environment for candidates",
      "environment: docker-deploy",
      "environment: docker-candidate",
      /another environment/,
    ),
  ]),
  ...changesOf("ci.yml", "candidates", [
    row(
      "an environment for pins",
      "    timeout-minutes",
      "    environment: docker-pins\n    timeout-minutes",
      /another environment/,
    ),
  ]),
  ...changesOf("up.yml", "publishing", [
    row(
      "builds beside what is taken over",
      "needs: [plan, promote]",
      "needs: plan",
      /plan, promote/,
    ),
    row(
      "no builds after a fault of what is taken over",
      "${{ !cancelled() && needs.plan.outputs.environment == 'docker-build' && needs.plan.outputs.missing == 'true' }}",
      "needs.plan.outputs.environment == 'docker-build' && needs.plan.outputs.missing == 'true'",
      /!cancelled/,
    ),
    row(
      "nothing is taken over",
      "slipway pins promote --stack",
      "slipway images --stack",
      /pins promote/,
    ),
    row(
      "what is taken over for every ref",
      /(needs: plan\n {4}if: )needs\.plan\.outputs\.environment.*/,
      "$1always()",
      /missing == 'true'/,
    ),
    row(
      "a step that never runs, before the builds",
      "      - name: Promote\n",
      "      - name: Promote\n        if: false\n",
      /step's if/,
    ),
  ]),
  ...changesOf("up.yml", "permissions", [
    row(
      "no look at checks",
      "      checks: read # of the merged pull request\n",
      "",
      /checks: read/,
    ),
    row("a right to write checks", "checks: read", "checks: write", /checks: read/),
  ]),
];
