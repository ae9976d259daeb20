/*
 * `slipway pins promote` over a cloud of its own: what is taken over, and of what every name stays as it was. Each test is a merge
 * of its own; only the last ones change names.
 */
import assert from "node:assert/strict";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { pinName } from "../../../rules/names.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { sampleImage } from "../oci/sample-image.ts";
import {
  FAMILY,
  LABEL,
  type Merge,
  PromotionStage,
  REGISTRIES,
} from "./support/promotion-stage.ts";

const SIBLING = "ci-image/pytorch-linux-noble-rocm-n-py3";

describe("slipway pins promote", function () {
  this.timeout(5 * 60_000);
  let project: ProjectCopy;
  let stage: PromotionStage;

  before("start a cloud with a project that has commits", async function () {
    this.timeout(15 * 60_000);
    project = await ProjectCopy.make();
    stage = await PromotionStage.start(project);
  });
  after(() => project.remove());

  /** What leaves every name as it was, says why, and is no failure of the command. */
  async function leavesAll({ commit }: Merge, why: RegExp, expected = "built"): Promise<void> {
    const before = await stage.names();
    const { state, digest, reasons, reason } = await stage.promote(commit);
    assert.deepEqual({ state, digest }, { state: expected, digest: null });
    assert.match([...reasons, reason].join("\n"), why);
    assert.deepEqual(await stage.names(), before);
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

  it("warns of what is rebuilt of a commit that nobody merged where the tree pins candidates", async () => {
    const { host } = stage.cloud.registries["ghcr.io"];
    const file = join(project.root, "pushed.py");
    const digest = `sha256:${"8".repeat(64)}`;
    await writeFile(file, `A = "${host}/pytorch/${FAMILY}-candidate@${digest}"\n`);
    try {
      const { exitCode, stdout } = await inActions(await project.commit("Push with pins"));
      assert.equal(exitCode, 0);
      assert.match(
        stdout,
        /^::warning::images are built anew, and pins follow in a pull request: .* came in by no pull request/m,
      );
    } finally {
      await rm(file);
    }
  });

  it("takes nothing over where the pull request names no candidate", async () => {
    await leavesAll(await stage.merge(undefined), /no pin and no check of the pull request names/);
  });

  it("takes nothing over that has no provenance", async () => {
    await leavesAll(await stage.merge(await stage.candidate()), /it has no provenance/);
  });

  it("takes nothing over that is not there", async () => {
    await leavesAll(await stage.merge(`sha256:${"9".repeat(64)}`), /it has no provenance/);
  });

  const forged: readonly (readonly [string, Parameters<PromotionStage["signed"]>[2], RegExp])[] = [
    ["signed by another workflow", { job: { workflow: "up.yml" } }, /certificate is of .*up\.yml/],
    ["signed on another branch", { job: { ref: "refs/heads/topic" } }, /refs\/heads\/topic/],
    ["signed for another event", { job: { event: "pull_request_target" } }, /event is/],
    ["of another pull request", { provenance: { pullRequest: 9999 } }, /pull request 9999/],
    ["of another content", { provenance: { contentName: "x-k1" } }, /the content "x-k1"/],
    ["of another image", { provenance: { image: "ci-image/x" } }, /the image "ci-image\/x"/],
  ];
  for (const [name, other, why] of forged) {
    it(`takes nothing over that is ${name}`, async () => {
      const digest = await stage.candidate();
      const merged = await stage.merge(digest);
      await stage.signed(digest, merged.number, other);
      await leavesAll(merged, why);
    });
  }

  it("takes nothing over while a check of the head is under way, or when one failed", async () => {
    const digest = await stage.candidate();
    for (const [head, fields, why] of [
      ["1".repeat(40), { conclusion: "failure" }, /not passed: "tests" \(failure\)/],
      ["2".repeat(40), { status: "in_progress" }, /still under way: "tests" \(in_progress\)/],
    ] as const) {
      const merged = await stage.merge(digest, head);
      await stage.signed(digest, merged.number, { provenance: { head } });
      await stage.check(head, "tests", fields);
      await leavesAll(merged, why);
    }
  });

  it("takes nothing over when nothing was checked but what was made", async () => {
    const digest = await stage.candidate();
    const head = "5".repeat(40);
    const merged = await stage.merge(digest, head, false);
    await stage.signed(digest, merged.number, { provenance: { head } });
    await stage.check(head, `candidate ${LABEL}`, { conclusion: "success", externalId: digest });
    await leavesAll(merged, /nothing was checked on its head/);
  });

  it("leaves all to be built, warns and ends well while Sigstore gives no keys", async () => {
    const digest = await stage.candidate();
    const merged = await stage.merge(digest);
    await stage.signed(digest, merged.number);
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
    const merged = await stage.merge(await stage.candidate());
    const file = join(project.home, "cloud.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll(stage.cloud.github.token, "0".repeat(40)));
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
      document.setIn(["config", "slipway:repositoryId"], stage.ids.repositoryId + 1);
      return document.toString();
    });
    try {
      const digest = await stage.candidate();
      const merged = await stage.merge(digest);
      await stage.signed(digest, merged.number);
      await leavesAll(merged, /has the numbers .* see slipway:repositoryId/);
    } finally {
      await back();
    }
  });

  it("takes nothing over when somebody's status of the head is not good", async () => {
    const digest = await stage.candidate();
    const head = "3".repeat(40);
    const merged = await stage.merge(digest, head);
    await stage.signed(digest, merged.number, { provenance: { head } });
    await stage.github.octokit.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
      ...{ owner: "pytorch", repo: "pytorch", sha: head, state: "pending", context: "lab" },
    });
    await leavesAll(merged, /still under way: "lab" \(pending\)/);
  });

  it("takes nothing over when the merged tree has another content than was built", async () => {
    const digest = await stage.candidate();
    const back = await project.edit(
      `images/${FAMILY}/Dockerfile`,
      (text) => `${text}\nENV MORE=1\n`,
    );
    try {
      const merged = await stage.merge(digest);
      await stage.signed(digest, merged.number);
      await leavesAll(merged, /the content ".*", not "/);
    } finally {
      await back();
    }
  });

  it("gives the digest that a check tells its content name on every registry, and whoever comes later none", async () => {
    const digest = await stage.candidate();
    const head = "4".repeat(40);
    const merged = await stage.merge(undefined, head);
    await stage.signed(digest, merged.number, { provenance: { head } });
    await stage.check(head, `candidate ${LABEL}`, { conclusion: "success", externalId: digest });
    const { state, digest: taken } = await stage.promote(merged.commit);
    assert.deepEqual({ state, taken }, { state: "promoted", taken: digest });
    for (const registry of REGISTRIES) {
      assert.equal(
        await stage.client(registry, FAMILY).manifests.digest(stage.contentName),
        digest,
      );
    }
    // What the merged tree pins there must outlive its thirty days.
    const [kept] = (await stage.candidateNames("ecr")).filter((name) => name === pinName(digest));
    assert.equal(kept, pinName(digest));
    assert.ok(!(await stage.candidateNames("ghcr.io")).includes(pinName(digest)));

    const other = await stage.candidate();
    const later = await stage.merge(other);
    await stage.signed(other, later.number);
    const { state: stays, digest: stayed } = await stage.promote(later.commit);
    assert.deepEqual({ stays, stayed }, { stays: "there", stayed: digest });
  });

  it("takes the pinned digest that is good beside others that are not, and tells it image by image", async () => {
    const back = await project.edit(
      `images/${FAMILY}/Dockerfile`,
      (text) => `${text}\nENV MORE=2\n`,
    );
    try {
      const bad = await stage.candidate();
      const digest = await stage.candidate();
      const { host } = stage.cloud.registries["ghcr.io"];
      await writeFile(
        join(project.root, "other.py"),
        `A = "${host}/pytorch/${FAMILY}-candidate@${bad}"\n`,
      );
      const merged = await stage.merge(digest);
      // What the tree has now, by the command's own words.
      const { contentName: now } = await stage.promote(merged.commit);
      assert.notEqual(now, stage.contentName);
      await stage.signed(bad, merged.number, { provenance: { contentName: now }, job: { run: 1 } });
      await stage.signed(digest, merged.number, { provenance: { contentName: "x" } });
      await stage.signed(digest, merged.number, { provenance: { contentName: now } });
      const args = ["pins", "promote", "--stack", "local", "--commit", merged.commit];
      const { exitCode, stdout, stderr } = await project.slipway(args);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, new RegExp(`${LABEL} +promoted +${digest.slice(0, 19)}`));
      for (const registry of REGISTRIES) {
        assert.equal(await stage.client(registry, FAMILY).manifests.digest(now), digest);
      }
    } finally {
      await back();
    }
  });

  it("keeps a candidate that is pinned where a run ended before it did", async () => {
    const back = await project.edit(
      `images/${FAMILY}/Dockerfile`,
      (text) => `${text}\nENV MORE=4\n`,
    );
    try {
      const image = sampleImage();
      const digest = await stage.candidate(image);
      const { commit } = await stage.merge(digest);
      const { contentName: now } = await stage.promote(commit);
      for (const registry of REGISTRIES) await stage.publish(registry, image, now);
      assert.ok(!(await stage.candidateNames("ecr")).includes(pinName(digest)));
      const { state, digest: there, reasons } = await stage.promote(commit);
      assert.deepEqual({ state, there, reasons }, { state: "there", there: digest, reasons: [] });
      assert.ok((await stage.candidateNames("ecr")).includes(pinName(digest)));

      const unpinned = await stage.candidate();
      const later = await stage.merge(unpinned);
      await stage.promote(later.commit);
      assert.ok(!(await stage.candidateNames("ecr")).includes(pinName(unpinned)));
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
      const [digest, lost] = [await stage.candidate(), await stage.candidate(broken)];
      const head = "7".repeat(40);
      const merged = await stage.merge(undefined, head);
      const { contentName: now, images } = await stage.promote(merged.commit);
      const other = images.find(({ image }) => image === SIBLING);
      assert.ok(other !== undefined && other.contentName !== now);
      const { contentName: others } = other;
      await stage.signed(digest, merged.number, { provenance: { head, contentName: now } });
      await stage.signed(lost, merged.number, {
        provenance: { head, image: SIBLING, contentName: others },
      });
      await stage.check(head, `candidate ${LABEL}`, { conclusion: "success", externalId: digest });
      await stage.check(head, `candidate ${SIBLING}`, { conclusion: "success", externalId: lost });
      await stage.loseLayer(broken);
      const { state, images: ended } = await stage.promote(merged.commit);
      const sibling = ended.find(({ image }) => image === SIBLING);
      assert.deepEqual([state, sibling?.state], ["promoted", "unknown"], JSON.stringify(ended));
      // The tree has other pins of the family by now, with reasons of their own.
      const own = sibling?.reasons.filter((reason) => reason.includes(`@${lost}`)) ?? [];
      assert.equal(own.length, REGISTRIES.length, JSON.stringify(sibling));
      for (const registry of REGISTRIES) {
        assert.equal(await stage.client(registry, FAMILY).manifests.digest(now), digest);
        assert.equal(await stage.client(registry, FAMILY).manifests.digest(others), undefined);
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
