import assert from "node:assert/strict";
import fc from "fast-check";
import { changedCode, changedPaths } from "../../rules/pull-request-files.ts";

describe("the files that a pull request changes", () => {
  it("are data where they are images or stacks, and inert where they are documents", () => {
    const harmless = [
      "images/almalinux-builder/image.yaml",
      "images/almalinux-builder/scripts/install.ts",
      "images/new/.dockerignore",
      "Pulumi.main.yaml",
      "Pulumi.release-2.10.yaml",
      "Pins.main.yaml",
      "docs/roles.md",
      "docs/picture.svg",
      "README.md",
      "rules/README.md",
    ];
    assert.deepEqual(changedCode(harmless), []);
  });

  it("are code in every other place", () => {
    const code = [
      ".github/workflows/plan.yml",
      ".github/actions/setup/action.yml",
      ".gitattributes",
      ".gitmodules",
      "Pulumi.yaml",
      "Pins.yaml",
      "deep/Pins.main.yaml",
      "deep/Pulumi.main.yaml",
      "package-lock.json",
      "rules/refs.ts",
      "bin/slipway",
      // A link in place of the folder.
      "images",
      "docs",
      "Images/x/image.yaml",
      "images/../rules/refs.ts",
      "images//x",
      "images/./x",
      "docs\\..\\rules\\refs.ts",
      "more/images/x",
      "README.md/x.ts",
      "README.MD",
      "",
    ];
    assert.deepEqual(changedCode(code), code);
  });

  it("are told once each, in their order", () => {
    assert.deepEqual(changedCode(["b.ts", "images/a/b", "a.ts", "b.ts"]), ["b.ts", "a.ts"]);
  });

  it("count with what they were called before", () => {
    const files = [
      { path: "docs/index.ts", previousPath: "index.ts" },
      { path: "images/a/Dockerfile" },
    ];
    assert.deepEqual(changedCode(changedPaths(files)), ["index.ts"]);
  });

  it("stay code whatever harmless ones come with them", () => {
    const path = fc.constantFrom(
      "images/a/x",
      "docs/a.md",
      "index.ts",
      "rules/a.ts",
      "Pulumi.yaml",
    );
    fc.assert(
      fc.property(fc.array(path), fc.array(path), (some, more) => {
        const both = new Set(changedCode([...some, ...more]));
        assert.deepEqual(both, new Set([...changedCode(some), ...changedCode(more)]));
      }),
    );
  });
});
