// Does not prove that ECR hands IAM the tags as its documentation says: the model below does as that says.
import assert from "node:assert/strict";
import fc from "fast-check";
import { boundaries } from "../../rules/boundary.ts";
import { decide, type PermissionRequest } from "../../rules/iam-permission-evaluation.ts";
import { ROLE_KEYS, type RoleKey } from "../../rules/role-names.ts";
import { declaredRoles, type RolesArgs } from "../../rules/roles.ts";
import { stackTags } from "../../rules/stack-tags.ts";
import {
  ADMINISTRATOR,
  AWS_ACTIONS,
  documentsOf,
  ecr,
  EXAMPLE,
  OWN_REQUEST,
  OWN_RESOURCE,
  tagged,
} from "./support/roles-example.ts";

type Tags = Readonly<Record<string, string>>;

const NEW = ecr("pytorch/new-family");
const OWN: Tags = stackTags(EXAMPLE.repository);
/** Every action that changes a repository that there is. */
const WRITE_ACTIONS = [...AWS_ACTIONS]
  .filter(([action]) => action.startsWith("ecr:") && action !== "ecr:CreateRepository")
  .filter(([, { level, resources }]) => resources.length > 0 && !["List", "Read"].includes(level))
  .map(([action]) => action);
const READS = ["ecr:BatchGetImage", "ecr:DescribeRepositories", "ecr:ListTagsForResource"];
const WRITES = ["ecr:PutImage", "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy"];

function answer(key: RoleKey, action: string, context: PermissionRequest["context"] = {}): string {
  return decide(documentsOf(key), { action, resource: NEW, context });
}

/** What IAM is told of the tags of a request and of its resource. */
function contextOf(request: Tags, resource: Tags): NonNullable<PermissionRequest["context"]> {
  const keys = (place: string, tags: Tags) =>
    Object.entries(tags).map(([key, value]) => [`aws:${place}/${key}`, value] as const);
  return Object.fromEntries([...keys("RequestTag", request), ...keys("ResourceTag", resource)]);
}

describe("a family more", () => {
  const families = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,20}$/), { maxLength: 60 });
  const withFamilies = (names: readonly string[]): RolesArgs => ({
    ...EXAMPLE,
    ecrRepositories: names.flatMap((name) => [`pytorch/${name}`, `pytorch/${name}-cache`]),
  });

  it("changes push, read-only and candidate, which a deploy may change, and no other role and no boundary", () => {
    fc.assert(
      fc.property(families, families, (some, others) => {
        const [before, after] = [withFamilies(some), withFamilies(others)];
        assert.deepEqual(boundaries(before), boundaries(after));
        const changed = declaredRoles(before).filter(
          (role, index) => JSON.stringify(role) !== JSON.stringify(declaredRoles(after)[index]),
        );
        for (const { key } of changed) {
          assert.ok(["read-only", "push", "candidate"].includes(key), key);
        }
      }),
    );
  });

  it("is within the rights of a deploy from the creation to the first image", () => {
    const created = { ...OWN_REQUEST, ...OWN_RESOURCE };
    assert.equal(answer("deploy", "ecr:CreateRepository", created), "allowed");
    assert.equal(answer("deploy", "ecr:TagResource", created), "allowed");
    for (const action of WRITES) assert.equal(answer("deploy", action, OWN_RESOURCE), "allowed");
  });

  it("is made with the stack's tags or not at all", () => {
    for (const tags of [
      {},
      tagged("RequestTag", "slipway", undefined),
      tagged("RequestTag", undefined, "pytorch/pytorch"),
      tagged("RequestTag", "slipway", "pytorch/vision"),
      tagged("RequestTag", "terraform", "pytorch/pytorch"),
    ]) {
      assert.equal(answer("deploy", "ecr:CreateRepository", tags), "refused");
    }
  });
});

describe("a repository below the owner's name that is not the stack's", () => {
  const strangers: Readonly<Record<string, Tags>> = {
    "without tags": {},
    "with tags of its own": { team: "vision" },
    "with one of the tags": { "managed-by": "slipway" },
    "with the other of the tags": { repository: "pytorch/pytorch" },
    "of another repository's stack": { ...OWN, repository: "pytorch/vision" },
    "of another tool for the same repository": { ...OWN, "managed-by": "terraform" },
  };

  for (const [what, tags] of Object.entries(strangers)) {
    it(`${what} is only looked at: by every role, and by whatever a deploy gives another role`, () => {
      for (const key of ROLE_KEYS) {
        const { permissions, boundary } = documentsOf(key);
        const most = { permissions: [...permissions, ADMINISTRATOR], boundary };
        for (const [action, request] of WRITE_ACTIONS.flatMap((one) =>
          [{}, OWN].map((tags) => [one, tags] as const),
        )) {
          const asked = { action, resource: NEW, context: contextOf(request, tags) };
          assert.equal(decide(most, asked), "refused", `${key}: ${action}`);
        }
      }
    });

    it(`${what} stays so, whatever a deploy tries in whatever order`, () => {
      const key = fc.constantFrom("managed-by", "repository", "team", "cost");
      const value = fc.constantFrom("slipway", "pytorch/pytorch", "vision");
      const attempt = fc.oneof(
        fc.record({ action: fc.constant("ecr:TagResource"), tags: fc.dictionary(key, value) }),
        fc.record({ action: fc.constant("ecr:TagResource"), tags: fc.constant(OWN) }),
        fc.record({ action: fc.constant("ecr:UntagResource"), keys: fc.uniqueArray(key) }),
      );
      fc.assert(
        fc.property(fc.array(attempt, { maxLength: 8 }), (attempts) => {
          assert.deepEqual(afterAttempts(tags, attempts), tags);
        }),
      );
    });
  }
});

/** A request for other tags of a repository. */
type Attempt =
  | { readonly action: string; readonly tags: Tags }
  | { readonly action: string; readonly keys: readonly string[] };

/** The tags of a repository after a deploy asked for others, as far as it may. */
function afterAttempts(tags: Tags, attempts: readonly Attempt[]): Tags {
  return attempts.reduce<Tags>((now, attempt) => {
    const request = "tags" in attempt ? attempt.tags : {};
    const keys = "tags" in attempt ? Object.keys(attempt.tags) : attempt.keys;
    const context = { ...contextOf(request, now), "aws:TagKeys": keys };
    if (answer("deploy", attempt.action, context) !== "allowed") return now;
    if ("tags" in attempt) return { ...now, ...attempt.tags };
    return Object.fromEntries(Object.entries(now).filter(([key]) => !keys.includes(key)));
  }, tags);
}

describe("a repository of the stack", () => {
  it("keeps its tags, and loses those that somebody added", () => {
    const added = { ...OWN, cost: "42" };
    const untag = (...keys: string[]) => ({ action: "ecr:UntagResource", keys });
    const tag = (tags: Tags) => ({ action: "ecr:TagResource", tags });
    assert.deepEqual(afterAttempts(added, [untag("cost")]), OWN);
    for (const attempt of [
      untag("managed-by"),
      untag("repository"),
      untag("cost", "repository"),
      tag({ repository: "pytorch/vision" }),
      tag({ ...OWN, "managed-by": "terraform" }),
    ]) {
      assert.deepEqual(afterAttempts(added, [attempt]), added, JSON.stringify(attempt));
    }
  });

  it("is seen by drift and by a deploy's refresh after somebody removed its tags or deleted it", () => {
    for (const key of ["drift", "deploy"] as const) {
      for (const action of READS) assert.equal(answer(key, action), "allowed", `${key} ${action}`);
    }
  });

  it("is never deleted by a role", () => {
    for (const key of ROLE_KEYS) {
      assert.equal(answer(key, "ecr:DeleteRepository", OWN_RESOURCE), "refused", key);
    }
  });

  it("loses names by a deploy alone, which releases pins", () => {
    for (const key of ROLE_KEYS) {
      const expected = key === "deploy" ? "allowed" : "refused";
      assert.equal(answer(key, "ecr:BatchDeleteImage", OWN_RESOURCE), expected, key);
      assert.equal(answer(key, "ecr:BatchDeleteImage"), "refused", key);
    }
  });

  it("of candidates gets names by publication, which sends no layers there", () => {
    const ask = (action: string) =>
      decide(documentsOf("push"), {
        ...{ action, resource: ecr("pytorch/ci-image-candidate"), context: OWN_RESOURCE },
      });
    assert.equal(ask("ecr:PutImage"), "allowed");
    for (const action of ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"]) {
      assert.equal(ask(`ecr:${action}`), "refused", action);
    }
  });
});
