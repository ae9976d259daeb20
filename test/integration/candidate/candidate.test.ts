import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sigstoreOf } from "../../../cli/provenance/sigstore.ts";
import { verifiedProvenance } from "../../../cli/provenance/verified.ts";
import type { CandidateFile } from "../../../rules/candidate-file.ts";
import { type StagedPullRequest, useCandidateStage } from "./support/candidate-stage.ts";

const label = (text: string) => `${text}LABEL changed=yes\n`;
const CI = "ci-image/pytorch-linux-jammy-rocm-n-py3";
const CPU = "almalinux-builder/cpu";
const THEROCK = "no_rocm_image_ubuntu24_04";
/** Whose content no other test on the shared cloud wants to be missing. */
const RCCL = "therock_build_manylinux_rccl_x86_64";

/** Builds real images with a BuildKit. */
describe("the candidate of a pull request", function () {
  this.timeout(5 * 60_000);
  const stage = useCandidateStage();

  const outputsOf = (text: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      [...text.matchAll(/^([\w-]+)<<(.+)\n([^\n]*)\n\2$/gm)].map(
        ([, name = "", , value = ""]) => [name, value] as const,
      ),
    );
  const plan = async (run: string, ...args: readonly string[]) => planAs({}, run, ...args);
  const planAs = async (
    env: Readonly<Record<string, string>>,
    run: string,
    ...args: readonly string[]
  ) => {
    const file = join(await mkdtemp(join(stage().folder, "output-")), "github");
    await writeFile(file, "");
    const command = ["candidate", "plan", "--stack", "local", "--run", run, ...args];
    const result = await stage().slipway(command, { GITHUB_OUTPUT: file, ...env });
    return { ...result, outputs: outputsOf(await readFile(file, "utf8")) };
  };
  const trees = ({ checkout, baseCheckout }: StagedPullRequest) => [
    ...["--checkout", checkout, "--base", baseCheckout],
  ];
  const build = async (pull: StagedPullRequest, image: string) => {
    const folder = join(await mkdtemp(join(stage().folder, "built-")), "candidate");
    const command = ["candidate", "build", "--stack", "local", "--checkout", pull.checkout];
    const result = await stage().slipway([...command, "--image", image, "--output", folder]);
    return { ...result, folder };
  };
  const push = async (
    { checkout, number, merge, head, base }: StagedPullRequest,
    image: string,
    how: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ) =>
    stage().slipway(
      [
        ...["candidate", "push", "--stack", "local", "--json", "--checkout", checkout],
        ...["--image", image, ...how, "--pull-request", String(number)],
        ...["--merge", merge, "--head", head, "--base", base],
      ],
      env,
    );
  const fileOf = async (folder: string) =>
    JSON.parse(await readFile(join(folder, "candidate.json"), "utf8")) as CandidateFile;

  it("is planned, built, pushed with one digest to both registries, signed and told of last", async () => {
    const pull = await stage().pullRequest({ "images/ci-image/Dockerfile": label });
    const run = await stage().runOf(pull);
    const found = await plan(run);
    assert.deepEqual([found.exitCode, found.stderr], [0, ""]);
    assert.deepEqual(found.outputs, {
      "pull-request": String(pull.number),
      ...{ merge: pull.merge, head: pull.head, base: pull.base },
      stack: "local",
    });
    const { outputs, stdout } = await plan(run, ...trees(pull));
    assert.match(stdout, /ci-image\/pytorch-linux-jammy-rocm-n-py3 +build /);
    assert.equal(outputs["missing"], "true");
    assert.deepEqual([outputs["reuse"], outputs["reused"]], ["[]", "false"]);
    const present = JSON.parse(outputs["present"] ?? "") as { image: string }[];
    assert.ok(present.every(({ image }) => !image.startsWith("ci-image/")));
    assert.ok(present.some(({ image }) => image === "almalinux-builder/cpu"));

    const built = await build(pull, CI);
    assert.equal(built.exitCode, 0, built.stderr);
    assert.deepEqual((await readdir(built.folder)).sort(), [
      ...["blobs", "candidate.json", "index.json", "oci-layout"],
    ]);
    const file = await fileOf(built.folder);
    assert.equal(file.image, CI);

    const unsigned = await push(pull, CI, ["--from", built.folder], {
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of another job",
    });
    assert.equal(unsigned.exitCode, 1);
    assert.match(unsigned.stderr, /^error: .*token/);
    assert.deepEqual(await stage().checks(pull.head), []);

    const pushed = await push(pull, CI, ["--from", built.folder]);
    assert.deepEqual([pushed.exitCode, pushed.stderr], [0, ""]);
    const { ownerId, repositoryId } = await stage().client.repositoryNumbers("pytorch");
    for (const registry of ["ghcr.io", "ecr"] as const) {
      const repository = stage().candidates(registry, "ci-image");
      assert.equal(await repository.manifests.digest(file.digest), file.digest);
      assert.deepEqual(
        (await repository.tags()).filter((tag) => !tag.startsWith("sha256-")),
        [],
      );
      const expected = {
        ...{ image: CI, contentName: file.contentName, pullRequest: pull.number },
        ...{ repository: "pytorch/pytorch", repositoryId, ownerId },
      };
      const verified = await verifiedProvenance(
        repository,
        file.digest,
        expected,
        sigstoreOf({ cloud: stage().cloud }),
      );
      assert.partialDeepStrictEqual(verified, {
        provenance: { digest: file.digest, merge: pull.merge, head: pull.head, base: pull.base },
      });
    }
    assert.deepEqual(await stage().checks(pull.head), [[`candidate ${CI}`, file.digest]]);
    assert.partialDeepStrictEqual(JSON.parse(pushed.stdout), {
      ...{ image: CI, contentName: file.contentName, digest: file.digest },
    });

    const again = await push(pull, CI, ["--from", built.folder]);
    assert.equal(again.exitCode, 0, again.stderr);
  });

  it("has the digest that a publishing build of the same files gives", async () => {
    const pull = await stage().pullRequest({ "README.md": () => "Changes no image.\n" });
    const built = await build(pull, RCCL);
    assert.equal(built.exitCode, 0, built.stderr);
    const { contentName, digest } = await fileOf(built.folder);
    const published = await stage().slipway([
      ...["build", "--missing", "--stack", "local", "--image", RCCL, "--json"],
    ]);
    assert.equal(published.exitCode, 0, published.stderr);
    const repository = stage().repository("ghcr.io", RCCL);
    assert.equal(await repository.manifests.digest(contentName), digest);
  });

  it("is used again on the next commit, which pins it, and nothing is built", async () => {
    const pull = await stage().pullRequest({
      [`images/${THEROCK}/Dockerfile`]: (text) => `${text}LABEL changed=again\n`,
    });
    const built = await build(pull, THEROCK);
    const { digest } = await fileOf(built.folder);
    const pushed = await push(pull, THEROCK, ["--from", built.folder]);
    assert.equal(pushed.exitCode, 0, pushed.stderr);
    const { references } = JSON.parse(pushed.stdout) as { references: readonly string[] };

    // As of a fork, whose branch nobody else writes: only a check run of the commit before tells of it.
    const moved = await stage().moveOn(pull, { "docs/guide.md": () => "Changes no image.\n" });
    const unpinned = await plan(await stage().runOf(moved), ...trees(moved));
    assert.deepEqual(
      [unpinned.outputs["missing"], unpinned.outputs["reuse"]],
      ["false", JSON.stringify([THEROCK])],
      unpinned.stdout,
    );
    assert.match(unpinned.stdout, new RegExp(`a check run tells of ${digest}`));
    const again = await push(moved, THEROCK, ["--reuse"]);
    assert.deepEqual([again.exitCode, again.stderr], [0, ""]);
    assert.deepEqual(await stage().checks(moved.head), [[`candidate ${THEROCK}`, digest]]);

    const pinned = await stage().moveOn(moved, {
      ".github/workflows/test.yml": () => `container: ${references[0] ?? ""}\n`,
    });
    const planned = await plan(await stage().runOf(pinned), ...trees(pinned));
    assert.equal(planned.exitCode, 0, planned.stderr);
    assert.deepEqual(
      [planned.outputs["missing"], planned.outputs["reuse"], planned.outputs["reused"]],
      ["false", JSON.stringify([THEROCK]), "true"],
      planned.stdout,
    );
    const file = join(stage().cloud.folder, "sigstore", "trusted_root.json");
    await rename(file, `${file}.away`);
    try {
      const unanswered = await plan(await stage().runOf(pinned), ...trees(pinned));
      assert.equal(unanswered.exitCode, 1, unanswered.stdout);
      assert.match(unanswered.stderr, /no keys of a Sigstore/);
      assert.deepEqual(unanswered.outputs, {});
    } finally {
      await rename(`${file}.away`, file);
    }
    const permissions = { actions: "read", contents: "read", pull_requests: "read" } as const;
    const blindly = { GITHUB_TOKEN: await stage().github.putToken({ permissions }) };
    const blind = await planAs(blindly, await stage().runOf(pinned), ...trees(pinned));
    assert.equal(blind.exitCode, 1, blind.stdout);
    assert.match(blind.stderr, /check-runs: HTTP 403: .*Checks/);
    const told = await push(pinned, THEROCK, ["--reuse"]);
    assert.deepEqual([told.exitCode, told.stderr], [0, ""]);
    assert.deepEqual(await stage().checks(pinned.head), [[`candidate ${THEROCK}`, digest]]);

    const changed = await stage().moveOn(pinned, {
      [`images/${THEROCK}/Dockerfile`]: (text) => `${text}LABEL changed=once more\n`,
    });
    const next = await plan(await stage().runOf(changed), ...trees(changed));
    assert.deepEqual([next.outputs["missing"], next.outputs["reuse"]], ["true", "[]"]);
    const refused = await push(changed, THEROCK, ["--reuse"]);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /no candidate of k[0-9a-f]{40} can be reused: sha256:/);
    assert.deepEqual(await stage().checks(changed.head), []);
  });

  it("is not built again on the next commit where it is on ECR alone, which nobody can ask", async () => {
    const pull = await stage().pullRequest({ "images/almalinux-builder/Dockerfile": label });
    const built = await build(pull, CPU);
    const pushed = await push(pull, CPU, ["--from", built.folder]);
    assert.equal(pushed.exitCode, 0, pushed.stderr);
    const { references } = JSON.parse(pushed.stdout) as { references: readonly string[] };
    const pinned = await stage().moveOn(pull, {
      ".github/workflows/test.yml": () => `container: ${references[0] ?? ""}\n`,
    });
    const planned = await plan(await stage().runOf(pinned), ...trees(pinned));
    assert.match(planned.stdout, /almalinux-builder\/cpu +told /);
    const present = JSON.parse(planned.outputs["present"] ?? "") as { image: string }[];
    assert.ok(present.some(({ image }) => image === CPU));
    assert.ok(present.every(({ image }) => image !== "almalinux-builder/cuda12.8"));

    const changed = await stage().moveOn(pinned, {
      "images/almalinux-builder/Dockerfile": (text) => `${text}LABEL changed=again\n`,
    });
    const next = await plan(await stage().runOf(changed), ...trees(changed));
    assert.match(next.stdout, /almalinux-builder\/cpu +build /);
  });

  it("is not written when the image breaks its contract, or does not build", async () => {
    const breach = await stage().pullRequest({
      [`images/${THEROCK}/Dockerfile`]: (text) => `${text}USER root\nRUN mkdir -p /opt/rocm/bin\n`,
    });
    const broken = await build(breach, THEROCK);
    assert.equal(broken.exitCode, 1);
    assert.match(broken.stderr, /\/opt\/rocm/);
    await assert.rejects(readdir(broken.folder), { code: "ENOENT" });
    await assert.rejects(readdir(`${broken.folder}.part`), { code: "ENOENT" });

    const failing = await stage().pullRequest({
      [`images/${THEROCK}/Dockerfile`]: (text) => `${text}RUN false\n`,
    });
    const failed = await build(failing, THEROCK);
    assert.equal(failed.exitCode, 1);
    assert.match(failed.stderr, /does not build/);
    await assert.rejects(readdir(failed.folder), { code: "ENOENT" });
  });

  it("needs a run of pins.yml for an open pull request whose head it has", async () => {
    const pull = await stage().pullRequest({ [`images/${THEROCK}/Dockerfile`]: label });
    const other = await plan(await stage().runOf(pull, { workflow: "plan.yml" }));
    assert.equal(other.exitCode, 1);
    assert.match(other.stderr, /candidates are built after runs of \.github\/workflows\/pins\.yml/);
    const pushed = await plan(await stage().runOf(pull, { event: "push" }));
    assert.equal(pushed.exitCode, 1);

    const run = await stage().runOf(pull);
    const moved = await stage().moveOn(pull, { "README.md": () => "Read me.\n" });
    const old = await plan(run, ...trees(pull));
    assert.deepEqual(
      [old.exitCode, old.outputs["pull-request"], old.outputs["missing"]],
      [...[0, "", "false"]],
    );
    assert.match(old.stdout, /^Nothing to build: the head of pull request #\d+ is /);

    const foreign = await plan(await stage().runOf(moved), "--checkout", pull.checkout);
    assert.equal(foreign.exitCode, 1);
    assert.match(foreign.stderr, /is no merge of /);
  });

  it("is refused of another commit than the one that is checked out", async () => {
    const pull = await stage().pullRequest({ [`images/${THEROCK}/Dockerfile`]: label });
    const wrong = { ...pull, merge: "0".repeat(40) };
    const { exitCode, stderr } = await push(wrong, THEROCK, ["--from", pull.checkout]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /is at [0-9a-f]{40}, not at --merge 0{40}/);
  });
});
