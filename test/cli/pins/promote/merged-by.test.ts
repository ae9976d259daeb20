import assert from "node:assert/strict";
import { numbersProblem } from "../../../../cli/pins/promote/merged-by.ts";
import { readStack } from "../../../../cli/stack.ts";

describe("the numbers that candidates' certificates are held against", () => {
  const found = { repositoryId: 11, ownerId: 22 };

  it("are GitHub's where the stack has none, as that of TheRock", async () => {
    const stack = await readStack("therock");
    assert.deepEqual([stack.configuration.repositoryId, stack.configuration.ownerId], [0, 0]);
    assert.equal(numbersProblem(stack, found), undefined);
  });

  it("must be those that the stack has", async () => {
    const { configuration } = await readStack("therock");
    const problem = (numbers: Partial<typeof found>) =>
      numbersProblem({ name: "therock", configuration: { ...configuration, ...numbers } }, found);
    assert.equal(problem(found), undefined);
    assert.match(problem({ repositoryId: 12 }) ?? "", /ROCm\/TheRock has the numbers 11 and.* 22/);
    assert.match(problem({ ownerId: 12 }) ?? "", /stack therock has 0 and 12/);
  });
});
