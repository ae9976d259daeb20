import assert from "node:assert/strict";
import { fingerprint, hasFingerprint } from "../../provider/fingerprint.ts";

describe("the fingerprint of a value", () => {
  it("knows its value and no other", async () => {
    const print = await fingerprint("a");
    assert.ok(await hasFingerprint("a", print));
    for (const other of ["", "b", "aa", "A", "a\n"]) {
      assert.ok(!(await hasFingerprint(other, print)), other);
    }
  });

  it("is another each time, so that equal values do not show", async () => {
    assert.notEqual(await fingerprint("a"), await fingerprint("a"));
  });

  it("is nobody's when it is not one", async () => {
    for (const text of ["", "a", "scrypt::", `scrypt:${"0".repeat(32)}:00`]) {
      assert.ok(!(await hasFingerprint("a", text)));
    }
  });
});
