import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parseMount } from "../../../cli/container/container-run.ts";
import { UserError } from "../../../rules/problems.ts";

describe("--mount", () => {
  it("is a source and an absolute target; a relative source is of the current folder", () => {
    assert.deepEqual(parseMount(".:/work"), {
      source: process.cwd(),
      target: "/work",
      readOnly: false,
    });
    assert.deepEqual(parseMount("../a b:/work/x:ro"), {
      source: resolve("../a b"),
      target: "/work/x",
      readOnly: true,
    });
    assert.equal(parseMount("/a:/b:rw").readOnly, false);
  });

  for (const text of [
    "",
    ".",
    ":/work",
    ".:",
    ".:work",
    ".:/work:rx",
    ".:/work:ro:z",
    ".:/work:",
  ]) {
    it(`refuses ${JSON.stringify(text)} and shows how to write it`, () => {
      assert.throws(
        () => parseMount(text),
        (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.ok(
            error.message.startsWith(`--mount ${JSON.stringify(text)} is not SOURCE:TARGET`),
          );
          assert.match(error.message, /write e\.g\. --mount \.:\/work$/);
          return true;
        },
      );
    });
  }
});
