import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { fromLists } from "../../../../cli/pins/known-images.ts";
import { pinsOfRepository } from "../../../../cli/pins/protect/pins-of-repository.ts";
import { RemoteRepository } from "../../../../cli/pins/protect/remote-repository.ts";
import { readStack } from "../../../../cli/stack.ts";

const YEAR = 365 * 86_400_000;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("the pins of a repository", function () {
  this.timeout(60_000);
  let folder: string;
  let repository: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "repository-"));
    repository = join(folder, "server", "a", "b.git");
    await mkdir(repository, { recursive: true });
    await git("init", "--quiet", "--initial-branch=main");
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const git = (...args: string[]) =>
    execa("git", ["-C", repository, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);

  /** Commits a pin and other files to a branch, which is the default one until the next checkout. */
  async function commit(
    branch: string,
    pinned: string,
    files: readonly (readonly [name: Buffer | string, text: string])[] = [],
  ): Promise<void> {
    const { configuration } = await readStack("therock");
    const image = `ghcr.io/${configuration.owner.toLowerCase()}/no_rocm_image_ubuntu24_04@${pinned}`;
    await git("checkout", "--quiet", "-B", branch);
    for (const [name, text] of [["a.yml", `image: ${image}\n`] as const, ...files]) {
      await writeFile(Buffer.concat([Buffer.from(`${repository}/`), Buffer.from(name)]), text);
    }
    await git("add", "--all");
    await git("commit", "--quiet", "-m", "c");
  }

  /** What each branch pins, or why nobody knows. */
  async function found(): Promise<Readonly<Record<string, readonly string[] | string>>> {
    const server = `file://${join(folder, "server")}`;
    const remote = new RemoteRepository("a/b", join(folder, "files"), server);
    const known = { images: fromLists([]), placed: [] };
    const branches: Record<string, readonly string[] | string> = {};
    for await (const branch of pinsOfRepository(remote, await readStack("therock"), known, YEAR)) {
      branches[branch.user] =
        "detail" in branch ? branch.detail : branch.pins.map((pin) => pin.digest);
    }
    return branches;
  }

  it("are those of its default branch and of its release branches", async () => {
    await commit("release/1.0", digest("b"));
    await commit("main", digest("a"));
    assert.deepEqual(await found(), {
      "a/b@main": [digest("a")],
      "a/b@release/1.0": [digest("b")],
    });
  });

  it("are known of the other branches where the pins.yaml of one has faults, which is told", async () => {
    await commit("release/1.0", digest("b"));
    await commit("main", digest("a"), [["pins.yaml", "oldest: never\nimages: 1\n"]]);
    const { "a/b@main": main, ...others } = await found();
    assert.match(String(main), /^pins\.yaml: 2 problems\n {2}images: .*\n {2}oldest: /);
    assert.deepEqual(others, { "a/b@release/1.0": [digest("b")] });
  });

  it("are known of the other branches where one has a path that is not UTF-8, which is told", async () => {
    await commit("main", digest("a"));
    const name = Buffer.from([0xe9]);
    await commit("release/1.0", digest("b"), [[name, `- ${digest("c")}\n`]]);
    await git("checkout", "--quiet", "main");
    const { "a/b@release/1.0": release, ...others } = await found();
    assert.match(String(release), /has a name that is not UTF-8/);
    assert.deepEqual(others, { "a/b@main": [digest("a")] });
  });
});
