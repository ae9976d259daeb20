// Does not prove the judgement itself: see test/rules/iam-evaluation.test.ts, trust-table.test.ts and trust-check.test.ts.
import assert from "node:assert/strict";
import { isSafe, isUnprotected, isWrong } from "../../../cli/trust/show-trust.ts";
import { stackTrust } from "../../../cli/trust/stack-trust.ts";
import type { TrustRow } from "../../../rules/trust-table.ts";
import { runStack } from "../../support/program.ts";
import { trust } from "./support/run-trust.ts";

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
          ["granted: environment docker-drift, workflow drift.yml", "own environment docker-drift"],
          [],
        ],
        [
          "gha_workflow_docker_candidate",
          [
            "granted: environment docker-candidate, workflow candidate.yml",
            "own environment docker-candidate",
          ],
          [],
        ],
      ],
    );
  });

  it("prints a table for people, a column for each role, and one in Markdown", async () => {
    const text = await trust(["--stack", "main"]);
    assert.match(text.stdout, /^token +read-only +push +deploy +drift +candidate$/m);
    assert.match(text.stdout, /^own main +passes +- +- +- +-$/m);
    assert.match(
      text.stdout,
      /^granted: environment docker-candidate, +- +- +- +- +passes\n {2}workflow candidate\.yml$/m,
    );
    assert.match(text.stdout, /^pull request of a fork( +no token){5}$/m);
    assert.match(text.stdout, /^Only tokens that are granted pass\./m);
    const { stdout } = await trust(["--stack", "main", "--markdown"]);
    assert.match(stdout, /^\| missing audience \| - \| - \| - \| - \| - \|$/m);
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
      'error: --role: "admin" is no role of stack main; there are: read-only, push, deploy, drift, candidate',
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
        "environment docker-drift: main main",
        "environment docker-candidate: main main",
        "environment docker-pins: main main",
        "role gha_workflow_s3_and_ecr_read_only: main main",
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
    const { resources } = await runStack("main", { preview: true });
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
