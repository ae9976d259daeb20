import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CandidateFile } from "../../../rules/candidate-file.ts";
import { type StagedPullRequest, useCandidateStage } from "./support/candidate-stage.ts";
import { HostileArtifact } from "./support/hostile-artifact.ts";
import { HOSTILE_CASES } from "./support/hostile-cases.ts";

const FAMILY = "therock_build_manylinux_x86_64";

/** Each case is a process that pushes, as the approved job does. */
describe("what a job without credentials hands over", function () {
  this.timeout(3 * 60_000);
  const stage = useCandidateStage();
  let pull: StagedPullRequest;
  let built: string;
  let file: CandidateFile;
  before("build an image", async function () {
    this.timeout(5 * 60_000);
    pull = await stage().pullRequest({
      [`images/${FAMILY}/Dockerfile`]: (text) => `${text}LABEL changed=yes\n`,
    });
    built = join(stage().folder, "built");
    const { exitCode, stderr } = await stage().slipway([
      ...["candidate", "build", "--stack", "local", "--checkout", pull.checkout],
      ...["--image", FAMILY, "--output", built],
    ]);
    assert.equal(exitCode, 0, stderr);
    file = JSON.parse(await readFile(join(built, "candidate.json"), "utf8")) as CandidateFile;
  });

  const push = (from: string) =>
    stage().slipway([
      ...["candidate", "push", "--stack", "local", "--checkout", pull.checkout],
      ...["--image", FAMILY, "--from", from, "--pull-request", String(pull.number)],
      ...["--merge", pull.merge, "--head", pull.head, "--base", pull.base],
    ]);

  for (const { name, make, told } of HOSTILE_CASES) {
    it(`is refused with ${name}, before anything is pushed`, async () => {
      const folder = join(await mkdtemp(join(stage().folder, "case-")), "candidate");
      await cp(built, folder, { recursive: true });
      await make(new HostileArtifact(folder, file));
      const { exitCode, stdout, stderr } = await push(folder);
      assert.deepEqual([exitCode, stdout], [1, ""]);
      assert.match(stderr, told);
      // A user's message, and nothing of it that a terminal or a runner takes for a command.
      assert.match(stderr, /(?:^|\n)error: the candidate: \d+ problems?\n/);
      assert.doesNotMatch(stderr, /\u{1b}|^\s*::|\n\s+at /mu);

      const repository = stage().candidates("ghcr.io", FAMILY);
      for (const blob of await readdir(join(built, "blobs/sha256"))) {
        assert.equal(await repository.blobs.has(`sha256:${blob}`), false);
      }
      assert.deepEqual(await repository.tags(), []);
      assert.deepEqual(await stage().checks(pull.head), []);
      await rm(dirname(folder), { recursive: true });
    });
  }

  it("is pushed where it is one image of the tree, so that each of these was refused for what it had", async () => {
    const { exitCode, stderr } = await push(built);
    assert.equal(exitCode, 0, stderr);
    const repository = stage().candidates("ghcr.io", FAMILY);
    assert.equal(await repository.manifests.digest(file.digest), file.digest);
    assert.deepEqual(await stage().checks(pull.head), [[`candidate ${FAMILY}`, file.digest]]);
  });
});
