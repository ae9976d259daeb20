import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readClearKeys, readStackFiles } from "../../context/stack-files.ts";
import { channelClashes } from "../../rules/channel-clash.ts";

describe("the files of a project's stacks", () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), "slipway-stacks-"))));
  afterEach(() => rm(root, { recursive: true }));

  it("say what each stack publishes; one that cannot be read says nothing", async () => {
    const main = "config:\n  slipway:owner: pytorch\n  slipway:families:\n    - ci-image\n";
    for (const [file, text] of Object.entries({
      "Pulumi.yaml": "name: slipway\n",
      "Pulumi.main.yaml": main,
      "Pulumi.release-2.10.yaml": `${main}  slipway:channel: release/2.10\n`,
      "Pulumi.empty.yaml": "",
      "Pulumi.broken.yaml": "config: [",
      "notes.yaml": main,
    })) {
      await writeFile(join(root, file), text);
    }
    const stack = { owner: "pytorch", families: ["ci-image"], local: false };
    assert.deepEqual(readStackFiles(root), [
      { ...stack, name: "main", channel: "main" },
      { ...stack, name: "release-2.10", channel: "release/2.10" },
    ]);
  });

  it("tell which keys hold a value that is not encrypted, whatever namespace they leave out", async () => {
    await writeFile(
      join(root, "Pulumi.main.yaml"),
      [
        "config:",
        "  slipway:dockerToken: marker",
        "  ghcrToken: marker",
        "  slipway:githubToken:",
        "    secure: AAABAJ",
        "  slipway:dockerId:",
        "    secure: AAABAJ",
        "    more: marker",
        "  slipway:ghcrUser:",
        "  aws:region: us-east-1",
      ].join("\n"),
    );
    assert.deepEqual(readClearKeys(root, "main"), [
      "slipway:dockerToken",
      "slipway:ghcrToken",
      "slipway:dockerId",
      "aws:region",
    ]);
    assert.deepEqual(readClearKeys(root, "nowhere"), []);
  });

  it("of this project clash nowhere", () => {
    const stacks = readStackFiles(join(import.meta.dirname, "../.."));
    assert.ok(stacks.length >= 3);
    for (const stack of stacks) assert.deepEqual(channelClashes(stack, stacks), [], stack.name);
  });
});
