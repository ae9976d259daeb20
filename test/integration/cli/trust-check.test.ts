// Does not prove the judgement itself: see test/rules/iam-evaluation.test.ts, trust-check.test.ts.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trust } from "./support/run-trust.ts";

const issuer = "token.actions.githubusercontent.com";
const provider = `arn:aws:iam::308535385114:oidc-provider/${issuer}`;

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
