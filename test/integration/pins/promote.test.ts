/*
 * `slipway pins promote` over a cloud of its own: what is taken over, and of what every name stays as it was. Each test is a merge
 * of its own; only the last ones change names.
 */
import assert from "node:assert/strict";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import { parseDocument } from "yaml";
import { GithubClient } from "../../../github/client.ts";
import {
  type CredentialsByHost,
  Registries,
  type RepositoryClient,
} from "../../../oci/registries.ts";
import { runInvocation, type CandidateProvenance } from "../../../rules/pins/provenance.ts";
import { pinName } from "../../../rules/names.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { EmulatedGithub } from "../../support/emulator.ts";
import { issuerOf, type IssuedJob } from "../../support/oidc-issuer.ts";
import { push, sampleImage, type SampleImage } from "../oci/sample-image.ts";
import { attachAsJob } from "./support/job-signature.ts";

const LABEL = "ci-image/pytorch-linux-jammy-rocm-n-py3";
const SIBLING = "ci-image/pytorch-linux-noble-rocm-n-py3";
const FAMILY = "ci-image";
const HEAD = "a".repeat(40);
const REGISTRIES = ["ecr", "ghcr.io"] as const;

/** What `--json` tells of an image. */
interface Told {
  readonly image: string;
  readonly contentName: string;
  readonly state: string;
  readonly digest: string | null;
  readonly reasons: readonly string[];
}

describe("slipway pins promote", function () {
  this.timeout(5 * 60_000);
  let project: ProjectCopy;
  let cloud: LocalCloud;
  let github: GithubClient;
  let machinery: EmulatedGithub;
  let credentials: CredentialsByHost;
  let ids: { readonly repositoryId: number; readonly ownerId: number };
  let contentName: string;
  let runs = 100;
  const registries = new Registries();

  before("start a cloud with a project that has commits", async function () {
    this.timeout(15 * 60_000);
    project = await ProjectCopy.make();
    await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:families"], [FAMILY]);
      // As a stack whose numbers GitHub alone knows.
      document.deleteIn(["config", "slipway:repositoryId"]);
      document.deleteIn(["config", "slipway:ownerId"]);
      return document.toString();
    });
    await project.git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n");
    await project.commit("Begin");
    const started = await project.slipway(["local", "start"]);
    assert.equal(started.exitCode, 0, started.stderr);
    cloud = LocalCloud.parse(JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")));
    credentials = Object.fromEntries(
      Object.values(cloud.registries).map(({ host, username, password }) => [
        host,
        { username, password },
      ]),
    );
    const { endpoint, token } = cloud.github;
    github = new GithubClient({ owner: "pytorch", token, baseUrl: endpoint });
    machinery = new EmulatedGithub(cloud.github);
    ids = await github.repositoryNumbers("pytorch");
    const ecr = new ECR({
      endpoint: cloud.aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    for (const name of [FAMILY, `${FAMILY}-candidate`]) {
      await ecr.createRepository({
        repositoryName: `pytorch/${name}`,
        imageTagMutability: "IMMUTABLE",
      });
    }
    ecr.destroy();
    const first = await promote(await project.commit("Look"));
    contentName = first.contentName;
  });
  after(() => project.remove());

  const client = (registry: (typeof REGISTRIES)[number], name: string): RepositoryClient =>
    registries.repository(
      `${cloud.registries[registry].host}/pytorch/${name}`,
      credentials,
      "push",
    );

  /** What the command tells of the image, which it looks at with all others. */
  async function promote(
    commit: string,
    expected = 0,
  ): Promise<Told & { readonly reason: string; readonly images: readonly Told[] }> {
    const args = ["pins", "promote", "--stack", "local", "--commit", commit, "--json"];
    const { exitCode, stdout, stderr } = await project.slipway(args);
    assert.equal(exitCode, expected, `${stdout}\n${stderr}`);
    const { images, reason } = JSON.parse(stdout) as { images: Told[]; reason: string | null };
    const told = images.find(({ image }) => image === LABEL);
    assert.ok(told !== undefined, stdout);
    return { ...told, reason: reason ?? "", images };
  }

  /** Every name that the family has on every registry. */
  async function names(): Promise<readonly (readonly string[])[]> {
    return Promise.all(REGISTRIES.map((registry) => client(registry, FAMILY).tags()));
  }

  const candidateNames = async (registry: (typeof REGISTRIES)[number]) =>
    client(registry, `${FAMILY}-candidate`).tags();

  interface Merge {
    readonly head?: string;
    readonly commit: string;
    readonly number: number;
  }

  /** Merges a pull request that pins a digest as candidate, or none, and whose own checks passed. */
  async function merge(digest: string | undefined, head = HEAD, isChecked = true): Promise<Merge> {
    if (isChecked) await check(head, "lint", { conclusion: "success" });
    const { host } = cloud.registries["ghcr.io"];
    const pin =
      digest === undefined ? "" : `image: ${host}/pytorch/${FAMILY}-candidate@${digest}\n`;
    await writeFile(join(project.root, "job.yaml"), pin);
    const commit = await project.commit("Merge");
    const headRef = `topic-${commit.slice(0, 8)}`;
    const number = await machinery.putPullRequest({
      ...{ headRef, headSha: head, merged: true, mergeCommitSha: commit },
    });
    return { commit, number, head };
  }

  /** Pushes a candidate to where candidates are. */
  async function candidate(image: SampleImage = sampleImage()): Promise<string> {
    for (const registry of REGISTRIES) await push(image, client(registry, `${FAMILY}-candidate`));
    return image.manifest.digest;
  }

  /** Signs it as the job of a run of candidate.yml does, unless told otherwise. */
  async function signed(
    digest: string,
    number: number,
    other: { provenance?: Partial<CandidateProvenance>; job?: Partial<IssuedJob> } = {},
  ): Promise<void> {
    const run = ++runs;
    const job: IssuedJob = {
      ...ids,
      ...{ repository: "pytorch/pytorch", workflow: "candidate.yml", ref: "refs/heads/main" },
      ...{ sha: "b".repeat(40), event: "workflow_run", run, environment: "docker-candidate" },
      ...other.job,
    };
    const provenance: CandidateProvenance = {
      ...{ image: LABEL, contentName, digest, pullRequest: number, head: HEAD },
      ...{ merge: "c".repeat(40), base: "d".repeat(40), repository: "pytorch/pytorch" },
      ...{ repositoryId: ids.repositoryId, run: runInvocation("pytorch/pytorch", run, 1) },
      ...other.provenance,
    };
    const issuer = await issuerOf(cloud);
    const repositories = REGISTRIES.map((registry) => client(registry, `${FAMILY}-candidate`));
    await attachAsJob(repositories, provenance, { cloud, issuer, job });
  }

  async function check(
    sha: string,
    name: string,
    fields: { status?: "in_progress"; conclusion?: "success" | "failure"; externalId?: string },
  ): Promise<void> {
    const { status, conclusion, externalId } = fields;
    await github.octokit.request("POST /repos/{owner}/{repo}/check-runs", {
      ...{ owner: "pytorch", repo: "pytorch", name, head_sha: sha },
      ...(status && { status }),
      ...(conclusion && { conclusion, status: "completed" as const }),
      ...(externalId !== undefined && { external_id: externalId }),
    });
  }

  /** Takes the first layer of an image from the disks of all registries. */
  async function loseLayer({ manifest }: SampleImage): Promise<void> {
    const hex = manifest.document.layers?.[0]?.digest.slice("sha256:".length) ?? "none";
    const folder = join(project.home, "registries");
    const files = await readdir(folder, { recursive: true });
    const lost = files.filter((file) => file.endsWith(`${hex}/data`));
    assert.equal(lost.length, REGISTRIES.length);
    for (const file of lost) await rm(join(folder, file));
  }

  /** What leaves every name as it was, says why, and is no failure of the command. */
  async function leavesAll({ commit }: Merge, why: RegExp, expected = "built"): Promise<void> {
    const before = await names();
    const { state, digest, reasons, reason } = await promote(commit);
    assert.deepEqual({ state, digest }, { state: expected, digest: null });
    assert.match([...reasons, reason].join("\n"), why);
    assert.deepEqual(await names(), before);
  }

  /** The command as a job runs it. */
  const inActions = async (commit: string) =>
    project.slipway(["pins", "promote", "--stack", "local", "--commit", commit], {
      GITHUB_ACTIONS: "true",
    });

  it("leaves all to be built of a commit that nobody merged", async () => {
    const commit = await project.commit("Push");
    await leavesAll({ commit, number: 0 }, /came in by no pull request/);
  });

  it("takes nothing over where the pull request names no candidate", async () => {
    await leavesAll(await merge(undefined), /no pin and no check of the pull request names/);
  });

  it("takes nothing over that has no provenance", async () => {
    await leavesAll(await merge(await candidate()), /it has no provenance/);
  });

  it("takes nothing over that is not there", async () => {
    await leavesAll(await merge(`sha256:${"9".repeat(64)}`), /it has no provenance/);
  });

  const forged: readonly (readonly [string, Parameters<typeof signed>[2], RegExp])[] = [
    ["signed by another workflow", { job: { workflow: "up.yml" } }, /certificate is of .*up\.yml/],
    ["signed on another branch", { job: { ref: "refs/heads/topic" } }, /refs\/heads\/topic/],
    ["signed for another event", { job: { event: "pull_request_target" } }, /event is/],
    ["of another pull request", { provenance: { pullRequest: 9999 } }, /pull request 9999/],
    ["of another content", { provenance: { contentName: "x-k1" } }, /the content "x-k1"/],
    ["of another image", { provenance: { image: "ci-image/x" } }, /the image "ci-image\/x"/],
  ];
  for (const [name, other, why] of forged) {
    it(`takes nothing over that is ${name}`, async () => {
      const digest = await candidate();
      const merged = await merge(digest);
      await signed(digest, merged.number, other);
      await leavesAll(merged, why);
    });
  }

  it("takes nothing over while a check of the head is under way, or when one failed", async () => {
    const digest = await candidate();
    for (const [head, fields, why] of [
      ["1".repeat(40), { conclusion: "failure" }, /not passed: "tests" \(failure\)/],
      ["2".repeat(40), { status: "in_progress" }, /still under way: "tests" \(in_progress\)/],
    ] as const) {
      const merged = await merge(digest, head);
      await signed(digest, merged.number, { provenance: { head } });
      await check(head, "tests", fields);
      await leavesAll(merged, why);
    }
  });

  it("takes nothing over when nothing was checked but what was made", async () => {
    const digest = await candidate();
    const head = "5".repeat(40);
    const merged = await merge(digest, head, false);
    await signed(digest, merged.number, { provenance: { head } });
    await check(head, `candidate ${LABEL}`, { conclusion: "success", externalId: digest });
    await leavesAll(merged, /nothing was checked on its head/);
  });

  it("leaves all to be built, warns and ends well while Sigstore gives no keys", async () => {
    const digest = await candidate();
    const merged = await merge(digest);
    await signed(digest, merged.number);
    const file = join(project.home, "sigstore", "trusted_root.json");
    await rename(file, `${file}.away`);
    try {
      await leavesAll(merged, /no keys of a Sigstore/, "unknown");
      const { exitCode, stdout } = await inActions(merged.commit);
      assert.equal(exitCode, 0);
      assert.match(stdout, /^::warning::ci-image\/.*no keys of a Sigstore/m);
    } finally {
      await rename(`${file}.away`, file);
    }
  });

  it("leaves all to be built, warns and ends well while GitHub does not answer", async () => {
    const merged = await merge(await candidate());
    const file = join(project.home, "cloud.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll(cloud.github.token, "0".repeat(40)));
    try {
      await leavesAll(merged, /does not accept the token/, "unknown");
      const { exitCode, stdout } = await inActions(merged.commit);
      assert.equal(exitCode, 0);
      assert.match(stdout, /^::warning::images are built anew, .*does not accept the token/m);
    } finally {
      await writeFile(file, text);
    }
  });

  it("takes nothing over of a repository that has other numbers than the stack says", async () => {
    const back = await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:repositoryId"], ids.repositoryId + 1);
      return document.toString();
    });
    try {
      const digest = await candidate();
      const merged = await merge(digest);
      await signed(digest, merged.number);
      await leavesAll(merged, /has the numbers .* see slipway:repositoryId/);
    } finally {
      await back();
    }
  });

  it("takes nothing over when somebody's status of the head is not good", async () => {
    const digest = await candidate();
    const head = "3".repeat(40);
    const merged = await merge(digest, head);
    await signed(digest, merged.number, { provenance: { head } });
    await github.octokit.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
      ...{ owner: "pytorch", repo: "pytorch", sha: head, state: "pending", context: "lab" },
    });
    await leavesAll(merged, /still under way: "lab" \(pending\)/);
  });

  it("takes nothing over when the merged tree has another content than was built", async () => {
    const digest = await candidate();
    const back = await project.edit(
      `images/${FAMILY}/Dockerfile`,
      (text) => `${text}\nENV MORE=1\n`,
    );
    try {
      const merged = await merge(digest);
      await signed(digest, merged.number);
      await leavesAll(merged, /the content ".*", not "/);
    } finally {
      await back();
    }
  });

  it("gives the digest that a check tells its content name on every registry, and whoever comes later none", async () => {
    const digest = await candidate();
    const head = "4".repeat(40);
    const merged = await merge(undefined, head);
    await signed(digest, merged.number, { provenance: { head } });
    await check(head, `candidate ${LABEL}`, { conclusion: "success", externalId: digest });
    const { state, digest: taken } = await promote(merged.commit);
    assert.deepEqual({ state, taken }, { state: "promoted", taken: digest });
    for (const registry of REGISTRIES) {
      assert.equal(await client(registry, FAMILY).manifests.digest(contentName), digest);
    }
    // What the merged tree pins there must outlive its thirty days.
    const [kept] = (await candidateNames("ecr")).filter((name) => name === pinName(digest));
    assert.equal(kept, pinName(digest));
    assert.ok(!(await candidateNames("ghcr.io")).includes(pinName(digest)));

    const other = await candidate();
    const later = await merge(other);
    await signed(other, later.number);
    const { state: stays, digest: stayed } = await promote(later.commit);
    assert.deepEqual({ stays, stayed }, { stays: "there", stayed: digest });
  });

  it("takes the pinned digest that is good beside others that are not, and tells it image by image", async () => {
    const back = await project.edit(
      `images/${FAMILY}/Dockerfile`,
      (text) => `${text}\nENV MORE=2\n`,
    );
    try {
      const bad = await candidate();
      const digest = await candidate();
      const { host } = cloud.registries["ghcr.io"];
      await writeFile(
        join(project.root, "other.py"),
        `A = "${host}/pytorch/${FAMILY}-candidate@${bad}"\n`,
      );
      const merged = await merge(digest);
      // What the tree has now, by the command's own words.
      const { contentName: now } = await promote(merged.commit);
      assert.notEqual(now, contentName);
      await signed(bad, merged.number, { provenance: { contentName: now }, job: { run: 1 } });
      await signed(digest, merged.number, { provenance: { contentName: "x" } });
      await signed(digest, merged.number, { provenance: { contentName: now } });
      const args = ["pins", "promote", "--stack", "local", "--commit", merged.commit];
      const { exitCode, stdout, stderr } = await project.slipway(args);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, new RegExp(`${LABEL} +promoted +${digest.slice(0, 19)}`));
      for (const registry of REGISTRIES) {
        assert.equal(await client(registry, FAMILY).manifests.digest(now), digest);
      }
    } finally {
      await back();
    }
  });

  it("takes one image over while the candidate of another cannot be had, and ends well", async () => {
    const back = await project.edit(
      `images/${FAMILY}/Dockerfile`,
      (text) => `${text}\nENV MORE=3\n`,
    );
    try {
      const broken = sampleImage();
      const [digest, lost] = [await candidate(), await candidate(broken)];
      const head = "7".repeat(40);
      const merged = await merge(undefined, head);
      const { contentName: now, images } = await promote(merged.commit);
      const other = images.find(({ image }) => image === SIBLING);
      assert.ok(other !== undefined && other.contentName !== now);
      const { contentName: others } = other;
      await signed(digest, merged.number, { provenance: { head, contentName: now } });
      await signed(lost, merged.number, {
        provenance: { head, image: SIBLING, contentName: others },
      });
      await check(head, `candidate ${LABEL}`, { conclusion: "success", externalId: digest });
      await check(head, `candidate ${SIBLING}`, { conclusion: "success", externalId: lost });
      await loseLayer(broken);
      const { state, images: ended } = await promote(merged.commit);
      const sibling = ended.find(({ image }) => image === SIBLING);
      assert.deepEqual([state, sibling?.state], ["promoted", "unknown"], JSON.stringify(ended));
      // The tree has other pins of the family by now, with reasons of their own.
      const own = sibling?.reasons.filter((reason) => reason.includes(`@${lost}`)) ?? [];
      assert.equal(own.length, REGISTRIES.length, JSON.stringify(sibling));
      for (const registry of REGISTRIES) {
        assert.equal(await client(registry, FAMILY).manifests.digest(now), digest);
        assert.equal(await client(registry, FAMILY).manifests.digest(others), undefined);
      }
    } finally {
      await back();
    }
  });

  it("refuses a commit that is not checked out", async () => {
    const args = ["pins", "promote", "--stack", "local", "--commit", "5".repeat(40)];
    const { exitCode, stderr } = await project.slipway(args);
    assert.equal(exitCode, 1);
    assert.match(stderr, /is checked out, and contents follow from what is/);
  });
});
