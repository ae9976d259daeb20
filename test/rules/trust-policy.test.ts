// Does not prove how AWS evaluates these documents: only their form.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { readIamPolicy } from "../../rules/iam-document.ts";
import { findHoles } from "../../rules/trust-check.ts";
import {
  type Grant,
  sessionProblem,
  type TrustedRepository,
  trustPolicy,
} from "../../rules/trust-policy.ts";

const provider = "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";
const issuer = "token.actions.githubusercontent.com";
const pytorch: TrustedRepository = {
  owner: "pytorch",
  name: "pytorch",
  ownerId: 21003710,
  repositoryId: 65600975,
  subjectForm: "name",
};
const nameless: TrustedRepository = { owner: "ROCm", name: "TheRock", subjectForm: "name" };

function condition(grant: Grant, repository: TrustedRepository = pytorch) {
  return trustPolicy(provider, { repository, grants: [grant] }).Statement[0]?.Condition;
}

describe("trust policy", () => {
  it("trusts the cache workflow on main, exactly as in the golden document", () => {
    const jobWorkflowRef = "pytorch/pytorch/.github/workflows/docker-cache.yml@refs/heads/main";
    const policy = trustPolicy(provider, {
      repository: pytorch,
      grants: [{ branch: "main", jobWorkflowRef }],
    });
    const golden = new URL("../golden/read-only-trust.json", import.meta.url);
    assert.deepEqual(policy, JSON.parse(readFileSync(golden, "utf8")));
  });

  it("names the environment in the subject and in a claim of its own", () => {
    assert.deepEqual(condition({ environment: "docker-build" }), {
      StringEquals: {
        [`${issuer}:aud`]: "sts.amazonaws.com",
        [`${issuer}:sub`]: "repo:pytorch/pytorch:environment:docker-build",
        [`${issuer}:repository_id`]: "65600975",
        [`${issuer}:environment`]: "docker-build",
      },
    });
  });

  it("writes a colon in an environment's name as GitHub does in subjects", () => {
    const { StringEquals } = condition({ environment: "a:b" }) ?? {};
    assert.equal(StringEquals?.[`${issuer}:sub`], "repo:pytorch/pytorch:environment:a%3Ab");
    assert.equal(StringEquals[`${issuer}:environment`], "a:b");
  });

  it("leaves the repository's number out only where it is not known", () => {
    assert.deepEqual(condition({ branch: "main" }, nameless), {
      StringEquals: {
        [`${issuer}:aud`]: "sts.amazonaws.com",
        [`${issuer}:sub`]: "repo:ROCm/TheRock:ref:refs/heads/main",
      },
    });
  });

  it("compares a tag exactly, and a tag's pattern alone by StringLike", () => {
    assert.deepEqual(condition({ tag: "v2.10.0-rc1" }, nameless), {
      StringEquals: {
        [`${issuer}:aud`]: "sts.amazonaws.com",
        [`${issuer}:sub`]: "repo:ROCm/TheRock:ref:refs/tags/v2.10.0-rc1",
      },
    });
    assert.deepEqual(condition({ tag: "v*-rc*" }, nameless), {
      StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com" },
      StringLike: { [`${issuer}:sub`]: "repo:ROCm/TheRock:ref:refs/tags/v*-rc*" },
    });
  });

  it("writes the immutable subject, or both, as the repository has it", () => {
    const sub = (subjectForm: TrustedRepository["subjectForm"]) =>
      condition({ branch: "main" }, { ...pytorch, subjectForm })?.StringEquals?.[`${issuer}:sub`];
    assert.equal(sub("immutable"), "repo:pytorch@21003710/pytorch@65600975:ref:refs/heads/main");
    assert.deepEqual(sub("both"), [
      "repo:pytorch/pytorch:ref:refs/heads/main",
      "repo:pytorch@21003710/pytorch@65600975:ref:refs/heads/main",
    ]);
  });

  it("gives each grant a statement of its own, so that their claims never mix", () => {
    const grants: Grant[] = [{ branch: "main" }, { environment: "docker-build" }];
    const { Statement } = trustPolicy(provider, { repository: pytorch, grants });
    assert.equal(Statement.length, 2);
    assert.equal(Statement[0]?.Condition?.StringEquals?.[`${issuer}:environment`], undefined);
  });

  it("refuses a role that nobody may assume", () => {
    assert.throws(() => trustPolicy(provider, { repository: pytorch, grants: [] }), {
      name: "ProblemsError",
      message:
        "trust policy: 1 problem\n" +
        "  grants: empty: a role that nobody may assume; add e.g. { environment: docker-build }",
    });
  });

  it("refuses every wide or malformed grant at once", () => {
    const grants: Grant[] = [
      { branch: "release/*" },
      { environment: "" },
      { tag: "*" },
      { branch: "${aws:username}" },
      { branch: "main", jobWorkflowRef: "docker-cache.yml" },
    ];
    assert.throws(
      () =>
        trustPolicy(provider, { repository: { ...nameless, subjectForm: "immutable" }, grants }),
      {
        message: [
          "trust policy: 7 problems",
          '  grants[0].branch: "release/*" holds a wildcard or a variable; name one branch exactly',
          "  grants[1].environment: empty; name one",
          '  grants[2].tag: "*" admits tags of any name; begin with what they have in common, e.g. v*',
          '  grants[3].branch: "${aws:username}" holds a wildcard or a variable; name one branch exactly',
          '  grants[4].jobWorkflowRef: "docker-cache.yml" is not OWNER/REPOSITORY/.github/workflows/FILE.yml@REF with a ref in full, e.g. @refs/heads/main',
          "  repository.ownerId: missing, but the subject form immutable is made of it; gh api repos/ROCm/TheRock --jq '.owner.id, .id' prints both",
          "  repository.repositoryId: missing, but the subject form immutable is made of it; gh api repos/ROCm/TheRock --jq '.owner.id, .id' prints both",
        ].join("\n"),
      },
    );
  });

  it("refuses a ref in full, and an owner or a repository that means more than itself", () => {
    const grants: Grant[] = [{ branch: "refs/heads/main" }, { tag: "refs/tags/v1" }];
    const repository: TrustedRepository = { owner: "*", name: "a/b", subjectForm: "name" };
    assert.throws(() => trustPolicy(provider, { repository, grants }), {
      message: [
        "trust policy: 4 problems",
        '  grants[0].branch: "refs/heads/main" is a ref in full; write the branch without refs/',
        '  grants[1].tag: "refs/tags/v1" is a ref in full; write the tag without refs/',
        '  repository.name: "a/b" is no name on GitHub; write it as GitHub does, without the other\'s part',
        '  repository.owner: "*" is no name on GitHub; write it as GitHub does, without the other\'s part',
      ].join("\n"),
    });
  });

  it("is safe by the check that judges anybody's policy, for every kind of grant", () => {
    const grants: Grant[] = [{ branch: "main" }, { environment: "a:b" }, { tag: "v*-rc*" }];
    for (const subjectForm of ["name", "immutable", "both"] as const) {
      const repository = { ...pytorch, subjectForm };
      const read = readIamPolicy(trustPolicy(provider, { repository, grants }));
      assert.ok("policy" in read);
      assert.deepEqual(findHoles(read.policy, [{ owner: "pytorch", name: "pytorch" }]), []);
    }
  });

  it("never holds a wildcard outside a tag's pattern, whatever is granted", () => {
    const kind = fc.constantFrom("environment", "branch", "tag");
    const part = fc.constantFrom("*", "?", "main", "v", "/", "${x}", "release", ":", "");
    const value = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(kind, value, (key, text) => {
        let document: string;
        try {
          const grant = { [key]: text } as Grant;
          document = JSON.stringify(condition(grant));
        } catch (error) {
          assert.equal(error instanceof Error && error.name, "ProblemsError");
          return;
        }
        if (key !== "tag") assert.doesNotMatch(document, /[*?]|\$\{/);
        assert.doesNotMatch(document, /:ref:refs\/tags\/[*?]/);
        assert.doesNotMatch(document, /ForAllValues|IfExists/);
      }),
    );
  });
});

describe("session length", () => {
  it("is from one hour to twelve", () => {
    assert.equal(sessionProblem(3600), undefined);
    assert.equal(sessionProblem(43200), undefined);
    const rule = "is not a session length; write whole seconds from 3600 to 43200";
    assert.equal(sessionProblem(3599), `3599 ${rule}`);
    assert.equal(sessionProblem(43201), `43201 ${rule}`);
    assert.equal(sessionProblem(3600.5), `3600.5 ${rule}`);
  });
});
