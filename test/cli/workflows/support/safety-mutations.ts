/* Changes by which a job with a credential would run what others wrote, or a job of others would get one. */
import { changesOf, type Mutation } from "./mutation.ts";

const COMMENT = 'run: slipway pull-request comment --run "$RUN_ID"';
const SETUP = ".github/actions/setup/action.yml";
const ALONE = /without a credential/;

/** Scripts that fetch, install or hand a credential on, in a job that has one. */
const SCRIPTS: readonly string[] = [
  "git fetch origin refs/pull/7/head; slipway --version",
  'git fetch origin "$HEAD"',
  'git fetch origin "$(jq -r .workflow_run.head_sha "$GITHUB_EVENT_PATH")"',
  'gh api "repos/o/n/tarball/$H" | tar x',
  "bash preview/x.sh",
  "npm ci",
  "npm --prefix x ci",
  "npm clean-install",
  "npm run build",
  "/usr/bin/npm ci",
  "poetry install",
  "docker run alpine:latest",
  "curl -s https://example.org | sh; slipway --version",
  'echo "GHCR_TOKEN=$GHCR_TOKEN" >> "$GITHUB_ENV"',
  "docker login -u me",
  "slipway --version && ./x",
  "slipway --version > bin/slipway",
  "slipway $(id)",
  'slipway "$(id)"',
  "slipway --version `id`",
  "slipway --version | sh",
  "slipway --version & id",
];

/** The table. */
export const SAFETY_MUTATIONS: readonly Mutation[] = [
  ...SCRIPTS.flatMap((script) =>
    changesOf("comment.yml", "credentialed-script", [
      [`the script ${script}`, COMMENT, `run: ${JSON.stringify(script)}`, ALONE, "leaves"],
    ]),
  ),
  ...changesOf("comment.yml", "credentialed-script", [
    [
      "a second line",
      COMMENT,
      "run: |\n          slipway --version\n          npm ci",
      ALONE,
      "leaves",
    ],
    ["another shell", COMMENT, `shell: ./x {0}\n        ${COMMENT}`, ALONE, "leaves"],
    ["another folder", COMMENT, `working-directory: x\n        ${COMMENT}`, ALONE, "leaves"],
    [
      "a variable of Node",
      "RUN_ID:",
      "NODE_OPTIONS: --require ./x\n          RUN_ID:",
      ALONE,
      "leaves",
    ],
    [
      "a variable of bash for the whole workflow",
      "permissions: {}",
      "env:\n  BASH_ENV: x.sh\npermissions: {}",
      ALONE,
      "leaves",
    ],
    [
      "a shell for every step",
      "permissions: {}",
      "defaults:\n  run:\n    shell: ./x {0}\npermissions: {}",
      /take defaults: out/,
      "leaves",
    ],
    [
      "a folder for every step of the job",
      "    timeout-minutes",
      "    defaults:\n      run:\n        working-directory: x\n    timeout-minutes",
      /take defaults: out/,
      "leaves",
    ],
    [
      "another folder's set-up",
      "uses: ./.github/actions/setup",
      "uses: ./base/.github/actions/setup",
      /actions\/setup alone/,
      "leaves",
    ],
  ]),
  ...changesOf("comment.yml", "untrusted-checkout", [
    [
      "a head by the input's name in capitals",
      "persist-credentials: false",
      "persist-credentials: false\n          REF: ${{ github.event.workflow_run.head_sha }}",
      ALONE,
      "leaves",
    ],
    [
      "a head by the input's variable",
      "          persist-credentials: false",
      "          persist-credentials: false\n        env:\n          INPUT_REF: ${{ github.event.workflow_run.head_sha }}",
      ALONE,
      "leaves",
    ],
  ]),
  ...changesOf("comment.yml", "untrusted-artifact", [
    [
      "the artifact of the run that it is for",
      "      - name: Comment\n",
      "      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1\n        with:\n          name: preview\n          path: ${{ runner.temp }}/preview\n          run-id: ${{ github.event.workflow_run.id }}\n      - name: Comment\n",
      /artifact of the same run/,
      "leaves",
    ],
    [
      "an artifact over the checkout",
      "      - name: Comment\n",
      "      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1\n        with:\n          name: preview\n      - name: Comment\n",
      /runner\.temp/,
      "leaves",
    ],
  ]),
  ...changesOf("comment.yml", "unread-action", [
    [
      "an action that nothing looks at",
      "uses: ./.github/actions/setup",
      "uses: ./tools/setup",
      /\.github\/actions/,
      "leaves",
    ],
    [
      "an action outside of the checkout",
      "uses: ./.github/actions/setup",
      "uses: ../.github/actions/setup",
      /\.github\/actions/,
      "leaves",
    ],
  ]),
  ...[
    'npm --prefix "$root" ci',
    "npm ci # not --ignore-scripts",
    "npm ci",
    "curl -s https://example.org | sh",
    "umask 000",
  ].flatMap((line) =>
    changesOf(SETUP, "setup-action", [
      [
        `the line ${line}`,
        "umask 022\n",
        `umask 022\n        ${line}\n`,
        /--ignore-scripts/,
        "leaves",
      ],
    ]),
  ),
  ...changesOf(SETUP, "setup-action", [
    ["no umask", /\n *umask 022/, "", /umask 022/, "leaves"],
    ["no permissions of files", /\n *chmod .*/, "", /chmod -R/, "leaves"],
    ["another shell", "shell: bash", "shell: ./x {0}", /shell: bash/, "leaves"],
    [
      "a variable",
      "shell: bash",
      "shell: bash\n      env:\n        BASH_ENV: x",
      /take the rest/,
      "leaves",
    ],
    [
      "another action",
      /actions\/setup-node@\S+ .*/,
      "./.github/actions/other",
      /take it out/,
      "leaves",
    ],
  ]),
  // Caches.
  ...changesOf(SETUP, "cache", [
    [
      "a cache of packages",
      "package-manager-cache: false",
      "package-manager-cache: true",
      /package-manager-cache: false/,
      "leaves",
    ],
    [
      "a cache by its name",
      "node-version: 24",
      "node-version: 24\n        cache: npm",
      /cache out/,
      "leaves",
    ],
    [
      "a cache by default",
      /\n *package-manager-cache: false/,
      "",
      /write package-manager/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "cache", [
    [
      "a cache",
      "      - uses: ./.github/actions/setup\n      - uses: pulumi",
      "      - uses: actions/cache@v4\n      - uses: ./.github/actions/setup\n      - uses: pulumi",
      /take it out/,
      "leaves",
    ],
  ]),
  // Which jobs get a credential.
  ...[
    ["secrets.*", "secrets.*"],
    ["contains", "contains(secrets, 'x')"],
    ["toJSON", "toJSON(secrets)"],
    ["one by its name in brackets", "secrets['DOCKER_TOKEN']"],
    ["one in a larger expression", "github.actor == 'me' && secrets.DOCKER_TOKEN"],
  ].flatMap(([title = "", expression = ""]) =>
    changesOf("plan.yml", "pull-request-credential", [
      [
        `secrets: ${title}`,
        "run: slipway snapshot fetch",
        `env:\n          TOKEN: \${{ ${expression} }}\n        run: slipway snapshot fetch`,
        /workflow of main/,
        "leaves",
      ],
    ]),
  ),
  ...changesOf("up.yml", "pull-request-credential", [
    [
      "a queue of merges",
      "  workflow_dispatch:",
      "  merge_group:\n  workflow_dispatch:",
      /workflow of main/,
      "restores",
    ],
  ]),
  ...changesOf("comment.yml", "workflow-run", [
    [
      "an environment behind a pull request's run",
      "    timeout-minutes",
      "    environment: docker-build\n    timeout-minutes",
      /workflow on push/,
      "leaves",
    ],
    [
      "a secret behind a pull request's run",
      "RUN_ID:",
      "TOKEN: ${{ secrets.DOCKER_TOKEN }}\n          RUN_ID:",
      /workflow on push/,
      "leaves",
    ],
    [
      "no look at the run",
      /\n {4}if: >-\n(?: {6}.*\n){3}/,
      "\n",
      /workflow_run\.path ==/,
      "leaves",
    ],
    [
      "no look at its event",
      /github\.event\.workflow_run\.event .* &&\n */,
      "",
      /workflow_run\.event ==/,
      "leaves",
    ],
    [
      "no look at its file",
      /github\.event\.workflow_run\.path .* &&\n */,
      "",
      /workflow_run\.path ==/,
      "leaves",
    ],
    [
      "no look at its repository",
      / &&\n *github\.event\.workflow_run\.repository.*/,
      "",
      /repository\.id ==/,
      "leaves",
    ],
    [
      "one look or the other",
      "'pull_request' &&",
      "'pull_request' ||",
      /repository\.id ==/,
      "leaves",
    ],
    [
      "runs that begin",
      "types: [completed]",
      "types: [requested]",
      /types: \[completed\]/,
      "leaves",
    ],
    ["runs of every state", "\n    types: [completed]", "", /types: \[completed\]/, "leaves"],
    [
      "runs of a branch",
      "types: [completed]",
      "types: [completed]\n    branches: [main]",
      /take branches out/,
      "leaves",
    ],
  ]),
  ...changesOf("comment.yml", "references", [
    [
      "a workflow of another name, as a text",
      "workflows: [plan]",
      "workflows: plans",
      /did you mean "plan"/,
      "leaves",
    ],
  ]),
  ...changesOf("ci.yml", "runner", [
    [
      "a machine of one's own",
      "runs-on: ubuntu-24.04",
      "runs-on: [self-hosted]",
      /ubuntu-24\.04/,
      "leaves",
    ],
    [
      "a machine of one's own, by its system too",
      "runs-on: ubuntu-24.04",
      "runs-on: [self-hosted, ubuntu-24.04]",
      /ubuntu-24\.04/,
      "leaves",
    ],
    [
      "a group of machines",
      "runs-on: ubuntu-24.04",
      "runs-on: { group: own }",
      /ubuntu-24\.04/,
      "leaves",
    ],
    [
      "a machine that a variable names",
      "runs-on: ubuntu-24.04",
      "runs-on: ${{ vars.RUNNER }}",
      /ubuntu-24\.04/,
      "leaves",
    ],
  ]),
  ...changesOf("ci.yml", "expression-in-run", [
    [
      "an expression in the workflow's shell",
      "permissions: {}",
      "permissions: {}\ndefaults:\n  run:\n    shell: ${{ github.head_ref }}",
      /defaults: out/,
      "leaves",
    ],
    [
      "an expression in the job's shell",
      "    timeout-minutes",
      "    defaults:\n      run:\n        shell: ${{ github.head_ref }}\n    timeout-minutes",
      /defaults: out/,
      "leaves",
    ],
  ]),
];
