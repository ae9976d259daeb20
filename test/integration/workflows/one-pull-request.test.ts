/*
 * An image is changed, tried, merged and published by one pull request, with one digest from its build to its names. Each test goes on
 * where the one before ended.
 */
import assert from "node:assert/strict";
import { credentialsOf } from "./support/credentials.ts";
import { HostedChanges } from "./support/hosted-changes.ts";
import { ownStage } from "./support/own-stage.ts";
import { pullRequestPayload } from "./support/payloads.ts";
import { PinnedImage } from "./support/pinned-image.ts";
import { REFUSED } from "./support/refused-candidates.ts";
import { jobOf, logOf, printTrace, ran, succeeded } from "./support/trace.ts";

const FAMILY = "no_rocm_image_ubuntu24_04";
const CHECK = `candidate ${FAMILY}`;
/** Of the one pull request that moves pins. */
const PROPOSED = "slipway/pins";

describe("an image that one pull request changes", function () {
  this.timeout(10 * 60_000);
  const stage = ownStage([FAMILY]);
  let changes: HostedChanges;
  let image: PinnedImage;
  let number: number;
  let before: string;
  let digest: string;
  let round = 1;

  const published = async (): Promise<ReadonlyMap<string, string>> =>
    stage().digests("ghcr.io", FAMILY);

  before_("pin what is published", async () => {
    changes = await HostedChanges.of(stage());
    image = new PinnedImage(stage(), FAMILY);
    before = (await stage().digest("ghcr.io", `${FAMILY}:main`)) ?? "";
    await stage().branch("main");
    await image.pin(image.repository, before);
    await changes.push("main", "Use the image");
  });

  it("is checked with no credential", async () => {
    await stage().branch("topic");
    await image.change(round);
    await changes.push("topic", "Set a variable");
    number = await changes.open("topic");
    const pins = succeeded(await changes.checkPins(number));
    assert.deepEqual(ran(pins), ["check"]);
    assert.deepEqual(await credentialsOf(pins, stage().hosting), []);
  });

  it("is built with no credential, pushed apart without a name, signed and pinned", async () => {
    const names = await published();
    const trace = succeeded(await changes.makeCandidates(await changes.checkPins(number), number));
    assert.deepEqual(ran(trace), ["plan", `build (${FAMILY})`, `push (${FAMILY})`, "propose"]);
    const build = { ...trace, jobs: [jobOf(trace, "build")] };
    assert.deepEqual(await credentialsOf(build, stage().hosting), []);
    const [own = "", ...others] = await image.pins("refs/heads/topic");
    assert.deepEqual(others, [own]);
    const [repository, pinned = ""] = own.split("@");
    assert.equal(repository, image.candidates);
    assert.notEqual(pinned, before);
    digest = pinned;
    assert.deepEqual(await published(), names);
    // Those of what is attached to a digest, where a registry has no list of that, are none of an image.
    const tags = [...(await stage().digests("ghcr.io", `${FAMILY}-candidate`)).keys()];
    assert.deepEqual(tags, [digest.replace(":", "-")]);
    assert.equal((await changes.toldDigests(number)).get(CHECK), undefined);
  });

  it("is told on the commit that pins it, where the pull request's own jobs run in it", async () => {
    const pins = succeeded(await changes.checkPins(number));
    const trace = succeeded(await changes.makeCandidates(pins, number));
    assert.deepEqual(ran(trace), ["plan", `reuse (${FAMILY})`]);
    assert.equal((await changes.toldDigests(number)).get(CHECK), digest);
    const payload = pullRequestPayload(stage().project, await changes.commits(number));
    const jobs = await stage().run({ file: "jobs.yml", event: "pull_request", payload });
    assert.equal(logOf(jobOf(succeeded(jobs), "run"), "Tell").trim(), "1");
  });

  it("has all of its names after the merge, with no other build", async () => {
    const { head } = await changes.commits(number);
    await changes.check(head.sha, "success");
    const commit = await changes.merge(number);
    const trace = succeeded(await stage().pushed("refs/heads/main"));
    assert.deepEqual(ran(trace), [
      ...["plan", "promote", `build (${FAMILY})`, "up-foundation", "record"],
    ]);
    assert.match(
      logOf(jobOf(trace, "promote"), "Promote"),
      new RegExp(`promoted +${short(digest)}`),
    );
    assert.match(logOf(jobOf(trace, "build"), "Build"), /nothing is missing/);
    const names = await published();
    for (const name of [await image.contentName(), "latest", "main", commit]) {
      assert.equal(names.get(name), digest, name);
    }
    assert.equal(
      (await stage().imageList("main")).families[FAMILY]?.images["default"]?.digest,
      digest,
    );
    succeeded(await changes.proposePins(trace));
    assert.deepEqual(await changes.openFrom(PROPOSED), []);
    const pin = `${image.candidates}@${digest}`;
    assert.deepEqual(await image.pins("refs/heads/main"), [pin, pin]);
  });

  for (const [what, spoil, why] of REFUSED) {
    it(`leaves every name as it was after ${what}`, async () => {
      const branch = `refused-${++round}`;
      await stage().branch(branch);
      await image.change(round);
      const opened = await spoil({ stage: stage(), changes, image, branch });
      await changes.merge(opened);
      const names = await published();
      // What is built then has names of its own, which the last test looks at.
      const results = { build: "failure", "up-foundation": "skipped", record: "skipped" } as const;
      const trace = await stage().pushed("refs/heads/main", results);
      const promote = jobOf(printTrace(trace), "promote");
      assert.equal(promote.result, "success");
      assert.match(logOf(promote, "Promote"), why);
      assert.deepEqual(await published(), names);
    });
  }

  it("is built anew where nothing was taken over, and pinned by one commit", async () => {
    const trace = succeeded(await stage().pushed("refs/heads/main"));
    const names = await published();
    const built = names.get("main") ?? "";
    assert.equal(names.get("latest"), built);
    assert.ok(![before, digest].includes(built));
    succeeded(await changes.proposePins(trace));
    const [follows = 0, ...others] = await changes.openFrom(PROPOSED);
    assert.deepEqual(others, []);
    const { base, head } = await changes.commits(follows);
    const { project } = stage();
    await project.git("fetch", "-q", "origin");
    const commits = await project.git("rev-list", `${base.sha}..${head.sha}`);
    assert.deepEqual(commits.split("\n"), [head.sha]);
    const pin = `${image.repository}@${built}`;
    assert.deepEqual(await image.pins(head.sha), [pin, pin]);
    succeeded(await changes.checkPins(follows));
    await changes.merge(follows);
    succeeded(await changes.proposePins(succeeded(await stage().pushed("refs/heads/main"))));
    assert.deepEqual(await changes.openFrom(PROPOSED), []);
  });
});

/** mocha's own, beside a variable of that name. */
function before_(title: string, hook: () => Promise<void>): void {
  before(title, async function () {
    this.timeout(5 * 60_000);
    await hook();
  });
}

/** As tables show it. */
function short(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
