import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromLists, knownImages } from "../../../cli/pins/known-images.ts";
import { type ImageList, imageListText } from "../../../rules/image-list.ts";

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const commit = "c".repeat(40);
const entry = (letter: string, contentName: string) => ({
  ...{ digest: digestOf(letter), contentName, commit, platforms: ["linux/amd64"], names: [] },
  references: {
    "docker.io": `docker.io/pytorch/x@${digestOf(letter)}`,
    "ghcr.io": `ghcr.io/pytorch/x@${digestOf(letter)}`,
  } as const,
});
const contentOf = (letter: string) => `cuda12.8-k${letter.repeat(40)}`;
const list = (channel: string, letter: string): ImageList => ({
  ...{ version: 1, repository: "pytorch/pytorch", channel, ref: `refs/heads/${channel}`, commit },
  families: {
    builder: { images: { "cuda12.8": entry(letter, contentOf(letter)) } },
    tools: { images: { default: entry("d", `k${"d".repeat(40)}`) } },
  },
});

describe("the images that lists know", () => {
  it("are every list's, with what a list says of them", () => {
    const { all } = fromLists([list("main", "a"), list("release/2.10", "b")], "main");
    assert.deepEqual(
      all.map(({ image, channel, digest }) => [image, channel, digest]),
      [
        ["builder/cuda12.8", "main", digestOf("a")],
        ["tools", "main", digestOf("d")],
        ["builder/cuda12.8", "release/2.10", digestOf("b")],
        ["tools", "release/2.10", digestOf("d")],
      ],
    );
    const [{ references, contentName, platforms } = all[1]!] = all;
    assert.deepEqual(references, [
      `docker.io/pytorch/x@${digestOf("a")}`,
      `ghcr.io/pytorch/x@${digestOf("a")}`,
    ]);
    assert.equal(contentName, contentOf("a"));
    assert.deepEqual(platforms, ["linux/amd64"]);
  });

  it("have what the stack's own channel published last, else what the given list has", () => {
    const lists = [list("release/2.10", "b"), list("main", "a")];
    assert.equal(fromLists(lists, "main").latest("builder/cuda12.8")?.digest, digestOf("a"));
    assert.equal(
      fromLists(lists, "release/2.10").latest("builder/cuda12.8")?.digest,
      digestOf("b"),
    );
    assert.equal(fromLists(lists, "release/2.9").latest("builder/cuda12.8"), undefined);
    assert.equal(fromLists([lists[0]!]).latest("builder/cuda12.8")?.digest, digestOf("b"));
    assert.equal(fromLists([lists[0]!]).latest("builder/cuda12.6"), undefined);
    assert.equal(fromLists([]).latest("tools"), undefined);
  });
});

describe("where known images come from", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-known-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  it("is a file, offline too", async () => {
    const file = join(folder, "images.json");
    await writeFile(file, imageListText(list("main", "a")));
    const known = await knownImages(undefined, { images: file, offline: true });
    assert.equal(known.latest("tools")?.digest, digestOf("d"));
  });

  it("is nowhere without a stack, and offline without a file", async () => {
    assert.deepEqual((await knownImages(undefined, { offline: false })).all, []);
    assert.deepEqual((await knownImages(undefined, { offline: true })).all, []);
  });

  it("is no registry offline, whose list may be named by tag or digest", async () => {
    for (const images of [
      "ghcr.io/pytorch/slipway-images:main",
      `ghcr.io/pytorch/slipway-images@${digestOf("a")}`,
    ]) {
      await assert.rejects(knownImages(undefined, { images, offline: true }), {
        name: "UserError",
        message: `--images ${images} is on a registry, and --offline asks none; name a file, or leave one of the two away`,
      });
    }
  });

  it("is told of a file that is not there, or holds no list", async () => {
    const missing = join(folder, "lists/images.json");
    await assert.rejects(knownImages(undefined, { images: missing, offline: false }), {
      message: new RegExp(`^--images ${missing}: cannot be read \\(ENOENT\\)`),
    });
    const bad = join(folder, "bad.json");
    await writeFile(bad, "{");
    await assert.rejects(knownImages(undefined, { images: bad, offline: false }), {
      name: "ProblemsError",
      message: /bad\.json: 1 problem/,
    });
  });
});
