// Does not prove that the Pulumi CLI takes these arguments: test/live does, where there is one.
import assert from "node:assert/strict";
import { pulumiArguments } from "../../cli/pulumi.ts";

describe("the arguments for the Pulumi CLI", () => {
  const stack = "main";

  it("look at what is really there, run the program for it, and go on after a failed image", () => {
    assert.deepEqual(pulumiArguments("up", { stack }), [
      ...["up", "--stack", "main", "--refresh", "--run-program", "--continue-on-error"],
    ]);
    assert.deepEqual(pulumiArguments("preview", { stack }), [
      ...["preview", "--stack", "main", "--refresh", "--run-program"],
    ]);
    assert.deepEqual(pulumiArguments("refresh", { stack }), [
      ...["refresh", "--stack", "main", "--run-program"],
    ]);
    assert.deepEqual(pulumiArguments("destroy", { stack }), [
      ...["destroy", "--stack", "main", "--run-program", "--continue-on-error"],
    ]);
  });

  it("leave the look out when told to believe the state", () => {
    for (const operation of ["up", "preview"] as const) {
      const args = pulumiArguments(operation, { stack, refresh: false });
      assert.ok(!args.includes("--refresh") && !args.includes("--run-program"), args.join(" "));
    }
  });

  it("pass --yes on to what asks, and never to a preview, which would not know it", () => {
    for (const operation of ["up", "refresh", "destroy"] as const) {
      assert.ok(pulumiArguments(operation, { stack, yes: true }).includes("--yes"));
      assert.ok(!pulumiArguments(operation, { stack, yes: false }).includes("--yes"));
    }
    assert.ok(!pulumiArguments("preview", { stack, yes: true }).includes("--yes"));
  });

  it("pass --json on", () => {
    assert.ok(pulumiArguments("preview", { stack, json: true }).includes("--json"));
    assert.ok(!pulumiArguments("preview", { stack }).includes("--json"));
  });

  it("give a stack's name as one argument, whatever is in it", () => {
    assert.ok(pulumiArguments("up", { stack: "a b; c" }).includes("a b; c"));
  });
});
