import { changesOf, type Mutation } from "./mutation.ts";

/** Changes after which the workflows say otherwise than the catalogue, the stacks and the roles. */
export const DERIVED_MUTATIONS: readonly Mutation[] = [
  ...changesOf("drift.yml", "commands", [
    [
      "a family that the catalogue has not",
      "slipway build almalinux-builder cpu",
      "slipway build other-builder cpu",
      /slipway build almalinux-builder cpu/,
      "restores",
    ],
    [
      "an accelerator that the family has not",
      "slipway build almalinux-builder cpu",
      "slipway build almalinux-builder cuda1.0",
      /slipway build almalinux-builder cpu/,
      "restores",
    ],
    ["a command misspelt", "slipway drift stack", "slipway drit stack", /"drift"/, "leaves"],
    [
      "a command below one misspelt",
      "slipway drift issue",
      "slipway drift isue",
      /"drift issue"/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "commands", [
    ["no command", "slipway record", "slipway frobnicate", /write one of plan, preview/, "leaves"],
    [
      "a stack that is not there",
      'slipway record --stack "$STACK"',
      "slipway record --stack prod",
      /name one of local, main, therock/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "roles", [
    [
      "a role that is written out",
      "${{ vars.SLIPWAY_DEPLOY_ROLE_ARN }}",
      "arn:aws:iam::308535385114:role/administrators",
      /role-to-assume: \$\{\{ vars\.SLIPWAY_DEPLOY_ROLE_ARN \}\}/,
      "leaves",
    ],
    [
      "a role that only GitHub knows",
      "${{ vars.SLIPWAY_DEPLOY_ROLE_ARN }}",
      "${{ vars.SLIPWAY_DEPLOY_ROLE_ARN || vars.OTHER }}",
      /role-to-assume: \$\{\{ vars\.SLIPWAY_DEPLOY_ROLE_ARN \}\}/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "role-duration", [
    [
      "a session of a role by its key in brackets",
      /\$\{\{ vars\.SLIPWAY_DEPLOY_ROLE_ARN \}\}\n( *)role-duration-seconds: 3600/,
      "${{ vars['SLIPWAY_DEPLOY_ROLE_ARN'] }}\n$1role-duration-seconds: 900",
      /3600/,
      "mends",
    ],
  ]),
  ...changesOf("drift.yml", "app-token", [
    [
      "a right to write",
      "permission-administration: read",
      "permission-administration: write",
      /write permission-administration: read/,
      "restores",
    ],
    [
      "a right to write that the action does not declare",
      "INPUT_PERMISSION-ACTIONS-VARIABLES: read",
      "INPUT_PERMISSION-ACTIONS-VARIABLES: write",
      /INPUT_PERMISSION-ACTIONS-VARIABLES: read/,
      "restores",
    ],
    added("a permission that nothing needs", "permission-contents: write"),
    added("another owner", "owner: pytorch"),
    added("other repositories", "repositories: a"),
    added("a token that outlives the job", "skip-token-revoke: true"),
  ]),
  ...changesOf("drift.yml", "drift", [
    ["no schedule", /\n {2}schedule:\n.*\n.*/, "", /on\.schedule/, "leaves"],
    ["no schedule of every night", /\n {4}- cron: 23 .*/, "", /cron for every night/, "leaves"],
    [
      "another time than the conditions name",
      "cron: 41 5 * * 0",
      "cron: 42 5 * * 0",
      /'42 5 \* \* 0'/,
      "leaves",
    ],
    [
      "no guard on main",
      /\n.*\n {4}if: github\.ref == 'refs\/heads\/main'/,
      "",
      /github\.ref == 'refs\/heads\/main'/,
      "leaves",
    ],
    [
      "a guard on main with a way around it",
      "if: github.ref == 'refs/heads/main'",
      "if: github.ref == 'refs/heads/main' || github.actor == 'a'",
      /github\.ref == 'refs\/heads\/main'/,
      "leaves",
    ],
  ]),
];

function added(title: string, input: string) {
  const anchor = "          permission-secrets: read\n";
  return [title, anchor, `${anchor}          ${input}\n`, /^take .* out$/, "restores"] as const;
}
