import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { inclusionHashes, leafHash, treeHash } from "../../../local/sigstore/merkle-tree.ts";

describe("the tree over the entries of a log", () => {
  it("proves each entry by the hashes beside its way to the whole, and no other entry", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array(), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        (entries, number) => {
          const leaves = entries.map((entry) => leafHash(Buffer.from(entry)));
          const index = number % leaves.length;
          const hashes = inclusionHashes(index, leaves);
          const root = treeHash(leaves);
          const leaf = leaves[index] ?? Buffer.alloc(0);
          assert.deepEqual(wholeOf(leaf, index, leaves.length, hashes), root);
          const other = leafHash(Buffer.from("another entry, longer than the others"));
          assert.notDeepEqual(wholeOf(other, index, leaves.length, hashes), root);
        },
      ),
    );
  });

  it("has the hashes that the standard's own example has", () => {
    // The empty entry, of RFC 6962's reference implementation.
    assert.equal(
      leafHash(Buffer.alloc(0)).toString("hex"),
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
  });
});

/** As a verifier goes up: RFC 9162, 2.1.3.2. */
function wholeOf(leaf: Buffer, index: number, size: number, hashes: readonly Buffer[]): Buffer {
  let [node, last] = [index, size - 1];
  let hash = leaf;
  for (const beside of hashes) {
    assert.ok(last > 0);
    if (node % 2 === 1 || node === last) {
      hash = joined(beside, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node >> 1, last >> 1];
    } else hash = joined(hash, beside);
    [node, last] = [node >> 1, last >> 1];
  }
  assert.equal(last, 0);
  return hash;
}

function joined(left: Buffer, right: Buffer): Buffer {
  return createHash("sha256")
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}
