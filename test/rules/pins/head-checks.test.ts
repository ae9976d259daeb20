import assert from "node:assert/strict";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { checkOfRun, checkOfStatus, checksProblem } from "../../../rules/pins/head-checks.ts";

describe("checks of a pull request's head", () => {
  const run = (name: string, status: string, conclusion?: string) =>
    checkOfRun({ name, status, conclusion });

  it("are in nobody's way where each passed, was skipped or had nothing to say", () => {
    const checks = ["success", "neutral", "skipped"].map((end) => run("a", "completed", end));
    const status = checkOfStatus({ context: "b", state: "success" });
    assert.equal(checksProblem([...checks, status]), undefined);
  });

  it("are in the way where there are none but those of candidates", () => {
    const own = run(candidateCheckName("ci-image/rocm"), "completed", "success");
    assert.equal(checksProblem([]), "nothing was checked on its head");
    assert.equal(checksProblem([own]), "nothing was checked on its head");
    assert.equal(checksProblem([own, run("candidates", "completed", "success")]), undefined);
    const status = checkOfStatus({ context: "lab", state: "success" });
    assert.equal(checksProblem([own, status]), undefined);
  });

  for (const end of ["failure", "cancelled", "timed_out", "action_required", "stale", "new_word"]) {
    it(`are in the way where one ended with ${end}`, () => {
      const problem = checksProblem([
        run("good", "completed", "success"),
        run("a", "completed", end),
      ]);
      assert.equal(problem, `checks of its head not passed: "a" (${end})`);
    });
  }

  it("are in the way where one says that it is completed and not how", () => {
    assert.match(checksProblem([run("a", "completed")]) ?? "", /"a" \(no conclusion\)/);
  });

  for (const status of ["queued", "in_progress", "waiting", "requested", "pending"]) {
    it(`are in the way while one is ${status}`, () => {
      assert.equal(
        checksProblem([run("a", status)]),
        `checks of its head still under way: "a" (${status})`,
      );
    });
  }

  it("are in the way where somebody's status failed, broke or is to come", () => {
    const statuses = ["failure", "error", "pending"].map((state) =>
      checkOfStatus({ context: state, state }),
    );
    assert.equal(
      checksProblem(statuses),
      'checks of its head not passed: "failure" (failure), "error" (error); still under way: "pending" (pending)',
    );
  });

  it("are told by name up to five, and then counted", () => {
    const checks = Array.from({ length: 7 }, (_, index) =>
      run(String(index), "completed", "failure"),
    );
    assert.match(checksProblem(checks) ?? "", /"4" \(failure\) and 2 more$/);
  });
});
