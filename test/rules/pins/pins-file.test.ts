import assert from "node:assert/strict";
import { readPinsFile } from "../../../rules/pins/pins-file.ts";

describe("pins.yaml", () => {
  it("says which other images are managed, what is left out and when a pin is old", () => {
    const text = `# ours
images: [docker.io/library/ubuntu, quay.io/pypa/manylinux_2_28_x86_64]
exclude: ["test/data/**"]
oldest: 180d
`;
    assert.deepEqual(readPinsFile(text), {
      file: {
        images: ["docker.io/library/ubuntu", "quay.io/pypa/manylinux_2_28_x86_64"],
        exclude: ["test/data/**"],
        oldest: 180 * 86_400_000,
      },
    });
  });

  for (const text of ["", "# nothing yet\n", "{}\n"]) {
    it(`may say nothing: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readPinsFile(text), { file: { images: [], exclude: [] } });
    });
  }

  it("tells all its faults at once, each with the rule and an example", () => {
    const text = `
images: [ubuntu, "ghcr.io/rocm/x:main"]
exclude: [/etc, ../other, ""]
oldest: half a year
ignore: []
`;
    const read = readPinsFile(text);
    assert.ok("problems" in read);
    assert.deepEqual(read.problems.map(({ path }) => path).sort(), [
      "exclude[0]",
      "exclude[1]",
      "exclude[2]",
      "ignore",
      "images[0]",
      "images[1]",
      "oldest",
    ]);
    const messages = read.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
    assert.match(messages, /oldest: "half a year" is not an age, e\.g\. 180d or 26w/);
    assert.match(messages, /images\[0\]: .*docker\.io\/library\/ubuntu/);
    assert.match(messages, /ignore: unknown key; the keys here are images, exclude, oldest/);
  });

  it("refuses what stands twice, an age of nothing, and what is no map", () => {
    for (const [text, path] of [
      ["images: [quay.io/a/b, quay.io/a/b]", "images"],
      ["oldest: 0d", "oldest"],
      ["images: quay.io/a/b", "images"],
      ["- images", "(document)"],
      ["images: []\nimages: []", "line 2"],
      ["images: [", "line 1"],
      ["images: *none", "(file)"],
    ] as const) {
      const read = readPinsFile(text);
      assert.ok("problems" in read, text);
      assert.equal(read.problems[0]?.path, path, text);
    }
  });
});
