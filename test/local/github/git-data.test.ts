import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmulatedRepository } from "../../support/emulated-repository.ts";
import { REPO, REPOSITORY, OWNER, refusal, useEmulator } from "./test-emulator.ts";

const TREES = "POST /repos/{owner}/{repo}/git/trees";
const REFS = "POST /repos/{owner}/{repo}/git/refs";
const REF = "/repos/{owner}/{repo}/git/refs/{ref}";
const CONTENTS = "GET /repos/{owner}/{repo}/contents/{path}";

describe("git data of the GitHub emulator", () => {
  const emulator = useEmulator();
  const made = () => new EmulatedRepository(emulator.octokit, REPO);

  it("is what git itself would have written, byte for byte", async () => {
    const files = { "a.txt": "one\n", "docs/ü b.md": Buffer.from([0xff, 0xfe, 0x41, 0]) };
    const { tree } = await made().commit(files);
    const folder = mkdtempSync(join(tmpdir(), "git-data-"));
    try {
      const git = (args: readonly string[], input?: string | Buffer) =>
        execFileSync("git", ["-C", folder, ...args], { input, encoding: "utf8" }).trim();
      git(["init", "-q"]);
      for (const [path, content] of Object.entries(files)) {
        const sha = git(["hash-object", "-w", "--stdin"], content);
        git(["update-index", "--add", "--cacheinfo", `100644,${sha},${path}`]);
      }
      assert.equal(git(["write-tree"]), tree);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("has trees made from others, files put in, changed and taken out, and tells them whole or a folder at a time", async () => {
    const repository = made();
    const { tree: base } = await repository.commit({ "a/b/c": "1", "a/d": "2", e: "3" });
    const changed = await emulator.octokit.request(TREES, {
      ...REPO,
      base_tree: base,
      tree: [
        { path: "a/b/c", mode: "100755", type: "blob", content: "new" },
        { path: "a/d", mode: "100644", type: "blob", sha: null },
      ],
    });
    const ask = async (recursive?: string) => {
      const { data } = await emulator.octokit.request(
        "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
        {
          ...{ ...REPO, tree_sha: changed.data.sha },
          ...(recursive !== undefined && { recursive }),
        },
      );
      return data.tree.map(({ path, mode, type }) => `${mode} ${type} ${path}`);
    };
    assert.deepEqual(await ask(), ["040000 tree a", "100644 blob e"]);
    assert.deepEqual(await ask("1"), [
      ...["040000 tree a", "040000 tree a/b", "100755 blob a/b/c", "100644 blob e"],
    ]);
  });

  it("refuses trees and commits of what is not there", async () => {
    const { tree } = await made().commit({ a: "1" });
    const nothing = "0".repeat(40);
    const entry = { path: "a", mode: "100644", type: "blob", sha: nothing } as const;
    const commits = "POST /repos/{owner}/{repo}/git/commits";
    const { octokit } = emulator;
    const refused = [
      octokit.request(TREES, { ...REPO, tree: [entry] }),
      octokit.request(TREES, { ...REPO, base_tree: nothing, tree: [{ ...entry, content: "" }] }),
      octokit.request(commits, { ...REPO, message: "m", tree: nothing }),
      octokit.request(commits, { ...REPO, message: "m", tree, parents: [nothing] }),
    ];
    for (const request of refused) assert.equal((await refusal(request)).status, 422);
    const blob = octokit.request("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", {
      ...{ ...REPO, file_sha: tree },
    });
    assert.equal((await refusal(blob)).status, 404);
  });

  it("moves a branch forwards, and backwards by force alone", async () => {
    const repository = made();
    const { sha: first } = await repository.commit({ a: "1" });
    const { sha: second } = await repository.commit({ a: "2" }, first);
    await emulator.octokit.request(REFS, { ...REPO, ref: "refs/heads/b/c", sha: first });
    const again = emulator.octokit.request(REFS, { ...REPO, ref: "refs/heads/b/c", sha: first });
    assert.equal((await refusal(again)).message, "Reference already exists");
    const move = (sha: string, force = false) =>
      emulator.octokit.request(`PATCH ${REF}`, { ...REPO, ref: "heads/b/c", sha, force });
    assert.equal((await move(second)).data.object.sha, second);
    assert.equal((await refusal(move(first))).message, "Update is not a fast forward");
    assert.equal((await move(first, true)).data.object.sha, first);
    assert.equal((await refusal(move("0".repeat(40)))).message, "Object does not exist");
    await emulator.octokit.request(`DELETE ${REF}`, { ...REPO, ref: "heads/b/c" });
    assert.equal((await refusal(move(second))).message, "Reference does not exist");
    for (const ref of ["main", "refs/heads/a..b"]) {
      const wrong = emulator.octokit.request(REFS, { ...REPO, ref, sha: first });
      assert.equal((await refusal(wrong)).message, "Reference name is not valid");
    }
  });

  it("gives files and folders of a branch, a tag or a commit", async () => {
    const { sha } = await made().commit(
      { "docs/a b.md": "text\n", "docs/c": "" },
      undefined,
      "files",
    );
    const get = async (path: string, ref?: string) =>
      (
        await emulator.octokit.request(CONTENTS, {
          ...REPO,
          path,
          ...(ref !== undefined && { ref }),
        })
      ).data;
    for (const ref of ["files", sha]) {
      const file = await get("docs/a b.md", ref);
      assert.ok(!Array.isArray(file) && file.type === "file" && "content" in file);
      assert.equal(Buffer.from(file.content, "base64").toString(), "text\n");
    }
    const folder = await get("docs", "files");
    assert.ok(Array.isArray(folder));
    assert.deepEqual(
      folder.map(({ path }) => path),
      ["docs/a b.md", "docs/c"],
    );
    assert.equal((await refusal(get("docs/d", "files"))).status, 404);
    assert.equal((await refusal(get("docs", "nowhere"))).status, 404);
    const asTheyAre = await emulator.fetch(
      `/repos/${OWNER}/${REPOSITORY}/contents/docs/c?ref=files`,
    );
    assert.equal(asTheyAre.status, 200);
  });

  it("lets a token write workflows only with the permission for it, and says so as GitHub does", async () => {
    const tree = [
      { path: ".github/workflows/a.yml", mode: "100644", type: "blob", content: "on: push\n" },
    ] as const;
    const as = async (permissions: Readonly<Record<string, "read" | "write">>) =>
      emulator.octokitOf(await emulator.github.putToken({ permissions }));
    const contents = await as({ contents: "write" });
    const refused = contents.request(TREES, { ...REPO, tree: [...tree] });
    assert.equal((await refusal(refused)).status, 404);
    const both = await as({ contents: "write", workflows: "write" });
    assert.equal((await both.request(TREES, { ...REPO, tree: [...tree] })).status, 201);
    const reader = await as({ contents: "read" });
    const other = reader.request(TREES, { ...REPO, tree: [...tree] });
    assert.equal((await refusal(other)).status, 403);
  });

  it("is that of a repository on this machine which somebody gave, and lasts when the emulator starts anew", async () => {
    const folder = mkdtempSync(join(tmpdir(), "git-data-"));
    try {
      const git = (...args: readonly string[]) =>
        execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" }).trim();
      git("init", "-q", "--bare", "-b", "main");
      const tree = git("mktree", "--missing");
      const commit = git(
        ...["-c", "user.name=A", "-c", "user.email=a@b", "commit-tree", tree, "-m", "First"],
      );
      git("update-ref", "refs/heads/main", commit);
      await emulator.github.giveGit({ repository: "octocat/fork", path: folder });
      await emulator.restart();
      const fork = { owner: "octocat", repo: "fork" };
      const path = "GET /repos/{owner}/{repo}/git/ref/{ref}";
      const { data } = await emulator.octokit.request(path, { ...fork, ref: "heads/main" });
      assert.equal(data.object.sha, commit);
      await emulator.octokit.request(REFS, { ...fork, ref: "refs/heads/topic", sha: commit });
      assert.equal(git("rev-parse", "refs/heads/topic"), commit);
      const post = (body: object) =>
        emulator.fetch("/_emulator/git", { method: "POST", body: JSON.stringify(body) });
      assert.equal((await post({ repository: "octocat/fork", path: tmpdir() })).status, 422);
      assert.equal((await post({ repository: "octocat/none", path: folder })).status, 404);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
