import assert from "node:assert/strict";
import { execaSync } from "execa";
import { repeatedOptions } from "../../../cli/pins/repeated-options.ts";

describe("the options that recommended commands repeat", () => {
  it("are those that were given, in words that a shell takes for the same", () => {
    assert.equal(repeatedOptions({}), "");
    assert.equal(
      repeatedOptions({ root: "../TheRock", stack: "therock" }),
      " --root ../TheRock --stack therock",
    );
    for (const root of ["a b", "it's", "$(id)", "`id`; x", "", "--json", "\u00e4"]) {
      const command = `printf '<%s>'${repeatedOptions({ root, images: "ghcr.io/o/lists:main" })}`;
      const { stdout } = execaSync("sh", ["-c", command]);
      assert.equal(stdout, `<--root><${root}><--images><ghcr.io/o/lists:main>`);
    }
  });
});
