/* Where a refresh reads its list, and files that it does not read. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { listedImages } from "../../../../cli/cache/refresh/listed-images.ts";
import { type ImageList, imageListText } from "../../../../rules/image-list.ts";
import { UserError } from "../../../../rules/problems.ts";
import { cacheStack } from "../../../integration/cache/support/cache-stack.ts";

const STACK = cacheStack("ci-image", ["rocm"], {
  ecr: "localhost:5001",
  "ghcr.io": "localhost:5002",
});
const DIGEST = `sha256:${"1".repeat(64)}`;
const LIST: ImageList = {
  ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
  commit: "c".repeat(40),
  families: {
    "ci-image": {
      images: {
        rocm: {
          ...{ digest: DIGEST, contentName: `rocm-k${"a".repeat(40)}`, commit: "c".repeat(40) },
          ...{ platforms: ["linux/amd64"], names: [] },
          references: { "ghcr.io": `localhost:5002/pytorch/ci-image@${DIGEST}` },
        },
      },
    },
  },
};

describe("the list that a refresh reads", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-listed-"));
  });
  after(() => rm(folder, { recursive: true }));

  const fileOf = async (content: string) => {
    const file = join(folder, "images.json");
    await writeFile(file, content);
    return file;
  };
  const refusal = async (given: string): Promise<string> => {
    try {
      await listedImages(STACK, "main", given);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error.message;
    }
    throw new Error(`${given} was taken`);
  };

  it("is that of a file, with its commit and its images at the stack's registries", async () => {
    const file = await fileOf(imageListText(LIST));
    const { source, commit, images } = await listedImages(STACK, "main", file);
    assert.deepEqual([source, commit], [file, LIST.commit]);
    assert.deepEqual(images[0]!.repositories, { "ghcr.io": "localhost:5002/pytorch/ci-image" });
  });

  it("is refused with all its faults, under the file's name", async () => {
    const file = await fileOf(
      imageListText({ ...LIST, channel: "release/2.10", repository: "pytorch/vision" }),
    );
    assert.match(
      await refusal(file),
      /images\.json: 2 problems\n {2}channel: .*\n {2}repository: /,
    );
    const form = await refusal(await fileOf(JSON.stringify({ "\u001b[31m$(id)": 2 })));
    assert.match(form, /\$\(id\): unknown key/);
    assert.ok(!form.includes("\u001b"));
    assert.match(await refusal(await fileOf("IMAGE=$(id)\n")), /\(file\): is no JSON/);
  });

  it("is refused when it lists nothing, which says nothing of what is to be kept", async () => {
    const file = await fileOf(imageListText({ ...LIST, families: {} }));
    assert.match(await refusal(file), /lists no image, .*; the store stays as it is/);
  });

  it("is not read from a file that is larger than any list, is none, or is not there", async () => {
    const large = await fileOf("");
    await truncate(large, 10_000_000);
    assert.match(
      await refusal(large),
      /has 10\.0 MB, and no list has more than 4\.2 MB; nothing of it was read/,
    );
    await mkdir(join(folder, "images"));
    assert.match(await refusal(join(folder, "images")), /is a folder; name a file/);
    assert.match(await refusal("/dev/zero"), /\/dev\/zero is no file/);
    const pipe = join(folder, "pipe");
    await execa("mkfifo", [pipe]);
    assert.match(await refusal(pipe), /pipe is no file/);
    assert.match(
      await refusal(join(folder, "none.json")),
      /there is no file .*none\.json, nor is that a reference/,
    );
    assert.match(await refusal(""), /--images is empty/);
  });

  it("is not read from a repository that is not the stack's for lists", async () => {
    for (const place of [
      "ghcr.io/pytorch/slipway-images",
      "localhost:5003/pytorch/slipway-images",
      "localhost:5001/pytorch/slipway-images",
      "localhost:5002/attacker/slipway-images",
      "localhost:5002/pytorch/ci-image",
      "localhost:5002/pytorch/slipway-images/x",
    ]) {
      const message = await refusal(`${place}:main`);
      assert.ok(
        message.startsWith(
          `--images: ${place} is not where stack local keeps its lists; write localhost:5002/pytorch/slipway-images:TAG or @DIGEST.`,
        ),
        message,
      );
    }
  });
});
