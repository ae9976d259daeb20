/*
 * `slipway workflows check` on a copy of the project: what the catalogue or a rule says anew makes it fail until the
 * workflows say it too, which --write sees to; and with --online it asks GitHub, here the emulator.
 */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readPinnedActionsFile } from "../../../cli/workflows/pinned-actions-file.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { TestEmulator, TOKEN } from "../../local/github/test-emulator.ts";

const UP = ".github/workflows/up.yml";
const CANDIDATE = ".github/workflows/candidate.yml";
const PINS = ".github/workflows/pins.yml";
const PLAN = ".github/workflows/plan.yml";
const PINNED = ".github/pinned-actions.yaml";
const ALMALINUX = "images/almalinux-builder/image.yaml";
const CHECK = ["workflows", "check"];

interface Report {
  readonly ok: boolean;
  readonly stacks: readonly string[];
  readonly files: readonly string[];
  readonly findings: readonly {
    readonly file: string;
    readonly line: number;
    readonly rule: string;
    readonly message: string;
    readonly remedy: string;
    readonly writable: boolean;
  }[];
  readonly mended: readonly { readonly rule: string }[];
}

describe("slipway workflows check", function () {
  this.timeout(120_000);
  let project: ProjectCopy;
  before(async () => (project = await ProjectCopy.make()));
  after(() => project.remove());

  const read = (path: string) => readFile(join(project.root, path), "utf8");
  async function check(...options: readonly string[]) {
    const { exitCode, stdout, stderr } = await project.slipway([...CHECK, "--json", ...options]);
    assert.equal(stderr, "");
    return { exitCode, report: JSON.parse(stdout) as Report };
  }
  /** Edits, and at the end puts the files and the workflows that follow from them back. */
  async function during(
    edits: readonly (readonly [path: string, change: (text: string) => string])[],
    work: () => Promise<void>,
  ): Promise<void> {
    const before = [UP, PLAN, PINS, CANDIDATE].map(async (path) => ({
      path,
      text: await read(path),
    }));
    const workflows = await Promise.all(before);
    const backs: (() => Promise<void>)[] = [];
    try {
      for (const [path, change] of edits) backs.push(await project.edit(path, change));
      await work();
    } finally {
      for (const { path, text } of workflows) await writeFile(join(project.root, path), text);
      for (const back of backs.reverse()) await back();
    }
  }
  /** What is found becomes nothing by --write, which a second time does nothing. */
  async function mend(): Promise<string> {
    const written = await check("--write");
    assert.deepEqual(written.report.findings, []);
    assert.equal(written.exitCode, 0);
    assert.ok(written.report.mended.length > 0);
    const text = await read(UP);
    const again = await check("--write");
    assert.equal(again.exitCode, 0);
    assert.deepEqual(again.report.mended, []);
    assert.equal(await read(UP), text);
    return text;
  }

  it("finds nothing in the workflows as they are, for both stacks that own their foundation", async () => {
    const { exitCode, report } = await check();
    assert.equal(exitCode, 0);
    const { ok, stacks, findings } = report;
    assert.deepEqual(
      { ok, stacks, findings },
      { ok: true, stacks: ["main", "therock"], findings: [] },
    );
    assert.ok(report.files.includes(UP));
    assert.ok(report.files.includes(".github/actions/setup/action.yml"));
  });

  it("fails for an accelerator that the catalogue has and the workflow does not build, until it is written", async () => {
    const line = /^ {2}cpu: .*$/m;
    const twin = (text: string) =>
      text.replace(line, (cpu) => `${cpu}\n${cpu.replace("cpu", "cpu-small")}`);
    await during([[ALMALINUX, twin]], async () => {
      const { exitCode, stdout } = await project.slipway(CHECK);
      assert.equal(exitCode, 1);
      const matrix = (await read(UP)).split("\n").findIndex((one) => /^ +image:$/.test(one)) + 1;
      // Notes of what a team has yet to write stand above.
      const [found, remedy, , summary] = stdout.trimEnd().split("\n").slice(-4);
      assert.equal(
        found,
        `${UP}:${matrix} images: job build does not build almalinux-builder/cpu-small`,
      );
      assert.equal(remedy, "    -> add: almalinux-builder/cpu-small");
      assert.match(summary ?? "", /^3 findings in \d+ files for main, therock; --write mends 3$/);
      const before = await read(UP);
      const text = await mend();
      const label = / *- almalinux-builder\/cpu-small\n/;
      assert.match(text, label);
      assert.equal(text.replace(label, ""), before);
    });
  });

  it("fails for a rule of refs that the triggers do not follow, until they are written", async () => {
    const rule = (text: string) =>
      text
        .replaceAll('"release/*"', '"lines/*"')
        .replace("/^release\\/[^/]+$/", "/^lines\\/[^/]+$/");
    await during([["rules/refs.ts", rule]], async () => {
      const { exitCode, report } = await check();
      assert.equal(exitCode, 1);
      assert.deepEqual(
        report.findings.map(({ file, rule, remedy }) => ({ file, rule, remedy })),
        [
          {
            file: PINS,
            rule: "triggers",
            remedy: 'write on.pull_request.branches: ["main","lines/*"]',
          },
          {
            file: PLAN,
            rule: "triggers",
            remedy: 'write on.pull_request.branches: ["main","lines/*"]',
          },
          {
            file: UP,
            rule: "triggers",
            remedy: 'write on.push.branches: ["main","lines/*","stage/docker/**"]',
          },
        ],
      );
      assert.match(await mend(), /^ {4}branches: \[main, lines\/\*, stage\/docker\/\*\*\]$/m);
    });
  });

  it("fails for a role with another longest session, until durations and time-outs are written", async () => {
    const rule = (text: string) =>
      text.replace("maxSessionSeconds: 6 * HOUR", "maxSessionSeconds: 4 * HOUR");
    await during([["rules/roles.ts", rule]], async () => {
      const { exitCode, report } = await check();
      assert.equal(exitCode, 1);
      assert.deepEqual(new Set(report.findings.map((one) => one.rule)), new Set(["role-duration"]));
      const text = await mend();
      assert.doesNotMatch(text, /role-duration-seconds: 21600/);
      assert.match(text, /role-duration-seconds: 14400/);
      assert.match(text, /timeout-minutes: 235/);
    });
  });

  it("takes the jobs of an environment out that no stack declares any more", async () => {
    const path = "Pulumi.therock.yaml";
    const text = await read(path);
    await during([], async () => {
      await rm(join(project.root, path));
      try {
        const { exitCode, report } = await check();
        assert.equal(exitCode, 1);
        assert.deepEqual(report.stacks, ["main"]);
        const strangers = report.findings.filter(({ rule }) => rule === "environments");
        assert.deepEqual(
          strangers.map(({ writable }) => writable),
          [true, true],
        );
        assert.doesNotMatch(await mend(), /docker-stage/);
      } finally {
        await writeFile(join(project.root, path), text);
      }
    });
  });

  it("leaves what a person has to judge, and says what to do about each at once", async () => {
    const worse = (text: string) =>
      text
        .replace("permissions: {}", "permissions: write-all")
        .replace('run: slipway record --stack "$STACK"', "run: npm ci && slipway record");
    await during([[UP, worse]], async () => {
      const text = await read(UP);
      const { exitCode, report } = await check("--write");
      assert.equal(exitCode, 1);
      const rules = new Set(report.findings.map(({ rule }) => rule));
      assert.deepEqual(rules, new Set(["permissions", "credentialed-script", "publishing"]));
      assert.ok(report.findings.every(({ writable }) => !writable));
      assert.equal(await read(UP), text);
    });
  });

  it("tells everything that is wrong with the list of pinned actions", async () => {
    const worse = (text: string) =>
      text.replace(/version: v7\.0\.1/, "version: v7").replace(/commit: 8207/, "commit: g207");
    await during([[PINNED, worse]], async () => {
      const { exitCode, stdout, stderr } = await project.slipway(CHECK);
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
      assert.match(stderr, /^error: \.github\/pinned-actions\.yaml: 2 problems\n/);
      assert.match(stderr, /"v7" is not a tag with all its numbers/);
      assert.match(stderr, /is not a commit in 40 hexadecimal digits/);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  });

  describe("with --online", () => {
    const emulator = new TestEmulator();
    const env = () => ({ GITHUB_API_URL: `${emulator.url}/api/v3`, GITHUB_TOKEN: TOKEN });
    before(() => emulator.start());
    after(() => emulator.stop());

    it("finds tags that GitHub does not have, that have moved, and none that is still its commit", async () => {
      const { pinned } = await readPinnedActionsFile(project.root);
      const [first = "", second = "", ...others] = Object.keys(pinned);
      for (const [index, action] of others.entries()) {
        const { version, commit } = pinned[action]!;
        // Every other one is annotated: a tag of its own, that is of the commit.
        const tag = index % 2 === 0 ? { tag: String(index).repeat(40) } : {};
        await emulator.github.putRef({
          repository: action,
          ref: `refs/tags/${version}`,
          commit,
          ...tag,
        });
      }
      const moved = "d".repeat(40);
      const { version } = pinned[first]!;
      await emulator.github.putRef({
        ...{ repository: first, ref: `refs/tags/${version}`, commit: moved, tag: "e".repeat(40) },
      });
      const { exitCode, stdout } = await project.slipway([...CHECK, "--online", "--json"], env());
      assert.equal(exitCode, 1);
      const { findings } = JSON.parse(stdout) as Report;
      assert.deepEqual(
        findings.map(({ file, rule, writable }) => ({ file, rule, writable })),
        [first, second].map(() => ({ file: PINNED, rule: "pinned-online", writable: false })),
      );
      assert.ok(findings[0]?.message.includes(`${version} of ${first} is ${moved} on GitHub`));
      assert.ok(findings[1]?.message.startsWith(`${second} has no tag`));
      const lines = (await read(PINNED)).split("\n");
      assert.match(lines[findings[0]!.line - 1] ?? "", /^ {2}commit: /);
    });

    it("says that it could not ask, without a stack trace", async () => {
      const { exitCode, stdout, stderr } = await project.slipway([...CHECK, "--online"], {
        ...env(),
        GITHUB_TOKEN: "none of its own",
      });
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
      assert.match(stderr, /^error: /);
      assert.doesNotMatch(stderr, /\n {4}at |fault of Slipway/);
    });
  });
});
