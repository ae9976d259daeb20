/*
 * `slipway pins propose` as workflows call it: a checkout whose remote holds the emulator's git data, images on the registries of
 * a cloud of its own, and GitHub as it is there. Each test goes on where the one before ended.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCheckRun } from "../../../github/check-runs.ts";
import { GithubClient } from "../../../github/client.ts";
import { moveBranch } from "../../../github/git-data.ts";
import { Registries } from "../../../oci/registries.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { pinnedDigestsText } from "../../../rules/pins/pinned-digests.ts";
import { runInvocation } from "../../../rules/pins/provenance.ts";
import { issuerOf } from "../../support/oidc-issuer.ts";
import { attachAsJob } from "./support/job-signature.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { EmulatedGithub } from "../../support/emulator.ts";
import { push, sampleImageBuilt } from "../oci/sample-image.ts";

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
  let runs = 500;

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
    const users = ["pytorch/pytorch@main", "pytorch/pytorch@release/1", "pytorch/vision@main"];
    const pinned = {
      ...{ digest: digests[0] ?? "", repository: `pytorch/${FAMILY}`, image: FAMILY },
      ...{ seen: "2026-11-20", users },
    };
    await writeFile(join(project.root, "Pins.local.yaml"), pinnedDigestsText([pinned]));
    await project.commit("Use the image");
    await project.git("push", "-q", "origin", "main");
    await machinery.giveGit({ path: bare });
  });
  after(() => project.remove());

  const place = (family: string) => `${cloud.registries["ghcr.io"].host}/pytorch/${family}`;
  const pushed = async (family: string) => {
    const { host, username, password } = cloud.registries["ghcr.io"];
    const credentials = { [host]: { username, password } };
    const repository = new Registries().repository(place(family), credentials, "push");
    return push(sampleImageBuilt("2026-08-18T10:00:00Z"), repository);
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
    assert.match(body, /elsewhere.*: `pytorch\/pytorch@release\/1`, `pytorch\/vision@main`\.\n/);
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

  it("mends dates alone in a proposal that says so", async () => {
    await project.edit(WORKFLOW, (text) => text.replace(/\n$/, " # 2020-01-01\n"));
    await project.commit("Write a date beside the pin");
    await project.git("push", "-q", "origin", "main");
    const { outcome, pullRequest = 0 } = await propose("--images", list);
    assert.equal(outcome, "opened");
    const { title, body } = await pull(pullRequest);
    assert.equal(title, "Mend the dates beside pins");
    assert.match(body ?? "", /every digest stays/);
    assert.match(await inBare(WORKFLOW, "slipway/pins"), / # 2026-08-18$/);
    await mergeAndPull(pullRequest);
    assert.equal((await propose("--images", list)).outcome, "nothing");
  });

  const told = async (headSha: string, externalId: string, name = candidateCheckName(FAMILY)) =>
    createCheckRun(github, {
      ...{ repository: "pytorch", headSha, name, externalId },
      ...{ conclusion: "success", title: "Published", summary: "Published." },
    });
  /** Pushes a candidate of an image and tells of it; nothing is signed. */
  const candidate = async (headSha: string) => {
    const digest = await pushed(`${FAMILY}-candidate`);
    await told(headSha, digest);
    return digest;
  };
  /** Signs a digest as the job of candidate.yml does. */
  const sign = async (digest: string, number: number, contentName: string) => {
    const ids = await github.repositoryNumbers("pytorch");
    const repository = "pytorch/pytorch";
    const run = ++runs;
    const job = {
      ...{ ...ids, repository, workflow: "candidate.yml", ref: "refs/heads/main" },
      ...{ sha: "b".repeat(40), event: "workflow_run", run, environment: "docker-candidate" },
    };
    const { host, username, password } = cloud.registries["ghcr.io"];
    const credentials = { [host]: { username, password } };
    const name = place(`${FAMILY}-candidate`);
    const provenance = {
      ...{ image: FAMILY, contentName, digest, pullRequest: number, repository },
      ...{ head: "a".repeat(40), merge: "c".repeat(40), base: "d".repeat(40) },
      ...{ repositoryId: ids.repositoryId, run: runInvocation(repository, run, 1) },
    };
    const client = new Registries().repository(name, credentials, "push");
    await attachAsJob([client], provenance, { cloud, issuer: await issuerOf(cloud), job });
  };
  const refusedFor = async (number: number) => {
    const command = ["pins", "propose", "--stack", "local", "--pull-request", String(number)];
    const { exitCode, stdout, stderr } = await project.slipway(command);
    assert.equal(exitCode, 1, stdout);
    return stderr;
  };
  /** What the content of a pull request's merge is called, by the command's own words on another content. */
  const contentNameOf = async (number: number, digest: string) => {
    await sign(digest, number, `k${"0".repeat(40)}`);
    const said = await refusedFor(number);
    const name = /the content "k0{40}", not "(k[0-9a-f]{40})"/.exec(said)?.[1];
    assert.ok(name !== undefined, said);
    return name;
  };
  const opened = async (branch: string) => {
    await project.git("push", "-q", "origin", branch);
    const { data } = await github.octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...{ ...REPO, title: branch, head: branch, base: "main" },
    });
    return data.number;
  };
  const CRLF = ".github/crlf.yml";
  let topic: { number: number; sha: string; contentName: string };

  it("pins nothing that is not signed as made of the pull request, whoever tells of it", async () => {
    await project.git("checkout", "-q", "-b", "topic");
    await project.edit(`images/${FAMILY}/Dockerfile`, (text) => `${text}# Topic\n`);
    const pin = `${place(FAMILY)}@${digests[0] ?? ""}`;
    await writeFile(join(project.root, ".gitattributes"), `${CRLF} text eol=crlf ident\n`);
    await writeFile(join(project.root, CRLF), `# $Id$\nimage: ${pin}\n`);
    const sha = await project.commit("Change the image in a pull request");
    const number = await opened("topic");
    await project.git("checkout", "-q", "main");
    assert.equal((await propose("--pull-request", String(number))).outcome, "nothing");
    const digest = await candidate(sha);
    assert.match(await refusedFor(number), /not pinned: sha256:.* it has no provenance/);
    const contentName = await contentNameOf(number, digest);
    topic = { number, sha, contentName };
    await sign(digest, number + 1000, contentName);
    assert.match(await refusedFor(number), /the statement is of pull request \d+, not /);
    assert.equal((await pull(number)).head.sha, sha);
  });

  it("commits a pull request's candidates to its own branch, and has nothing to do afterwards", async () => {
    const { number, sha, contentName } = topic;
    const digest = await candidate(sha);
    await sign(digest, number, contentName);
    // Told later, and nothing of it is signed.
    await candidate(sha);
    const before = await inBare(CRLF, "topic");
    const told1 = await propose("--pull-request", String(number));
    assert.equal(told1.outcome, "committed", JSON.stringify(told1));
    const now = await pull(number);
    assert.equal(now.head.sha, told1.commit);
    const text = await inBare(WORKFLOW, "topic");
    const written = `${place(FAMILY)}-candidate@${digest}`;
    assert.ok(text.includes(written), text);
    const old = `${place(FAMILY)}@${digests[0] ?? ""}`;
    assert.equal(await inBare(CRLF, "topic"), before.replace(old, written));
    assert.equal(await project.git("-C", bare, "rev-parse", "topic~1"), sha);
    assert.equal((await propose("--pull-request", String(number))).outcome, "nothing");
    // Its own new head tells the same digest, which it pins.
    await told(told1.commit ?? "", digest);
    assert.match((await propose("--pull-request", String(number))).reason ?? "", /already/);
  });

  it("commits nothing to a pull request's branch for a date alone", async () => {
    const { number } = topic;
    await project.git("checkout", "-q", "topic");
    await project.git("pull", "-q", "origin", "topic");
    const digest = /-candidate@(sha256:\S+)/.exec(await inBare(WORKFLOW, "topic"))?.[1] ?? "";
    await project.edit(WORKFLOW, (text) => text.replace(/ # .*\n$|\n$/, " # 2020-01-01\n"));
    const sha = await project.commit("Write a date beside the candidate");
    // GitHub hears of a branch that it moves by itself.
    await project.git("push", "-q", "origin", "topic:dated");
    await moveBranch(github, REPO, "topic", { sha, force: false });
    await project.git("checkout", "-q", "main");
    await told(sha, digest);
    assert.match((await propose("--pull-request", String(number))).reason ?? "", /already/);
    assert.equal((await pull(number)).head.sha, sha);
  });

  const comments = async (number: number) =>
    (
      await github.octokit.request("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...{ ...REPO, issue_number: number },
      })
    ).data;
  const commandOf = (digest: string) =>
    `npm run -s slipway -- pins bump ${FAMILY} --to ${place(FAMILY)}-candidate@${digest}`;

  it("tells the author of a pull request from a fork what to run, in one comment", async () => {
    await project.git("checkout", "-q", "-b", "theirs", "main");
    await project.edit(`images/${FAMILY}/Dockerfile`, (text) => `${text}# Theirs\n`);
    const sha = await project.commit("Change something in a fork");
    const number = await machinery.putPullRequest({
      ...{ headRepository: "mallory/pytorch", headRef: "theirs", headSha: sha },
    });
    await project.git("push", "-q", "origin", `HEAD:refs/pull/${number}/head`);
    await project.git("checkout", "-q", "-b", "merged", "main");
    await project.git("merge", "-q", "--no-ff", "-m", "Merge", "theirs");
    await project.git("push", "-q", "origin", `HEAD:refs/pull/${number}/merge`);
    await machinery.changePullRequest({ number, mergeCommitSha: await head() });
    await project.git("checkout", "-q", "main");
    const digest = await candidate(sha);
    assert.match(await refusedFor(number), /it has no provenance/);
    assert.deepEqual(await comments(number), []);
    await sign(digest, number, await contentNameOf(number, digest));
    assert.equal((await propose("--pull-request", String(number))).outcome, "commented");
    assert.equal((await propose("--pull-request", String(number))).outcome, "commented");
    const data = await comments(number);
    assert.equal(data.length, 1);
    assert.ok(data[0]?.body?.includes(commandOf(digest)), data[0]?.body);
  });

  it("writes no branch whose commits publish, and tells what to run instead", async () => {
    await project.git("checkout", "-q", "-b", "stage/docker/try", "main");
    await project.edit(`images/${FAMILY}/Dockerfile`, (text) => `${text}# Stage\n`);
    const sha = await project.commit("Change the image on a stage branch");
    const number = await opened("stage/docker/try");
    await project.git("checkout", "-q", "main");
    const digest = await candidate(sha);
    await sign(digest, number, await contentNameOf(number, digest));
    assert.equal((await propose("--pull-request", String(number))).outcome, "commented");
    assert.equal((await pull(number)).head.sha, sha);
    const [comment] = await comments(number);
    assert.match(comment?.body ?? "", /Its branch `stage\/docker\/try` publishes \(a stage branch/);
    assert.ok(comment?.body?.includes(commandOf(digest)), comment?.body);
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
