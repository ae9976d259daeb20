import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { repositoryId } from "../../support/emulator.ts";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const LIST = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts";
const GET = "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}";
const DOWNLOAD = "/repos/pytorch/pytorch/actions/artifacts";

describe("artifacts of runs", () => {
  const emulator = useEmulator();
  const bytes = Buffer.from([0x50, 0x4b, 0, 0xff, 0xfe, 10, 13]);

  const run = (more: object = {}) =>
    emulator.github.putRun({
      ...{ workflow: "plan.yml", headSha: "a".repeat(40), headBranch: "topic" },
      ...{ event: "pull_request", status: "completed", conclusion: "success" },
      ...more,
    });
  const list = async (id: number, query: object = {}) =>
    (await emulator.octokit.request(LIST, { ...REPO, run_id: id, ...query })).data;

  it("are listed by run and by name, the last first", async () => {
    const [id, other] = [await run(), await run()];
    const put = (name: string, of = id) => emulator.github.putArtifact({ run: of, name, bytes });
    const [preview, again, code] = [await put("preview"), await put("preview"), await put("code")];
    await put("preview", other);
    const ids = async (query: object) => (await list(id, query)).artifacts.map((one) => one.id);
    assert.deepEqual(await ids({}), [code, again, preview]);
    assert.deepEqual(await ids({ name: "preview" }), [again, preview]);
    assert.deepEqual(await ids({ per_page: 1, page: 2 }), [again]);
    assert.equal((await list(id, { per_page: 1 })).total_count, 3);
    assert.equal((await refusal(list(1))).status, 404);
  });

  it("say what they hold and which run of which repository kept them", async () => {
    const id = await run({ headRepository: "somebody/pytorch" });
    const artifact = await emulator.github.putArtifact({ run: id, name: "preview", bytes });
    const { data } = await emulator.octokit.request(GET, { ...REPO, artifact_id: artifact });
    const { name, size_in_bytes: size, digest, expired, workflow_run: kept } = data;
    assert.deepEqual([name, size, expired], ["preview", bytes.length, false]);
    assert.equal(digest, `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    assert.deepEqual(kept, {
      id,
      repository_id: repositoryId("pytorch/pytorch"),
      head_repository_id: repositoryId("somebody/pytorch"),
      head_branch: "topic",
      head_sha: "a".repeat(40),
    });
    const deleted = await run({ headRepository: null });
    await emulator.github.putArtifact({ run: deleted, name: "preview", bytes });
    const [orphan] = (await list(deleted)).artifacts;
    assert.ok(orphan && !("head_repository_id" in orphan.workflow_run!));
  });

  it("are given away byte for byte at an address that needs no token and serves once", async () => {
    const id = await run();
    const artifact = await emulator.github.putArtifact({ run: id, name: "preview", bytes });
    const offered = await emulator.fetch(`${DOWNLOAD}/${artifact}/zip`);
    assert.equal(offered.status, 302);
    const location = offered.headers.get("location")!;
    assert.ok(location.startsWith(`${emulator.url}/`));
    const answer = await fetch(location);
    assert.equal(answer.headers.get("content-type"), "application/zip");
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
    assert.equal((await fetch(location)).status, 404);
    assert.equal((await fetch(`${location.slice(0, -1)}x`)).status, 404);
    const { data } = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}",
      { ...REPO, artifact_id: artifact, archive_format: "zip" },
    );
    assert.deepEqual(Buffer.from(data as ArrayBuffer), bytes, "Octokit follows");
  });

  it("are gone when they have expired, and have no other form than zip", async () => {
    const id = await run();
    const artifact = await emulator.github.putArtifact({
      ...{ run: id, name: "preview", bytes, expired: true },
    });
    assert.equal((await list(id)).artifacts[0]?.expired, true);
    assert.equal((await emulator.fetch(`${DOWNLOAD}/${artifact}/zip`)).status, 410);
    assert.equal((await emulator.fetch(`${DOWNLOAD}/${artifact}/tar`)).status, 404);
    assert.equal((await emulator.fetch(`${DOWNLOAD}/1/zip`)).status, 404);
  });

  it("may be large, are kept when the emulator starts anew, and are readable for their owner only", async () => {
    const id = await run();
    const large = Buffer.alloc(20 * 1024 * 1024, 7);
    const artifact = await emulator.github.putArtifact({ run: id, name: "large", bytes: large });
    await emulator.restart();
    const answer = await fetch(
      (await emulator.fetch(`${DOWNLOAD}/${artifact}/zip`)).headers.get("location")!,
    );
    assert.ok(large.equals(Buffer.from(await answer.arrayBuffer())));
    const file = join(emulator.folder, "artifacts", `${artifact}.zip`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("are put there with the token alone, for a run that is there, with a name", async () => {
    const id = await run();
    const put = async (query: Record<string, string>, headers = {}) => {
      const search = new URLSearchParams({ repository: "pytorch/pytorch", ...query }).toString();
      const path = `/_emulator/artifacts?${search}`;
      return (await emulator.fetch(path, { method: "POST", body: "x", headers })).status;
    };
    const whole = { run: String(id), name: "preview" };
    assert.equal(await put(whole, { authorization: "Bearer wrong" }), 401);
    assert.equal(await put({ ...whole, name: "" }), 422);
    assert.equal(await put({ ...whole, run: "x" }), 422);
    assert.equal(await put({ ...whole, run: "1" }), 404);
    assert.equal(await put({ ...whole, repository: "pytorch/other" }), 404);
    assert.equal(await put(whole), 200);
  });
});
