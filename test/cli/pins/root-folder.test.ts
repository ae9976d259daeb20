import assert from "node:assert/strict";
import { rootFolder } from "../../../cli/pins/root-folder.ts";
import { callerFolder, PROJECT_ROOT } from "../../../cli/project-root.ts";

describe("the folder whose pins are meant", () => {
  it("is this project where none is named, and the caller's by a dot", () => {
    assert.equal(rootFolder(undefined), PROJECT_ROOT);
    assert.equal(rootFolder("."), callerFolder());
  });

  it("is none by an empty name, which says nothing of a folder that is there", () => {
    assert.throws(() => rootFolder(""), /^UserError: --root "": names no folder; write one/);
  });
});
