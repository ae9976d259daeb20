/*
 * `slipway workflows decide` between the jobs of a run: on a local cloud of its own whose repositories nobody made yet, then
 * after `build --missing` of one image, and after `up`. What AWS does with a role that may not see a repository is not met.
 */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { Registries } from "../../../oci/registries.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../../cli/support/project-copy.ts";

interface Outputs {
  readonly publish: string;
  readonly stack: string;
  readonly environment: string;
  readonly apply: string;
  readonly missing: string;
  readonly present: readonly { readonly image: string }[];
}

const JAMMY = "ci-image/pytorch-linux-jammy-rocm-n-py3";
const NO_ROCM = "no_rocm_image_ubuntu24_04";
const ALMALINUX = "almalinux-builder";
const UP = ["up", "--stack", "local", "--engine", "embedded"];
const EXPECT = ["preview", "--stack", "local", "--engine", "embedded", "--expect-no-changes"];

describe("workflows decide", function () {
  this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
  let project: ProjectCopy;
  let cloud: LocalCloud;

  before(async () => {
    project = await ProjectCopy.make();
    // The repository has no stack but the rehearsal's.
    await rm(join(project.root, "Pulumi.main.yaml"));
    succeeded(await project.slipway(["local", "start"]));
    const file = join(project.home, "cloud.json");
    cloud = LocalCloud.parse(JSON.parse(await readFile(file, "utf8")));
  });
  after(() => project.remove());

  function succeeded<T extends CliResult>(result: T): T {
    assert.equal(result.exitCode, 0, `${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** Runs the command as a job does. Returns what it prints and what it hands on. */
  async function decide(event: string, ref: string): Promise<CliResult & { outputs: Outputs }> {
    const file = join(project.home, "tmp/output");
    await rm(file, { force: true });
    const result = await project.slipway(["workflows", "decide"], {
      ...{ GITHUB_EVENT_NAME: event, GITHUB_REF: ref, GITHUB_REPOSITORY: "pytorch/pytorch" },
      ...{ GITHUB_ACTIONS: "true", GITHUB_OUTPUT: file },
    });
    const text = await readFile(file, "utf8").catch(() => "");
    const entries = [...text.matchAll(/^(.+)<<(.+)\n(.*)\n\2$/gm)].map(
      ([, name = "", , value = ""]) =>
        [name, name === "present" ? (JSON.parse(value) as unknown) : value] as const,
    );
    // What the command wrote is what the tests judge: they see what is not there.
    return { ...result, outputs: Object.fromEntries(entries) as unknown as Outputs };
  }

  const images = ({ present }: Outputs): readonly string[] => present.map(({ image }) => image);

  it("has a job for everything while nothing is built, in the stack's environment", async () => {
    const { outputs, stdout } = succeeded(await decide("push", "refs/heads/main"));
    assert.deepEqual(outputs, {
      ...{ publish: "true", stack: "local", environment: "docker-build", apply: "foundation" },
      ...{ missing: "true", present: [] },
    });
    assert.match(
      stdout,
      new RegExp(`^${JAMMY} +build +no pytorch-linux-jammy-rocm-n-py3-k\\S+ on`, "m"),
    );
    assert.match(stdout, /^13 images: 0 there, 13 to build$/m);
  });

  it("gives a stage branch jobs for what it publishes, of the repository's own stack, and applies nothing", async () => {
    const { outputs, stdout } = succeeded(await decide("push", "refs/heads/stage/docker/x"));
    const { present, ...others } = outputs;
    assert.deepEqual(others, {
      ...{ publish: "true", stack: "local", environment: "docker-stage", apply: "nothing" },
      missing: "true",
    });
    assert.equal(present.length, 10, "all but TheRock's three");
    assert.ok(images(outputs).every((image) => /^(?:almalinux-builder|ci-image)\//.test(image)));
    assert.match(stdout, /^ {2}ci-image: refs\/heads\/stage\/docker\/x is none of /m);
  });

  it("publishes nothing for a pull request, and says why without a fault", async () => {
    const { outputs, stdout } = succeeded(await decide("pull_request", "refs/pull/1/merge"));
    assert.deepEqual(outputs, {
      ...{ publish: "false", stack: "", environment: "", apply: "nothing" },
      ...{ missing: "false", present: [] },
    });
    assert.match(stdout, /^nothing is published: pull_request of refs\/pull\/1\/merge/);
  });

  it("builds for the other registry while ECR has no repository, and decides that this is there", async () => {
    const { stdout } = succeeded(
      await project.slipway(["build", "--missing", "--stack", "local", "--image", JAMMY]),
    );
    assert.match(
      stdout,
      /^not on ECR {2}ci-image: \S+\/pytorch\/ci-image is not there yet; it is built for ghcr\.io, and up makes the repository and copies it there$/m,
    );
    assert.match(stdout, /^1 image: 0 there, 1 built/m);
    const { outputs } = succeeded(await decide("push", "refs/heads/main"));
    assert.deepEqual(images(outputs), [JAMMY]);
    assert.equal(outputs.missing, "true");
  });

  it("leaves a family that is on ECR alone to up, and counts it as missing", async () => {
    const mend = await project.edit(`images/${ALMALINUX}/image.yaml`, (text) =>
      text.replace("registries: [ecr, docker.io]", "registries: [ecr]"),
    );
    const { stdout } = succeeded(
      await project.slipway(["build", "--missing", "--image", `${ALMALINUX}/cpu`]),
    );
    assert.match(stdout, /^left out {2}almalinux-builder: \S+ is not there yet; up makes it/m);
    const decided = succeeded(await decide("push", "refs/heads/main"));
    assert.match(
      decided.stdout,
      /^almalinux-builder\/cpu +build +counts as missing: it is on ECR alone/m,
    );
    await mend();
  });

  it("has no job after up, which copied to ECR what was built, and a preview then shows no change", async () => {
    succeeded(await project.slipway(UP));
    const { outputs, stdout } = succeeded(await decide("push", "refs/heads/main"));
    assert.equal(outputs.missing, "false");
    assert.equal(outputs.present.length, 13);
    const name = /^ci-image\/pytorch-linux-jammy-rocm-n-py3 +there +(\S+) is on/m.exec(stdout)?.[1];
    assert.ok(name);
    const digests = await Promise.all(
      (["ecr", "ghcr.io"] as const).map((registry) => {
        const { host, ...login } = cloud.registries[registry];
        const repository = `${host}/pytorch/ci-image`;
        return new Registries().repository(repository, { [host]: login }).manifests.digest(name);
      }),
    );
    assert.ok(digests[0] !== undefined && digests[0] === digests[1], digests.join(" "));
    succeeded(await project.slipway(EXPECT));
  });

  it("has a preview that looks at nothing for a commit that came late, as up does nothing for it", async () => {
    const git = async (...args: readonly string[]): Promise<string> => {
      const author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
      return (await execa("git", [...author, ...args], { cwd: project.root })).stdout;
    };
    await git("init", "-q", "-b", "main");
    await git("add", "Pulumi.yaml", "images");
    await git("commit", "-q", "-m", "Begin");
    const early = await git("rev-parse", "HEAD");
    await git("commit", "-q", "--allow-empty", "-m", "Come later");
    succeeded(await project.slipway(["record", "--stack", "local"]));
    succeeded(await project.slipway(EXPECT));
    await git("checkout", "-q", early);
    const mend = await project.edit(`images/${NO_ROCM}/image.yaml`, (text) =>
      text.replace("scheme:", "epoch: 5\nscheme:"),
    );
    const { stdout } = succeeded(await project.slipway(EXPECT));
    assert.match(stdout, /^not looked at: .*main/m);
    const json = succeeded(await project.slipway([...EXPECT, "--json"]));
    assert.equal((JSON.parse(json.stdout) as { operation: string }).operation, "preview");
    await mend();
    await git("checkout", "-q", "main");
  });

  it("has a job for the one image that changed, and a preview that expects nothing fails and names it", async () => {
    const mend = await project.edit(`images/${NO_ROCM}/image.yaml`, (text) =>
      text.replace("scheme:", "epoch: 7\nscheme:"),
    );
    const { outputs } = succeeded(await decide("workflow_dispatch", "refs/heads/main"));
    assert.equal(outputs.missing, "true");
    assert.ok(!images(outputs).includes(NO_ROCM));
    assert.equal(outputs.present.length, 12);
    const { exitCode, stderr } = await project.slipway(EXPECT);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: nothing was to change, and \d+ resources? would:$/m);
    assert.match(stderr, new RegExp(`^ {2}update \\S+ \\S*${NO_ROCM}`, "m"));
    const json = await project.slipway([...EXPECT, "--json"]);
    assert.equal(json.exitCode, 1);
    assert.ok((JSON.parse(json.stdout) as { changes: { update: number } }).changes.update > 0);
    await mend();
  });

  it("counts what no registry tells as missing, and says whom it asked", async () => {
    const dead = { ...cloud, registries: { ...cloud.registries } };
    dead.registries["docker.io"] = { ...dead.registries["docker.io"], host: "localhost:1" };
    const file = join(project.home, "cloud.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, JSON.stringify(dead));
    const { outputs, stdout } = succeeded(await decide("push", "refs/heads/main"));
    await writeFile(file, text);
    assert.equal(outputs.present.length, 6);
    assert.match(
      stdout,
      /^almalinux-builder\/cpu +build +counts as missing, for a registry does not tell: localhost:1\//m,
    );
  });

  it("refuses a base that nobody looked up before any job starts", async () => {
    const mend = await project.edit("Pulumi.local.yaml", (text) =>
      text.replace("slipway:standIns: true", "slipway:standIns: false"),
    );
    const { exitCode, stderr, outputs } = await decide("push", "refs/heads/main");
    await mend();
    assert.equal(exitCode, 1);
    assert.deepEqual(outputs, {});
    assert.match(stderr, /has no digest yet; look it up with: slipway bases bump/);
  });
});
