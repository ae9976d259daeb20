import assert from "node:assert/strict";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import {
  checkOfRun,
  checkOfStatus,
  checksOfRuns,
  checksProblem,
  type ToldRun,
} from "../../../rules/pins/head-checks.ts";

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

  describe("of several runs of a workflow", () => {
    const words = (...ends: readonly (Partial<ToldRun> | string)[]) =>
      checksOfRuns(
        ends.map((end, index) => ({
          ...{ id: index, name: "a", app: { id: 1 }, status: "completed" },
          ...(typeof end === "string" ? { conclusion: end } : { conclusion: "success", ...end }),
        })),
      ).map(({ word }) => word);

    it("are without what was cancelled for a newer one, however that ended or goes on", () => {
      assert.deepEqual(words("cancelled", "success"), ["success"]);
      assert.deepEqual(words("cancelled", "failure"), ["failure"]);
      assert.deepEqual(words("cancelled", "cancelled", "neutral"), ["neutral"]);
      const running = { status: "in_progress", conclusion: undefined };
      assert.deepEqual(words("cancelled", running), ["in_progress"]);
    });

    it("are with the newest one that was cancelled", () => {
      assert.deepEqual(words("success", "cancelled"), ["success", "cancelled"]);
      assert.deepEqual(words("cancelled", "cancelled"), ["cancelled"]);
    });

    it("go by the numbers that GitHub counts up, in whatever order they are told", () => {
      const newest = { id: 9, conclusion: "cancelled" };
      assert.deepEqual(words(newest, "success"), ["cancelled", "success"]);
      assert.deepEqual(words({ id: 9 }, "cancelled"), ["success"]);
    });

    it("are with a failure beside a newer one, also one from before what was cancelled", () => {
      for (const end of ["failure", "timed_out", "action_required", "stale"]) {
        assert.deepEqual(words(end, "success"), [end, "success"]);
        assert.deepEqual(words(end, "cancelled", "success"), [end, "success"]);
      }
    });

    it("are with what was cancelled where the newer one was skipped, or is another", () => {
      const both = ["cancelled", "success"];
      assert.deepEqual(words("cancelled", "skipped"), ["cancelled", "skipped"]);
      assert.deepEqual(words("cancelled", { name: "b" }), both);
      assert.deepEqual(words("cancelled", { app: { id: 2 } }), both);
      const nobodys = { app: undefined };
      assert.deepEqual(words({ ...nobodys, conclusion: "cancelled" }, nobodys), both);
    });
  });
});
