import assert from "node:assert/strict";
import { evaluate, fieldValue, holds, interpolate } from "../support/expressions.ts";

const well = { success: true, failure: false, cancelled: false };
const failed = { success: false, failure: true, cancelled: false };
const contexts = {
  github: { ref: "refs/heads/main", event: { number: 7 } },
  needs: { plan: { outputs: { present: '[{"image":"a"}]', empty: "" } } },
};

describe("expressions of workflows in tests", () => {
  it("are judged by GitHub's evaluator, its functions included", () => {
    assert.equal(evaluate("github.ref == 'REFS/heads/main'", contexts), true);
    assert.equal(evaluate("startsWith(github.ref, 'refs/heads/')", contexts), true);
    assert.equal(
      evaluate("format('{0}-{1}', github.ref, github.event.number)", contexts),
      "refs/heads/main-7",
    );
    assert.deepEqual(evaluate("fromJSON(needs.plan.outputs.present)", contexts), [{ image: "a" }]);
    assert.equal(evaluate("github.event.absent", contexts), null);
  });

  it("become text among text, and stay what they are when they are a whole field", () => {
    assert.equal(
      interpolate("a ${{ github.event.number }} b ${{ github.none }}", contexts),
      "a 7 b ",
    );
    assert.deepEqual(fieldValue("${{ fromJSON(needs.plan.outputs.present) }}", contexts), [
      { image: "a" },
    ]);
    assert.equal(fieldValue("${{ github.event.number }}", contexts), 7);
    assert.equal(interpolate("${{ '}}' }}", contexts), "}}");
  });

  it("are refused with a context or a function that their place does not have", () => {
    assert.throws(() => evaluate("secrets.TOKEN", contexts), /secrets/);
    assert.throws(() => evaluate("hashFiles('a')", contexts, well), /hashFiles/);
    assert.throws(() => evaluate("success()", contexts), /success/);
    assert.throws(() => interpolate("${{ github.ref", contexts), /without/);
  });

  it("hold as a condition only while all went well, unless they ask", () => {
    assert.equal(holds(undefined, contexts, well), true);
    assert.equal(holds(undefined, contexts, failed), false);
    assert.equal(holds("github.ref == 'refs/heads/main'", contexts, failed), false);
    assert.equal(holds("always()", contexts, failed), true);
    assert.equal(holds("${{ !cancelled() && github.event.number == 7 }}", contexts, failed), true);
    assert.equal(holds("failure()", contexts, failed), true);
    assert.equal(holds("needs.plan.outputs.empty", contexts, well), false);
  });

  it("are refused as a condition with text beside, which would always hold", () => {
    assert.throws(() => holds("${{ github.ref }} == 'x'", contexts, well), /always holds/);
  });
});
