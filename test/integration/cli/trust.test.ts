// Does not prove the judgement itself: see test/rules/iam-evaluation.test.ts, trust-table.test.ts and trust-check.test.ts.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import type { TrustRow } from "../../../rules/trust-table.ts";
import { stackTrust } from "../../../cli/trust/stack-trust.ts";
import { isSafe, isUnprotected, isWrong } from "../../../cli/trust/show-trust.ts";
import type * as Program from "../../../index.ts";
import { runInEngine } from "../../support/engine.ts";

const ROOT = join(import.meta.dirname, "../../..");
const issuer = "token.actions.githubusercontent.com";
const provider = `arn:aws:iam::308535385114:oidc-provider/${issuer}`;

/** Runs `slipway trust` with no way to any service. */
async function trust(args: readonly string[], input = "") {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(ROOT, "cli/main.ts"), "trust", ...args],
    {
      cwd: ROOT,
      extendEnv: false,
      env: { SLIPWAY_HOME: join(ROOT, "node_modules/.cache/no-cloud"), NO_COLOR: "1" },
      input,
      reject: false,
    },
  );
  return { exitCode, stdout, stderr };
}

function policy(sub: string): object {
  const Condition = {
    StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com" },
    StringLike: { [`${issuer}:sub`]: sub },
  };
  const Action = "sts:AssumeRoleWithWebIdentity";
  const statement = { Effect: "Allow", Principal: { Federated: provider }, Action, Condition };
  return { Version: "2012-10-17", Statement: [statement] };
}

const safe = policy("repo:pytorch/pytorch:environment:docker-build");
const wide = policy("repo:pytorch/*");

describe("slipway trust", function () {
  this.timeout(60_000);

  it("shows every token of stack main, of which only the granted one passes", async () => {
    const { exitCode, stdout, stderr } = await trust(["--stack", "main", "--json"]);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    const { stack, safe, roles } = JSON.parse(stdout) as {
      readonly stack: string;
      readonly safe: boolean;
      readonly roles: readonly { readonly role: string; readonly rows: readonly TrustRow[] }[];
    };
    assert.equal(stack, "main");
    assert.ok(safe);
    // Its grant names no workflow file, since release lines publish, too.
    const anyFile = [
      "as granted, but another workflow file",
      "as granted, but no job_workflow_ref",
    ];
    assert.deepEqual(
      roles.map(({ role, rows }) => [
        role,
        rows.filter(({ subjects }) => subjects.name.passes).map(({ token }) => token),
        rows.filter(({ subjects }) => subjects.immutable.passes),
      ]),
      [
        [
          "gha_workflow_s3_and_ecr_read_only",
          ["granted: branch main, workflow docker-cache.yml", "own main"],
          [],
        ],
        [
          "gha_workflow_docker_push",
          [
            "granted: environment docker-build",
            "own environment docker-build",
            "own environment docker-build, on another branch",
            ...anyFile,
          ],
          [],
        ],
        [
          "gha_workflow_slipway_deploy",
          ["granted: environment docker-deploy, workflow up.yml", "own environment docker-deploy"],
          [],
        ],
        [
          "gha_workflow_slipway_drift",
          ["granted: branch main, workflow drift.yml", "own main"],
          [],
        ],
      ],
    );
  });

  it("prints a table for people, a column for each role, and one in Markdown", async () => {
    const text = await trust(["--stack", "main"]);
    assert.match(text.stdout, /^token +read-only +push +deploy +drift$/m);
    assert.match(text.stdout, /^own main +passes +- +- +passes$/m);
    assert.match(text.stdout, /^pull request of a fork( +no token){4}$/m);
    assert.match(text.stdout, /^Only tokens that are granted pass\./m);
    const { stdout } = await trust(["--stack", "main", "--markdown"]);
    assert.match(stdout, /^\| missing audience \| - \| - \| - \| - \|$/m);
  });

  it("fits a terminal of a hundred columns", async () => {
    const { stdout } = await trust(["--stack", "main"]);
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.length > 100),
      [],
    );
  });

  it("says of one role why it refuses, by both forms of the subject", async () => {
    const { stdout } = await trust(["--stack", "main", "--role", "drift"]);
    assert.match(
      stdout,
      /^own pull request +refused +refused\n +sub is repo:pytorch\/pytorch:pull_request;/m,
    );
    assert.match(stdout, /^pull request of a fork +no token +no token\n +GitHub issues no token/m);
    assert.match(stdout, /Only tokens that are granted pass\.$/);
    const json = await trust(["--role", "gha_workflow_docker_push", "--json", "--stack", "main"]);
    const { roles } = JSON.parse(json.stdout) as { readonly roles: readonly { key: string }[] };
    assert.deepEqual(
      roles.map(({ key }) => key),
      ["push"],
    );
  });

  it("refuses a role that the stack does not declare", async () => {
    const { exitCode, stderr } = await trust(["--stack", "main", "--role", "admin"]);
    assert.equal(
      stderr,
      'error: --role: "admin" is no role of stack main; there are: read-only, push, deploy, drift',
    );
    assert.equal(exitCode, 1);
    const { stderr: none } = await trust(["--stack", "therock", "--role", "push"]);
    assert.match(none, /it declares none$/);
  });

  it("names the ruleset behind every ref that something of worth rests on", async () => {
    const { refs } = await stackTrust("main");
    assert.deepEqual(
      refs.map(({ by, ref, ruleset }) => `${by}: ${ref.pattern} ${ruleset}`),
      [
        "environment docker-build: main main",
        "environment docker-build: release/* release-branches",
        "environment docker-build: v*-rc* version-tags",
        "environment docker-deploy: main main",
        "role gha_workflow_s3_and_ecr_read_only: main main",
        "role gha_workflow_slipway_drift: main main",
      ],
    );
    const [first] = refs;
    assert.ok(first !== undefined);
    assert.ok(!isUnprotected(first));
    const open = { ...first, ruleset: null };
    assert.ok(isUnprotected(open));
    assert.ok(!isUnprotected({ ...open, needed: false }));
    assert.ok(isSafe({ roles: [], refs }));
    assert.ok(!isSafe({ roles: [], refs: [...refs, open] }));
  });

  it("says that a stack without AWS has no role, and which of its refs matter to nobody", async () => {
    const { exitCode, stdout } = await trust(["--stack", "therock"]);
    assert.match(stdout, /^Stack therock declares no role, so no token assumes one\.$/m);
    assert.match(stdout, /^branch \*\*\/\* +environment docker-stage +none: no secret/m);
    assert.equal(exitCode, 0);
  });

  it("refuses options that make no sense together", async () => {
    for (const args of [
      ["--json", "--markdown"],
      ["check", "-", "--markdown"],
      ["--markdown", "check", "-"],
      ["--stack", "main", "check", "-"],
      ["--role", "push", "subject"],
      ["subject", "--markdown"],
    ]) {
      const { exitCode, stdout, stderr } = await trust(args);
      assert.equal(exitCode, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /^error: .*(--markdown|--stack|--role)/);
      assert.equal(stdout, "");
    }
  });

  it("needs no local cloud for a stack of it", async () => {
    assert.equal((await trust(["--stack", "local"])).exitCode, 0);
  });

  it("refuses a stack that does not exist", async () => {
    const { exitCode, stderr } = await trust(["--stack", "nowhere"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: .*nowhere/);
  });

  it("judges exactly the documents that the program declares", async () => {
    const file = await readFile(join(ROOT, "Pulumi.main.yaml"), "utf8");
    const { config } = parse(file) as { readonly config: Readonly<Record<string, unknown>> };
    // A copy of its own: a module runs once.
    const copy = "../../../index.ts?copy=trust";
    const program = async () => (await import(copy)) as typeof Program;
    const { resources } = await runInEngine(program, {
      stack: "main",
      preview: true,
      config: Object.fromEntries(
        Object.entries(config).map(([key, value]) => [
          key,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      ),
      functions: {
        "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({
          userName: "AWS",
          password: "marker",
        }),
        "github:index/getTeam:getTeam": () => ({ id: "1" }),
        "slipway:index:getRepositoryFacts": () => ({
          subject: { immutable: false, customised: null, prefix: null },
          numbers: { ownerId: 21003710, repositoryId: 65600975 },
          keys: {},
          secrets: {},
        }),
      },
    });
    const declared = resources
      .filter(({ type }) => type === "aws:iam/role:Role")
      .map(({ plain }) => {
        const { name, assumeRolePolicy } = plain;
        assert.ok(typeof assumeRolePolicy === "string");
        return [name, JSON.parse(assumeRolePolicy)] as const;
      });
    const { roles } = await stackTrust("main");
    const judged = roles.map(({ role, policy }) => [role, policy] as const);
    assert.ok(judged.length > 0);
    assert.equal(declared.length, judged.length);
    assert.deepEqual(new Map(declared), new Map(judged));
  });

  it("tells a row that is wrong in either form of the subject", () => {
    const right = { passes: false, granted: false, wrong: false };
    const row = { token: "t", reason: "", subjects: { name: right, immutable: right } };
    assert.ok(!isWrong(row));
    const immutable = { passes: true, granted: false, wrong: true };
    assert.ok(isWrong({ ...row, subjects: { name: right, immutable } }));
  });
});

describe("slipway trust check", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-trust-"))));
  afterEach(() => rm(folder, { recursive: true }));

  async function check(content: unknown, ...args: string[]) {
    const file = join(folder, "trust.json");
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return trust(["check", file, ...args]);
  }

  it("exits with 0 when only the named jobs get in", async () => {
    const { exitCode, stdout } = await check(safe, "--json");
    assert.deepEqual(JSON.parse(stdout), { safe: true, holes: [], unmet: [] });
    assert.equal(exitCode, 0);
  });

  it("exits with 1 and names statement, hole and a token that gets in", async () => {
    const { exitCode, stdout } = await check(wide, "--json");
    assert.deepEqual(JSON.parse(stdout), {
      safe: false,
      holes: [
        {
          statement: "Statement[0]",
          what: "sub repo:pytorch/*: the wildcard stands for other repositories, too",
          example: {
            aud: "sts.amazonaws.com",
            repository: "pytorch/any-repository",
            repository_id: "2002",
            ref: "refs/pull/1/merge",
            job_workflow_ref: "pytorch/any-repository/.github/workflows/any.yml@refs/pull/1/merge",
            sub: "repo:pytorch/any-repository:pull_request",
          },
        },
      ],
      unmet: [],
    });
    assert.equal(exitCode, 1);
  });

  it("prints the safe form for people", async () => {
    const { stdout } = await check(wide, "--repository", "pytorch/pytorch");
    assert.match(stdout, /^not safe: 1 hole\n/);
    assert.match(stdout, /sub: repo:pytorch\/any-repository:pull_request/);
    assert.match(stdout, /"repo:pytorch\/pytorch:environment:ENVIRONMENT"/);
  });

  it("takes what aws iam get-role prints, from the standard input, too", async () => {
    const role = { Role: { RoleName: "r", AssumeRolePolicyDocument: safe } };
    assert.equal((await check(role)).exitCode, 0);
    const encoded = { AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(wide)) };
    assert.equal((await check(encoded)).exitCode, 1);
    assert.equal((await trust(["check", "-"], JSON.stringify(role))).exitCode, 0);
  });

  it("holds a repository that is not meant for a hole", async () => {
    const { exitCode, stdout } = await check(
      safe,
      "--repository",
      "pytorch/vision",
      "--repository",
      "pytorch/audio",
    );
    assert.match(stdout, /pytorch\/pytorch is not a repository that is meant/);
    assert.equal(exitCode, 1);
  });

  it("takes one repository for each --repository, so that the file may stand behind", async () => {
    const role = join(folder, "trust.json");
    await writeFile(role, JSON.stringify(safe));
    const { exitCode, stderr } = await trust(["check", "--repository", "pytorch/pytorch", role]);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
  });

  it("says why nobody gets in by a key that AWS does not have", async () => {
    const { exitCode, stdout } = await check(
      JSON.stringify(policy("pytorch")).replace(`${issuer}:sub`, `${issuer}:repository_owner`),
    );
    assert.match(stdout, /AWS has no condition key for repository_owner of GitHub's tokens/);
    assert.match(stdout, /it guards nothing/);
    assert.doesNotMatch(stdout, /any repository on GitHub gets in|no token was found/);
    assert.equal(exitCode, 1);
  });

  it("says that nobody gets in by a wildcard that is compared as it stands", async () => {
    const { exitCode, stdout } = await check(
      JSON.stringify(policy("repo:pytorch/pytorch:*")).replace(
        "StringLike",
        "StringEqualsIgnoreCase",
      ),
    );
    assert.match(stdout, /^safe: nobody gets in, which is hardly meant\n/);
    assert.match(stdout, /on sub takes the wildcard in repo:pytorch\/pytorch:\* for a plain/);
    assert.equal(exitCode, 0);
  });

  it("prints no form for a role that is not for GitHub", async () => {
    for (const Principal of [
      { Service: "ec2.amazonaws.com" },
      { AWS: "arn:aws:iam::308535385114:root" },
    ]) {
      const Statement = [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }];
      const { exitCode, stdout } = await check({ Version: "2012-10-17", Statement });
      assert.match(stdout, /^not safe: 1 hole; this is no trust of GitHub's tokens/);
      assert.doesNotMatch(stdout, /Safe form|oidc-provider/);
      assert.equal(exitCode, 1);
    }
  });

  it("prints one statement of the safe form, and of the others what differs", async () => {
    const many = ["a", "b", "c"].map(
      (name) => policy(`repo:pytorch/pytorch:environment:${name}`) as { Statement: object[] },
    );
    const Statement = [...many, wide as { Statement: object[] }].flatMap((one) => one.Statement);
    const { stdout } = await check(
      { Version: "2012-10-17", Statement },
      "--repository",
      "pytorch/pytorch",
    );
    assert.equal(stdout.match(/"Effect"/g)?.length, 1);
    assert.match(
      stdout,
      /And a statement like it for each of these:\n {2}sub repo:pytorch\/pytorch:environment:b, environment b\n {2}sub .*:c, environment c$/,
    );
  });

  for (const [what, content, message] of [
    ["no JSON", "{", /trust\.json: is no JSON/],
    [
      "an encoded policy that is cut",
      JSON.stringify({ AssumeRolePolicyDocument: "%7B%22Version%22%ZZ" }),
      /trust\.json: the URL-encoded AssumeRolePolicyDocument in it is damaged: .*; write again/,
    ],
    [
      "a key twice",
      '{"Version":"2012-10-17","Version":"2008-10-17"}',
      /trust\.json: has a key twice/,
    ],
    ["no policy", "[]", /policy: \[\] is not a JSON object/],
    [
      "an unknown operator",
      JSON.stringify(safe).replace("StringLike", "StringIsLike"),
      /"StringIsLike" is no operator that is known here \(did you mean "StringLike"\?\)/,
    ],
    [
      "NotPrincipal",
      JSON.stringify(safe).replace("Principal", "NotPrincipal"),
      /NotPrincipal: is not judged: it names who is left out/,
    ],
  ] as const) {
    it(`explains ${what} without a stack trace`, async () => {
      const { exitCode, stdout, stderr } = await check(content);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.equal(stdout, "");
      assert.equal(exitCode, 1);
    });
  }

  it("explains a file that is not there, and a repository that is none", async () => {
    const { exitCode, stderr } = await trust(["check", join(folder, "none.json")]);
    assert.match(stderr, /none\.json: cannot be read/);
    assert.equal(exitCode, 1);
    const other = await check(safe, "--repository", "pytorch");
    assert.match(other.stderr, /"pytorch" is no repository; write OWNER\/NAME/);
  });

  it("is named to who misspells it, whatever options follow, while a misspelt option is told as one", async () => {
    for (const args of [
      ["chek"],
      ["chek", "role.json", "--repository", "o/r"],
      ["--json", "chek"],
    ]) {
      const { exitCode, stdout, stderr } = await trust(args);
      assert.match(
        stderr,
        /^error: unknown command "chek" of trust \(did you mean "check"\?\); there are: check, subject;/,
      );
      assert.equal(stdout, "");
      assert.equal(exitCode, 2);
    }
    const { exitCode, stderr } = await trust(["--markdwon"]);
    assert.match(stderr, /^error: unknown option '--markdwon' \(did you mean "--markdown"\?\)/);
    assert.equal(exitCode, 2);
  });

  it("has wrong usage without a file", async () => {
    assert.equal((await trust(["check"])).exitCode, 2);
  });
});
