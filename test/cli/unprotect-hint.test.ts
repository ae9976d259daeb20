import assert from "node:assert/strict";
import { unprotectHint } from "../../cli/unprotect-hint.ts";

describe("the hint for what is protected", () => {
  const hint = unprotectHint("main");

  it("names the key, the stack's file and the command, whatever would delete", () => {
    for (const text of Object.values(hint)) {
      assert.match(text, /set slipway:protect: false in Pulumi\.main\.yaml/i);
      assert.match(text, /run slipway up --stack main/);
    }
  });

  it("has what is declared no more declared again before that up", () => {
    assert.match(
      hint.undeclared,
      /^Declare them again, set .* run .*; then take .* out again and run this again\.$/,
    );
    assert.match(hint.destroy, /has to be declared again before that up\.$/);
  });
});
