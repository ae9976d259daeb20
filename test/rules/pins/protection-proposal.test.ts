import assert from "node:assert/strict";
import fc from "fast-check";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import {
  protectionBody,
  type ProtectionText,
  protectionTitle,
} from "../../../rules/pins/protection-proposal.ts";

const pin = (letter: string, ...users: string[]): PinnedDigest => ({
  ...{ digest: `sha256:${letter.repeat(64)}`, repository: "pytorch/tools", image: "tools" },
  ...{ seen: "2026-11-21", users },
});
const lost = (user: string, detail = "missing: no such digest") => {
  const { digest, repository, image } = pin("d");
  return { pin: { digest, repository, image, user }, detail };
};
const text: ProtectionText = {
  ...{ file: "Pins.main.yaml", added: [], released: [], gone: [], lost: [] },
};

describe("the proposal of protected pins", () => {
  it("says what is new, released, gone and lost, with who has it", () => {
    const body = protectionBody({
      ...{ ...text, added: [pin("a", "a/new@main")], released: [pin("b", "a/old@main")] },
      ...{ gone: [pin("c", "a/gone@main")], lost: [lost("a/lost@main")] },
    });
    const parts = body.split("### ").slice(1);
    const shown = ["a/new", "a/old", "a/gone", "a/lost"];
    assert.deepEqual(
      parts.map((part) => shown.filter((user) => part.includes(`\`${user}@main\``))),
      shown.map((user) => [user]),
    );
    assert.match(parts[3] ?? "", /`missing: no such digest`/);
  });

  it("is called by what it changes", () => {
    const one = [pin("a", "a/b@c")];
    const two = [...one, pin("b", "a/b@c")];
    assert.equal(protectionTitle({ ...text, added: two }), "Protect 2 more pinned digests");
    assert.equal(
      protectionTitle({ ...text, added: one, gone: one }),
      "Protect 1 more pinned digest, release 1",
    );
    assert.equal(protectionTitle({ ...text, released: two }), "Release 2 digests");
    assert.equal(protectionTitle(text), "Say when pinned digests were seen last");
  });

  it("is within what GitHub takes, and lets nothing of others out of its code span", () => {
    const hostile = fc.array(fc.constantFrom("`", "|", "@", "\u0301", "<", "\n", "a"), {
      maxLength: 300,
    });
    const word = hostile.map((characters) => characters.join(""));
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 300 }), (user, detail, many) => {
        const pins = Array.from({ length: many }, () => pin("a", `a/b@${user}`, user, user, user));
        const losts = Array.from({ length: many }, () => lost(`a/b@${user}`, detail));
        const body = protectionBody({
          ...text,
          added: pins,
          released: pins,
          gone: pins,
          lost: losts,
        });
        assert.ok(Array.from(body).length <= 65_536);
        for (const line of body.split("\n")) {
          const outside = line.replaceAll(/`[^`]*`/g, "");
          assert.doesNotMatch(outside, /[@<`]/);
        }
      }),
      { numRuns: 30 },
    );
  });
});
