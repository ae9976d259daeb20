/* Git trees that a pull request may bring in the place of data: told of in a report, and in nothing else. */
import assert from "node:assert/strict";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PreviewReport, readPreviewReport } from "../../../rules/preview-report.ts";
import { assertUntouched, CANARY, runsFolder } from "./support/canary.ts";
import { credentialsOf } from "./support/credentials.ts";
import { jobOf, printTrace, ran, type WorkflowTrace } from "./support/trace.ts";
import type { WorkflowProject } from "./support/workflow-project.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const FAMILY = "images/no_rocm_image_ubuntu24_04";

/** What somebody commits, and what the report then says. */
interface Tree {
  readonly make: (project: WorkflowProject) => Promise<unknown>;
  readonly told: readonly (readonly [where: RegExp, message: RegExp])[];
  /** Folder of a submodule. */
  readonly module?: string;
  /** Whether it is more than data. */
  readonly code?: true;
}

const add = async ({ root }: WorkflowProject, path: string, text: string) => {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
};

/** YAML of a kilobyte that stands for billions of values. */
const bomb = (): string => {
  const lines = Array.from({ length: 12 }, (_, index) => {
    const list = Array(9).fill(`*a${index}`).join(",");
    return `a${index + 1}: &a${index + 1} [${list}]`;
  });
  return `a0: &a0 x\n${lines.join("\n")}\n`;
};

const TREES: Readonly<Record<string, Tree>> = {
  "a link in the place of images/": {
    make: async ({ root }) => {
      await rm(join(root, "images"), { recursive: true });
      // To a folder of the tree itself: the set-up of the pull request's own code follows it.
      await symlink("docs", join(root, "images"));
    },
    told: [[/^images$/, /is a symbolic link, which is not followed/]],
    code: true,
  },
  "a link to a file of the machine": {
    make: async ({ root }) => {
      await rm(join(root, FAMILY, "Dockerfile"));
      await symlink("/etc/passwd", join(root, FAMILY, "Dockerfile"));
    },
    told: [[/\/Dockerfile$/, /is a symbolic link, which is not followed/]],
  },
  "a link in the place of a stack's file": {
    make: async ({ root }) => {
      await rm(join(root, "Pulumi.main.yaml"));
      await symlink("/proc/self/environ", join(root, "Pulumi.main.yaml"));
    },
    told: [[/^Pulumi\.main\.yaml$/, /is a symbolic link/]],
  },
  "a submodule": {
    make: (project) =>
      add(
        project,
        ".gitmodules",
        `[submodule "x"]\n\tpath = images/module\n\turl = ../fork.git\n\tupdate = !touch ${CANARY}\n`,
      ),
    module: "images/module",
    told: [[/^images\/module$/, /is an empty folder, of which git keeps none but for a submodule/]],
    code: true,
  },
  "a description of 10 MB": {
    make: (project) => add(project, `${FAMILY}/image.yaml`, `# ${"x".repeat(10_000_000)}\n`),
    told: [[/\/image\.yaml$/, /10000003 bytes; at most \d+ are taken/]],
  },
  "a description that multiplies when it is read": {
    make: (project) => add(project, `${FAMILY}/image.yaml`, bomb()),
    told: [[/image\.yaml$/, /Excessive alias count/]],
  },
  "a stack's file that multiplies when it is read": {
    make: async (project) => {
      await project.edit("Pulumi.main.yaml", (text) => `${bomb()}${text}`);
    },
    told: [[/./, /Pulumi\.main\.yaml: Excessive alias count/]],
  },
  "names with ends of lines, escape codes and marks of direction": {
    make: async (project) => {
      await add(project, `${FAMILY}/a\ncode=true\n::set-output name=code::true`, "x");
      await add(project, `${FAMILY}/\u001b[31mred`, "x");
      await add(project, `${FAMILY}/\u202egnp.exe`, "x");
    },
    told: [
      [/a code=true ::set-output name=code::true$/, /characters that do not show/],
      [/\ufffd\[31mred$/, /characters that do not show/],
      [/\ufffdgnp\.exe$/, /characters that do not show/],
    ],
  },
  "texts that speak to the runner": {
    make: (project) =>
      add(
        project,
        `${FAMILY}/image.yaml`,
        '"##[add-path]/tmp": 1\n"::set-output name=code::true": 2\n',
      ),
    told: [
      [/image\.yaml/, /##\[add-path\]\/tmp/],
      [/image\.yaml/, /::set-output name=code::true/],
    ],
  },
  "commands in the place of values": {
    make: (project) =>
      project.edit("Pulumi.main.yaml", (text) =>
        text.replace(/slipway:awsRegion: .*/, `slipway:awsRegion: "$(touch ${CANARY})"`),
      ),
    told: [[/./, /awsRegion.*canary/]],
  },
};

describe("a hostile tree of a pull request", function () {
  this.timeout(5 * 60_000);
  const stage = sharedStage();
  let count = 0;

  /** Plans a tree and comments on it. */
  const planned = async ({ make, module }: Tree) => {
    const { project } = stage();
    const branch = `tree-${(count += 1)}`;
    await stage().branch(branch);
    try {
      await project.git("clean", "-q", "-ffd");
      await make(project);
      await project.git("add", "-A");
      if (module !== undefined) {
        const commit = await project.git("rev-parse", "HEAD");
        await project.git("update-index", "--add", "--cacheinfo", `160000,${commit},${module}`);
      }
      await project.git("commit", "-q", "-m", "Change an image");
      await project.push(`refs/heads/${branch}`, "fork");
    } finally {
      await project.git("checkout", "-q", "--force", "-B", "main", "origin/main");
      await project.git("clean", "-q", "-ffd");
    }
    const { number } = await stage().openPullRequest("fork", branch);
    const opened = await stage().updatePullRequest(number, "fork", branch);
    const { plan, comment } = await stage().planAndComment(opened);
    for (const trace of [plan, comment]) {
      await assertUntouched(printTrace(trace), runsFolder(project));
    }
    assert.deepEqual(await credentialsOf(plan, stage().hosting), []);
    const [{ body } = { body: "" }, ...others] = await stage().comments(number);
    assert.deepEqual(others, []);
    return { plan, comment, body };
  };

  for (const [what, tree] of Object.entries(TREES)) {
    it(`is told of in a report and in the comment: ${what}`, async () => {
      const { plan, comment, body } = await planned(tree);
      assert.equal(plan.conclusion, "failure");
      assert.equal(jobOf(plan, "plan").outputs["code"], tree.code === true ? "true" : "false");
      const { failures } = await reportOf(plan);
      for (const [where, message] of tree.told) {
        assert.ok(
          failures.some((one) => where.test(one.where) && message.test(one.message)),
          `${String(message)} in ${JSON.stringify(failures)}`,
        );
      }
      assert.deepEqual(ran(comment), ["comment"]);
      assert.equal(comment.conclusion, "success");
      assert.match(body, /### It failed/);
      assert.equal(body.includes("Computed by unreviewed code"), tree.code === true);
      assert.doesNotMatch(body, /root:|PATH=/);
    });
  }
});

/** What the job with the base's code kept. */
async function reportOf(plan: WorkflowTrace): Promise<PreviewReport> {
  const { env } = jobOf(plan, "plan").processes.find(({ step }) => step === "Plan") ?? { env: {} };
  const file = join((env as Record<string, string>)["RUNNER_TEMP"] ?? "", "preview.json");
  const read = readPreviewReport(await readFile(file, "utf8"));
  if ("problems" in read) assert.fail(JSON.stringify(read.problems));
  return read.report;
}
