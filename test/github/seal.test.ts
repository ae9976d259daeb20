import assert from "node:assert/strict";
import { seal } from "../../github/seal.ts";
import { generateKeyPair, openSealedBox } from "../../local/github/key-pairs.ts";

describe("a sealed value", () => {
  it("opens with the private key alone, and differs each time", async () => {
    const pair = generateKeyPair();
    const value = "zażółć\n🔑";
    const box = await seal(value, pair.publicKey);
    assert.equal(Buffer.from(openSealedBox(pair, box)!).toString(), value);
    assert.equal(openSealedBox(generateKeyPair(), box), undefined);
    assert.notEqual(await seal(value, pair.publicKey), box);
  });

  it("is not made for what is no key", async () => {
    await assert.rejects(seal("value", "AAAA"), /publicKey/);
  });
});
