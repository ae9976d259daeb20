import assert from "node:assert/strict";
import { unknownFamily } from "../../rules/unknown-family.ts";

describe("a family that is none of those that are meant", () => {
  const stack = { name: "main", catalog: new Set(["builder", "ci", "other"]) };

  it("is told from a family of the project that the stack does not publish", () => {
    assert.equal(
      unknownFamily("other", ["builder", "ci"], stack),
      'stack main does not publish "other"; name one that it does: builder, ci, or add it to slipway:families of Pulumi.main.yaml',
    );
    assert.equal(
      unknownFamily("bilder", ["builder", "ci"], stack),
      '"bilder" is no family of stack main (did you mean "builder"?); there are: builder, ci',
    );
  });

  it("is none of the project where no stack is named", () => {
    assert.equal(
      unknownFamily("x", ["builder", "ci"]),
      '"x" is no family of images/; there are: builder, ci',
    );
  });
});
