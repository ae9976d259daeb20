/*
 * `slipway pins propose` as workflows call it: a checkout whose remote holds the emulator's git data, images on the registries of
 * a cloud of its own, and GitHub as it is there. Each test goes on where the one before ended.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCheckRun } from "../../../github/check-runs.ts";
import { GithubClient } from "../../../github/client.ts";
import { Registries } from "../../../oci/registries.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { EmulatedGithub } from "../../support/emulator.ts";
import { push, sampleImage } from "../oci/sample-image.ts";

const FAMILY = "no_rocm_image_ubuntu24_04";
const WORKFLOW = ".github/workflows/uses-image.yml";
const GUIDE = "GUIDE.md";
const REPO = { owner: "pytorch", repo: "pytorch" };

interface Told {
  readonly outcome: string;
  readonly pullRequest?: number;
  readonly url?: string;
  readonly commit?: string;
  readonly reason?: string;
}

describe("slipway pins propose", function () {
  this.timeout(5 * 60_000);
  let project: ProjectCopy;
  let cloud: LocalCloud;
  let github: GithubClient;
  let machinery: EmulatedGithub;
  let bare: string;
  let list: string;
  let digests: string[];

  before("start a cloud with a project that has a remote", async function () {
    this.timeout(15 * 60_000);
    project = await ProjectCopy.make();
    const started = await project.slipway(["local", "start"]);
    assert.equal(started.exitCode, 0, started.stderr);
    cloud = LocalCloud.parse(JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")));
    const { endpoint, token } = cloud.github;
    github = new GithubClient({ owner: "pytorch", token, baseUrl: endpoint });
    machinery = new EmulatedGithub(cloud.github);
    digests = [await pushed(FAMILY), await pushed(FAMILY), await pushed(FAMILY)];
    bare = join(project.home, "own.git");
    list = join(project.home, "images.json");
    await mkdir(bare);
    await project.git("init", "-q", "--bare", "-b", "main", bare);
    await project.git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n");
    await project.git("remote", "add", "origin", bare);
    const pin = `${place(FAMILY)}@${digests[0] ?? ""}`;
    await writeFile(join(project.root, WORKFLOW), `on: push\njobs:\n  a:\n    container: ${pin}\n`);
    await writeFile(join(project.root, GUIDE), `Run:\n\n    docker run ${pin}\n`);
    await project.commit("Use the image");
    await project.git("push", "-q", "origin", "main");
    await machinery.giveGit({ path: bare });
  });
  after(() => project.remove());

  const place = (family: string) => `${cloud.registries["ghcr.io"].host}/pytorch/${family}`;
  const pushed = async (family: string) => {
    const { host, username, password } = cloud.registries["ghcr.io"];
    const credentials = { [host]: { username, password } };
    return push(sampleImage(), new Registries().repository(place(family), credentials, "push"));
  };
  const publish = async (digest: string, commit: string) => {
    const image = {
      ...{ digest, contentName: `k${"a".repeat(40)}`, commit, platforms: ["linux/amd64"] },
      ...{ references: { "ghcr.io": `${place(FAMILY)}@${digest}` }, names: [] },
    };
    const whole = {
      ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
      ...{ commit, families: { [FAMILY]: { images: { default: image } } } },
    };
    await writeFile(list, JSON.stringify(whole));
  };
  const propose = async (...args: readonly string[]): Promise<Told> => {
    const command = ["pins", "propose", "--stack", "local", "--json", ...args];
    const { exitCode, stdout, stderr } = await project.slipway(command);
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Told;
  };
  const pull = async (number: number) =>
    (
      await github.octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
        ...{ ...REPO, pull_number: number },
      })
    ).data;
  const inBare = (path: string, ref: string) => project.git("-C", bare, "show", `${ref}:${path}`);
  const head = () => project.git("rev-parse", "HEAD");
  const mergeAndPull = async (number: number) => {
    await github.octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
      ...{ ...REPO, pull_number: number },
    });
    await project.git("pull", "-q", "origin", "main");
  };

  it("opens one pull request with every place, what is known of the images, and no byte else", async () => {
    await publish(digests[1] ?? "", await head());
    const told = await propose("--images", list);
    assert.equal(told.outcome, "opened");
    const opened = await pull(told.pullRequest ?? 0);
    assert.deepEqual(
      [opened.base.ref, opened.head.ref, opened.changed_files],
      ["main", "slipway/pins", 2],
    );
    const body = opened.body ?? "";
    for (const part of [digests[0] ?? "", digests[1] ?? "", `${WORKFLOW}:4`, `${GUIDE}:3`]) {
      assert.ok(body.includes(part), `${part} in\n${body}`);
    }
    assert.match(body, /\d kB → \d.* kB \([+−]/);
    assert.match(body, /no published list and no earlier proposal says/);
    const before = await inBare(WORKFLOW, "main");
    const after = await inBare(WORKFLOW, "slipway/pins");
    assert.equal(after, before.replace(digests[0] ?? "", digests[1] ?? ""));
    assert.equal((await propose("--images", list)).outcome, "unchanged");
  });

  it("shows what changed in the Dockerfile since the last proposal, once that is merged", async () => {
    const [{ number } = { number: 0 }] = (
      await github.octokit.request("GET /repos/{owner}/{repo}/pulls", REPO)
    ).data;
    await mergeAndPull(number);
    assert.equal((await propose("--images", list)).outcome, "nothing");
    await project.edit(`images/${FAMILY}/Dockerfile`, (text) => `${text}# \`\`\` @octocat\n`);
    await project.commit("Change the image");
    await project.git("push", "-q", "origin", "main");
    await publish(digests[2] ?? "", await head());
    const told = await propose("--images", list);
    assert.equal(told.outcome, "opened");
    const body = (await pull(told.pullRequest ?? 0)).body ?? "";
    assert.ok(body.includes("\n+# ``` @octocat\n````\n"), body);
  });

  it("is withdrawn when main has the pins by other ways", async () => {
    const bump = await project.slipway(["pins", "bump", "--stack", "local", "--images", list]);
    assert.equal(bump.exitCode, 0, bump.stderr);
    await project.commit("Move the pins by hand");
    await project.git("push", "-q", "origin", "main");
    const told = await propose("--images", list);
    assert.equal(told.outcome, "withdrawn");
    assert.equal((await pull(told.pullRequest ?? 0)).state, "closed");
  });

  const candidate = async (headSha: string) => {
    const digest = await pushed(`${FAMILY}-candidate`);
    await createCheckRun(github, {
      ...{ repository: "pytorch", headSha, name: candidateCheckName(FAMILY), externalId: digest },
      ...{ conclusion: "success", title: "Published", summary: "Published." },
    });
    return digest;
  };

  it("commits a pull request's candidates to its own branch, and has nothing to do afterwards", async () => {
    await project.git("checkout", "-q", "-b", "topic");
    await project.edit(`images/${FAMILY}/Dockerfile`, (text) => `${text}# Topic\n`);
    const sha = await project.commit("Change the image in a pull request");
    await project.git("push", "-q", "origin", "topic");
    const { data } = await github.octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...{ ...REPO, title: "Topic", head: "topic", base: "main" },
    });
    await project.git("checkout", "-q", "main");
    assert.equal((await propose("--pull-request", String(data.number))).outcome, "nothing");
    const digest = await candidate(sha);
    const told = await propose("--pull-request", String(data.number));
    assert.equal(told.outcome, "committed", JSON.stringify(told));
    const now = await pull(data.number);
    assert.equal(now.head.sha, told.commit);
    const text = await inBare(WORKFLOW, "topic");
    assert.ok(text.includes(`${place(FAMILY)}-candidate@${digest}`), text);
    assert.equal(await project.git("-C", bare, "rev-parse", "topic~1"), sha);
    assert.equal((await propose("--pull-request", String(data.number))).outcome, "nothing");
    // Its own new head tells the same digest, which it pins.
    await createCheckRun(github, {
      ...{ repository: "pytorch", headSha: told.commit ?? "", name: candidateCheckName(FAMILY) },
      ...{ externalId: digest, conclusion: "success", title: "Published", summary: "Published." },
    });
    assert.match((await propose("--pull-request", String(data.number))).reason ?? "", /already/);
  });

  it("tells the author of a pull request from a fork what to run, in one comment", async () => {
    await project.git("checkout", "-q", "-b", "theirs", "main");
    const sha = await project.commit("Change something in a fork");
    const number = await machinery.putPullRequest({
      ...{ headRepository: "mallory/pytorch", headRef: "theirs", headSha: sha },
    });
    await project.git("push", "-q", "origin", `HEAD:refs/pull/${number}/head`);
    await project.git("checkout", "-q", "main");
    const digest = await candidate(sha);
    const command = `npm run -s slipway -- pins bump ${FAMILY} --to ${place(FAMILY)}-candidate@${digest}`;
    assert.equal((await propose("--pull-request", String(number))).outcome, "commented");
    assert.equal((await propose("--pull-request", String(number))).outcome, "commented");
    const { data } = await github.octokit.request(
      "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      { ...REPO, issue_number: number },
    );
    assert.equal(data.length, 1);
    assert.ok(data[0]?.body?.includes(command), data[0]?.body);
  });

  it("says what it needs in a job without a token", async () => {
    const { exitCode, stderr } = await project.slipway(["pins", "propose", "--stack", "local"], {
      ...{ GITHUB_ACTIONS: "true", GITHUB_TOKEN: "", GITHUB_API_URL: "http://github.example" },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /GITHUB_TOKEN is not set; it needs to write Contents/);
    assert.match(stderr, /GITHUB_API_URL: "http:\/\/github\.example" is no https URL/);
  });
});
