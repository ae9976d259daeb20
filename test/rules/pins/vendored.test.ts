import assert from "node:assert/strict";
import { isVendored } from "../../../rules/pins/vendored.ts";

describe("what is vendored", () => {
  for (const path of [
    "node_modules/a/b.js",
    "a/b/vendor/c.go",
    "Third_Party/lib/Dockerfile",
    "pkg/testdata/x",
    "test/fixtures/x.yml",
    "tests/unit/fixtures/a/x.yml",
    "package-lock.json",
    "web/yarn.lock",
    "go.sum",
    "POETRY.LOCK",
    "a/.terraform.lock.hcl",
    "pylock.dev.toml",
  ]) {
    it(`is ${path}`, () => assert.ok(isVendored(path)));
  }

  for (const path of [
    "vendor.yml",
    "src/fixtures/default.yml",
    "test/fixtures.yml",
    "contest/fixtures/a.yml",
    "my_node_modules/a.js",
    "unlock.yml",
    "lock",
    "pins.d/a/b.yaml",
    "package-lock.json.md",
    "not-package-lock.json",
  ]) {
    it(`is not ${path}`, () => assert.ok(!isVendored(path)));
  }
});
