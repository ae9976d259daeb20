// Does not prove that AWS takes the tags over; deploys are given rights by them, see test/rules/permissions-repositories.test.ts.
import assert from "node:assert/strict";
import { runStack } from "./support/program.ts";

describe("what the program declares on AWS", () => {
  it("has the tags by which roles know the stack's own, and no others", async () => {
    const all = await runStack("main", { preview: true });
    const types = ["aws:ecr/repository:Repository", "aws:iam/role:Role", "aws:iam/policy:Policy"];
    const declared = all.resources.filter(({ type }) => types.includes(type));
    assert.deepEqual([...new Set(declared.map(({ type }) => type))].sort(), types);
    for (const { name, inputs } of declared) {
      const tags = { "managed-by": "slipway", repository: "pytorch/pytorch" };
      assert.deepEqual(inputs["tags"], tags, name);
    }
  });
});
