import assert from "node:assert/strict";
import { stackOfBase } from "../../../cli/candidate/plan.ts";
import type { RepositoryStack } from "../../../cli/workflows/stack-of-run.ts";

describe("the stack of a pull request's candidates", () => {
  const stack = (name: string, channel: string, repository = "ROCm/TheRock"): RepositoryStack => ({
    ...{ name, repository, channel, owns: "all", families: [], local: false },
  });
  const all = [stack("main", "main", "pytorch/pytorch"), stack("therock", "main")];

  it("is that of main for main, and for a release line whose stack is on its own branch", () => {
    for (const base of ["main", "release/2.10", "release/next"]) {
      assert.equal(stackOfBase(all, "rocm/TheRock", base), "therock", base);
      assert.equal(stackOfBase(all, "pytorch/pytorch", base), "main", base);
    }
  });

  it("is that of the release line where this checkout has it", () => {
    const line = stack("release-2.10", "release/2.10");
    assert.equal(stackOfBase([...all, line], "ROCm/TheRock", "release/2.10"), "release-2.10");
    assert.equal(stackOfBase([...all, line], "ROCm/TheRock", "release/2.11"), "therock");
    assert.equal(stackOfBase([...all, line], "pytorch/pytorch", "release/2.10"), "main");
  });

  it("is none for a repository that has no stack", () => {
    assert.throws(
      () => stackOfBase(all, "ROCm/other", "release/2.10"),
      /no stack is of ROCm\/other, channel main/,
    );
  });
});
