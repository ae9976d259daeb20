// Does not prove what GitHub answers: the cases are answers that people have written down.
import assert from "node:assert/strict";
import type { SubjectForm } from "../../rules/trust-policy.ts";
import {
  formOf,
  numbersProblem,
  readSubjectFacts,
  subjectFormProblem,
} from "../../rules/trust-subject-form.ts";

const named = { immutable: false, customised: null, prefix: "repo:o/r" };
const numbered = { immutable: true, customised: null, prefix: "repo:o@1/r@2" };

describe("what GitHub says of subjects", () => {
  for (const [what, answer, expected] of [
    ["an old answer", { use_default: true }, { ...named, prefix: null }],
    [
      "names",
      { use_default: true, use_immutable_subject: false, sub_claim_prefix: "repo:o/r" },
      named,
    ],
    [
      "numbers",
      { use_default: true, use_immutable_subject: true, sub_claim_prefix: "repo:o@1/r@2" },
      numbered,
    ],
    [
      "numbers without a prefix",
      { use_default: true, use_immutable_subject: true },
      { ...numbered, prefix: null },
    ],
    [
      "numbers in the prefix alone, which are in the tokens then",
      { use_default: true, use_immutable_subject: false, sub_claim_prefix: "repo:o@1/r@2" },
      numbered,
    ],
    [
      "a template of its own",
      { use_default: false, include_claim_keys: ["repo", "job_workflow_ref"] },
      { immutable: false, customised: ["repo", "job_workflow_ref"], prefix: null },
    ],
    [
      "the organisation's template",
      { use_default: false },
      { immutable: false, customised: [], prefix: null },
    ],
    [
      "a template that is GitHub's own, written out",
      { use_default: false, include_claim_keys: ["repo", "context"] },
      { immutable: false, customised: null, prefix: null },
    ],
    [
      "claims that GitHub does not heed",
      { use_default: true, include_claim_keys: ["repo"] },
      { immutable: false, customised: null, prefix: null },
    ],
  ] as const) {
    it(`is read: ${what}`, () => {
      assert.deepEqual(readSubjectFacts(answer), expected);
    });
  }

  it("is nothing in any other answer", () => {
    for (const answer of [undefined, null, "yes", {}, { use_default: "yes" }]) {
      assert.equal(readSubjectFacts(answer), undefined);
    }
  });

  it("has the form", () => {
    assert.deepEqual([formOf(named), formOf(numbered)], ["name", "immutable"]);
  });
});

describe("a stack that trusts subjects", () => {
  const stack = (
    subjectForm: SubjectForm,
    ids: { ownerId?: number; repositoryId?: number } = {},
  ) => ({
    owner: "o",
    name: "r",
    subjectForm,
    ...ids,
  });
  const ids = { ownerId: 1, repositoryId: 2 };

  it("is right where GitHub writes them so, and in either form during a move", () => {
    assert.equal(subjectFormProblem(named, stack("name")), undefined);
    assert.equal(subjectFormProblem(numbered, stack("immutable", ids)), undefined);
    assert.equal(subjectFormProblem(named, stack("both", ids)), undefined);
    assert.equal(subjectFormProblem(numbered, stack("both", ids)), undefined);
  });

  it("is told the form that GitHub writes", () => {
    assert.deepEqual(subjectFormProblem(numbered, stack("name")), {
      path: "slipway:subjectForm",
      message:
        "name, but GitHub writes the form immutable (repo:o@1/r@2:...), so that no token would be trusted; write immutable",
    });
    assert.match(subjectFormProblem(named, stack("immutable", ids))?.message ?? "", /write name$/);
  });

  it("is told that it trusts another repository than GitHub names", () => {
    const renamed = subjectFormProblem({ ...named, prefix: "repo:o/new" }, stack("name"));
    assert.ok(renamed !== undefined);
    assert.equal(renamed.path, "slipway:repository");
    assert.match(renamed.message, /begin with repo:o\/new:, and the stack trusts repo:o\/r:/);
    const other = subjectFormProblem(numbered, stack("immutable", { ...ids, repositoryId: 3 }));
    assert.match(other?.message ?? "", /trusts repo:o@1\/r@3:/);
  });

  it("is told that GitHub has other numbers, whatever the form; numbers that it does not know are none", () => {
    assert.equal(numbersProblem(ids, stack("name")), undefined);
    assert.equal(numbersProblem(ids, stack("name", ids)), undefined);
    for (const other of [{ ownerId: 3 }, { repositoryId: 3 }]) {
      const problem = numbersProblem(ids, stack("name", { ...ids, ...other }));
      assert.equal(problem?.path, "slipway:repositoryId");
      assert.match(problem.message, /o\/r has the number 2 on GitHub and its owner 1,/);
    }
  });

  it("is refused with the reason and the way back where GitHub uses another template", () => {
    const problem = subjectFormProblem(
      { ...named, customised: ["repo", "actor"] },
      stack("both", ids),
    );
    assert.match(problem?.message ?? "", /template of its own for subjects \(repo, actor\)/);
    assert.match(problem?.message ?? "", /gh api --method PUT repos\/o\/r\/actions\/oidc/);
    const inherited = subjectFormProblem({ ...named, customised: [] }, stack("name"));
    assert.match(inherited?.message ?? "", /\(the organisation's\)/);
  });
});
