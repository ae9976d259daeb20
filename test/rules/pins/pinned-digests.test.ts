import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type PinnedDigest,
  pinnedDigestsFile,
  pinnedDigestsText,
  readPinnedDigests,
} from "../../../rules/pins/pinned-digests.ts";

const PIN: PinnedDigest = {
  digest: `sha256:${"a".repeat(64)}`,
  repository: "pytorch/ci-image",
  image: "ci-image/cuda12.8",
  seen: "2026-11-21",
  users: ["pytorch/vision@main"],
};

function faults(text: string): readonly string[] {
  const read = readPinnedDigests(text);
  return "problems" in read ? read.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

/** The file with changes to its one pin. */
const withPin = (changes: object): string =>
  JSON.stringify({ version: 1, pins: [{ ...PIN, ...changes }] });

describe("the file of a stack's pinned digests", () => {
  it("lies beside the stack's own", () => {
    assert.equal(pinnedDigestsFile("main"), "Pins.main.yaml");
  });

  it("reads as it was written, whatever is pinned, with users sorted and each once", () => {
    const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
    const pin: fc.Arbitrary<PinnedDigest> = fc.record({
      digest: hex.map((digits) => `sha256:${digits}`),
      repository: fc.constantFrom("pytorch/ci-image", "pytorch/ci-image-candidate", "rocm/x.y__z"),
      image: fc.constantFrom("ci-image/cuda12.8", "ci-image", "no_rocm_image", "123/456", "null"),
      seen: fc
        .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10)),
      users: fc.array(fc.constantFrom("a/b@main", "PyTorch/vision@release/2.10", "x/y@é"), {
        minLength: 1,
      }),
    });
    const distinct = fc.uniqueArray(pin, {
      selector: ({ repository, digest }) => `${repository}@${digest}`,
      maxLength: 5,
    });
    fc.assert(
      fc.property(distinct, (pins) => {
        const text = pinnedDigestsText(pins);
        assert.equal(pinnedDigestsText(pins.toReversed()), text);
        const read = readPinnedDigests(text);
        assert.ok("pinned" in read, JSON.stringify(read));
        const key = (one: PinnedDigest) => `${one.repository} ${one.digest}`;
        assert.deepEqual(
          read.pinned.pins,
          pins
            .map((one) => ({ ...one, users: [...new Set(one.users)].sort() }))
            .sort((a, b) => (key(a) < key(b) ? -1 : 1)),
        );
        assert.equal(pinnedDigestsText(read.pinned.pins), text);
      }),
    );
  });

  it("says in its first line what it is and who writes it", () => {
    assert.match(pinnedDigestsText([]), /^# Digests .* slipway pins protect writes this file\.\n/);
  });

  it("has all its faults told at once", () => {
    const pin = `{ digest: "sha256:abc", repository: "PyTorch/CI", image: "a/b@linux/arm64", seen: "2026-02-30", users: [], by: me }`;
    assert.deepEqual(faults(`version: 2\npins: [${pin}]\n`), [
      "version: 2 is not 1, the form that this program knows",
      'pins[0].digest: "sha256:abc" is not a digest: sha256: and 64 hex digits',
      'pins[0].repository: "PyTorch/CI" is not the path of a repository without its host, e.g. pytorch/ci-image',
      'pins[0].image: "a/b@linux/arm64" is not the label of an image or the name of its family, e.g. ci-image/cuda12.8',
      'pins[0].seen: "2026-02-30" is not a day of the calendar, e.g. 2027-01-31',
      "pins[0].users: [] is not a list of at least one user, each OWNER/NAME@BRANCH, e.g. pytorch/vision@main",
      "pins[0].by: unknown key; the keys here are digest, repository, image, seen, users",
    ]);
  });

  it("names no host, no user without a branch and no day without its numbers", () => {
    for (const changes of [
      { repository: "ghcr.io/pytorch/ci-image:x" },
      { repository: "ci-image" },
      { users: ["pytorch/vision"] },
      { users: ["pytorch@main"] },
      { users: ["pytorch/vision@ma in"] },
      { seen: "2026-11-21T00:00:00Z" },
      { digest: `sha512:${"a".repeat(64)}` },
    ]) {
      assert.equal(faults(withPin(changes)).length, 1, JSON.stringify(changes));
    }
    assert.deepEqual(faults(withPin({})), []);
  });

  it("says each pin once", () => {
    const other = { ...PIN, repository: "pytorch/ci-image-candidate" };
    const again = { ...PIN, users: ["pytorch/audio@main"] };
    assert.deepEqual(faults(JSON.stringify({ version: 1, pins: [PIN, other, again] })), [
      `pins[2]: ${PIN.digest} in pytorch/ci-image stands at pins[0] already; keep one, with the users of both`,
    ]);
  });

  it("is YAML, of one document and with keys of its own", () => {
    assert.match(faults("version: 1\npins: [\n").join(), /^line \d+: not YAML: /);
    assert.match(faults("version: 1\nversion: 1\npins: []\n").join(), /not YAML: Map keys must be/);
    assert.match(faults("").join(), /^\(document\): null is not a map of version and pins$/);
    const level = (depth: number) => `a${depth}: &a${depth} [${`*a${depth - 1}, `.repeat(9)}]`;
    const bomb = ["a0: &a0 [x]", ...[1, 2, 3, 4, 5, 6].map(level)].join("\n");
    assert.match(faults(bomb).join(), /an alias that nobody follows/);
  });
});
