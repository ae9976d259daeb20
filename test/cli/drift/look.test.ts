import assert from "node:assert/strict";
import { askAll, type DriftQuestion } from "../../../cli/drift/look.ts";
import { UserError } from "../../../rules/problems.ts";

describe("a look for drift", () => {
  async function ask(questions: readonly DriftQuestion[]) {
    const said: string[] = [];
    const faults: unknown[] = [];
    const checks = await askAll(questions, {
      onStart: (check) => said.push(`${check} starts`),
      onEnd: ({ check, outcome }) => said.push(`${check} ${outcome}`),
      onFault: (error) => faults.push(error),
    });
    return { checks, said, faults };
  }

  it("asks one thing after the other, and goes on after one that could not be asked", async () => {
    const { checks, said, faults } = await ask([
      { check: "preview", ask: () => Promise.reject(new UserError("no cloud\nstart it")) },
      {
        check: "secrets",
        ask: () => Promise.resolve({ findings: [{ subject: "a", message: "b" }] }),
      },
      { check: "bases", ask: () => Promise.resolve({}) },
    ]);
    assert.deepEqual(said, [
      ...["preview starts", "preview not asked", "secrets starts"],
      ...["secrets found", "bases starts", "bases ok"],
    ]);
    assert.deepEqual(checks[0]?.unasked, ["no cloud start it"]);
    assert.deepEqual(faults, []);
  });

  it("tells of a fault of its own without its words, which nobody has read before", async () => {
    const fault = new TypeError("marker is not iterable");
    const { checks, faults } = await ask([{ check: "preview", ask: () => Promise.reject(fault) }]);
    assert.deepEqual(faults, [fault]);
    assert.equal(checks[0]?.outcome, "not asked");
    assert.match(checks[0].unasked[0] ?? "", /^a fault of Slipway itself \(TypeError\)/);
    assert.doesNotMatch(JSON.stringify(checks), /marker/);
  });
});
