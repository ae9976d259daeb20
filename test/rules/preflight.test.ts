import assert from "node:assert/strict";
import {
  preflightProblems,
  type PreflightStack,
  type RepositoryFacts,
} from "../../rules/preflight.ts";

const REPOSITORY = { owner: "pytorch", name: "pytorch", subjectForm: "name" } as const;
const FACTS: RepositoryFacts = {
  subject: { immutable: false, customised: null, prefix: "repo:pytorch/pytorch" },
  numbers: { ownerId: 1, repositoryId: 2 },
  keys: { "docker-deploy": "7" },
  secrets: { "docker-deploy": ["KEY"] },
};
const STACK: PreflightStack = {
  name: "main",
  trusted: REPOSITORY,
  sealed: [{ environment: "docker-deploy", name: "KEY", keyId: "7" }],
  unsealed: [],
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

  it("finds subjects that no role trusts, and none where there is no role", () => {
    const prefix = "repo:pytorch@1/pytorch@2";
    const immutable = { subject: { immutable: true, customised: null, prefix } };
    const inherited = { subject: { immutable: false, customised: [], prefix: null } };
    const ids = { ...REPOSITORY, subjectForm: "immutable", ownerId: 1, repositoryId: 3 } as const;
    for (const [facts, trusted, problem] of [
      [immutable, REPOSITORY, /^slipway:subjectForm: name, but GitHub writes the form immutable /],
      [
        { ...immutable, numbers: { ownerId: 1, repositoryId: 3 } },
        ids,
        /^slipway:repository: .* the stack trusts repo:pytorch@1\/pytorch@3:/,
      ],
      [
        {},
        { ...REPOSITORY, repositoryId: 12_345 },
        /^slipway:repositoryId: pytorch\/pytorch has the number 2 .* the stack has 12345 and none,/,
      ],
      [{}, { ...REPOSITORY, name: "PyTorch" }, /^slipway:repository: /],
      [inherited, REPOSITORY, /^slipway:subjectForm: .* \(the organisation's\)/],
    ] as const) {
      const found = problems(facts, { trusted });
      assert.equal(found.length, 1);
      assert.match(found[0]!, problem);
      assert.deepEqual(problems(facts, { trusted: undefined }), []);
    }
  });

  it("finds secrets that GitHub has and that nobody sealed here, which would be lost", () => {
    const unsealed = [
      { environment: "docker-deploy", name: "KEY" },
      { environment: "docker-deploy", name: "NEW" },
      { environment: "gpu", name: "KEY" },
    ];
    assert.deepEqual(problems({}, { unsealed }), [
      "slipway:secrets.docker-deploy.KEY: is on GitHub and is to be sealed here, but no sealed value is in the stack's file, so that it would be deleted; seal one first: slipway secrets set KEY --environment docker-deploy --stack main",
    ]);
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
