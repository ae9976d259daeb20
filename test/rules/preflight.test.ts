import assert from "node:assert/strict";
import {
  preflightProblems,
  type PreflightStack,
  type RepositoryFacts,
} from "../../rules/preflight.ts";

const FACTS: RepositoryFacts = {
  subject: { immutable: false, customised: null },
  keys: { "docker-deploy": "7" },
};
const STACK: PreflightStack = {
  name: "main",
  subjectForm: "name",
  sealed: [{ environment: "docker-deploy", name: "KEY", keyId: "7" }],
};

function problems(facts: Partial<RepositoryFacts>, stack: Partial<PreflightStack> = {}) {
  return preflightProblems({ ...FACTS, ...facts }, { ...STACK, ...stack }).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe("the look before a stack is touched", () => {
  it("finds nothing where GitHub is as the configuration says", () => {
    assert.deepEqual(problems({}), []);
  });

  it("finds a form of subjects that GitHub does not write, either way round", () => {
    const immutable = { subject: { immutable: true, customised: null } };
    assert.deepEqual(problems(immutable), [
      "slipway:subjectForm: name, but GitHub writes the repository's OIDC subject in the form immutable, so that no workflow could assume a role; write immutable, or both during a move",
    ]);
    assert.match(
      problems({}, { subjectForm: "immutable" }).join(),
      /: immutable, but .* form name,/,
    );
    for (const subject of [FACTS.subject, immutable.subject]) {
      assert.deepEqual(problems({ subject }, { subjectForm: "both" }), []);
      assert.deepEqual(problems({ subject }, { subjectForm: undefined }), [], "no role trusts one");
    }
  });

  it("finds a customised subject, whose claims it names, in every form", () => {
    const subject = { immutable: false, customised: ["repo", "actor"] };
    for (const subjectForm of ["name", "immutable", "both"] as const) {
      const found = problems({ subject }, { subjectForm });
      assert.equal(found.length, 1);
      assert.match(found[0]!, /customised on GitHub \(repo, actor\).* set it back: gh api/);
    }
    assert.deepEqual(problems({ subject }, { subjectForm: undefined }), []);
  });

  it("finds values sealed for a key that is gone, with the command that mends each", () => {
    const sealed = [
      { environment: "docker-deploy", name: "KEY", keyId: "6" },
      { environment: "gpu", name: "TOKEN", keyId: "7" },
    ];
    assert.deepEqual(problems({}, { sealed }), [
      "slipway:sealedSecrets.docker-deploy.KEY: sealed for a key that environment docker-deploy no longer has, so that GitHub could not open it; seal it again: slipway secrets set KEY --environment docker-deploy --stack main",
      "slipway:sealedSecrets.gpu.TOKEN: sealed for environment gpu, which is not on GitHub, and a new one has another key; seal it again, which makes the environment: slipway secrets set TOKEN --environment gpu --stack main",
    ]);
  });
});
