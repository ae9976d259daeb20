// Does not prove that AWS decides alike: the cases are those that its documentation describes.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, type PermissionRequest } from "../../rules/iam-permission-evaluation.ts";
import {
  type PolicyDocument,
  policyDocument,
  type PolicyStatement,
} from "../../rules/policy-document.ts";

const OBJECT = "arn:aws:s3:::bucket/folder/file";

function allowing(statement: Partial<PolicyStatement>): PolicyDocument {
  return policyDocument([
    { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/*", ...statement },
  ]);
}

function decision(statement: Partial<PolicyStatement>, request: Partial<PermissionRequest> = {}) {
  const asked = { action: "s3:GetObject", resource: OBJECT, ...request };
  return decide({ permissions: [allowing(statement)] }, asked);
}

describe("decision about a role's request", () => {
  it("is no, unless a statement allows the action on the resource", () => {
    assert.equal(decision({}), "allowed");
    assert.equal(decision({}, { action: "s3:PutObject" }), "refused");
    assert.equal(decision({}, { resource: "arn:aws:s3:::bucket-evil/file" }), "refused");
    assert.equal(
      decide({ permissions: [] }, { action: "s3:GetObject", resource: OBJECT }),
      "refused",
    );
  });

  it("takes an action's case for nothing, and a resource's for something", () => {
    assert.equal(decision({ Action: "S3:getobject" }), "allowed");
    assert.equal(decision({ Resource: "arn:aws:s3:::Bucket/*" }), "refused");
  });

  it("knows wildcards in actions and resources, and lists of both", () => {
    assert.equal(decision({ Action: ["ecr:*", "s3:Get*"] }), "allowed");
    assert.equal(decision({ Action: "s3:Get?bject" }), "allowed");
    assert.equal(
      decision({ Resource: ["arn:aws:s3:::x", "arn:aws:s3:::bucket/f*/f?le"] }),
      "allowed",
    );
    assert.equal(decision({ Resource: "arn:aws:s3:::bucket/f?ile" }), "refused");
  });

  it("lets no wildcard reach over the colon that ends a part of an ARN", () => {
    const request = { action: "ecr:PutImage", resource: "arn:aws:ecr:r:1:repository/x" };
    assert.equal(
      decision({ Action: "ecr:PutImage", Resource: "arn:aws:ecr:*:*:*/x" }, request),
      "allowed",
    );
    assert.equal(
      decision({ Action: "ecr:PutImage", Resource: "arn:aws:ecr:*/x" }, request),
      "refused",
    );
  });

  it("gives an action without resource to the lone asterisk only", () => {
    const request = { action: "ecr:GetAuthorizationToken", resource: "*" };
    const Action = "ecr:GetAuthorizationToken";
    assert.equal(decision({ Action, Resource: "*" }, request), "allowed");
    assert.equal(decision({ Action, Resource: "arn:aws:ecr:*:*:*" }, request), "refused");
  });

  it("asks for every condition, and for one value of each", () => {
    const Condition = { StringLike: { "s3:prefix": ["a/*", "b/*"], "aws:Tag": "x" } };
    const asked = (context: Record<string, string>) => decision({ Condition }, { context });
    assert.equal(asked({ "s3:prefix": "b/c", "AWS:TAG": "x" }), "allowed");
    assert.equal(asked({ "s3:prefix": "b/c" }), "refused");
    assert.equal(asked({ "s3:prefix": "c/", "aws:tag": "x" }), "refused");
  });

  it("takes a missing key for different under StringNotEquals", () => {
    const statement = {
      Effect: "Deny",
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": "b" } },
    } as const;
    assert.equal(decision(statement), "denied");
    assert.equal(decision(statement, { context: { "iam:PermissionsBoundary": "c" } }), "denied");
    assert.equal(decision(statement, { context: { "iam:PermissionsBoundary": "b" } }), "refused");
  });

  it("is no where any policy or the boundary denies, whatever else allows", () => {
    const request = { action: "s3:GetObject", resource: OBJECT };
    const deny = allowing({ Effect: "Deny", Action: "s3:*" });
    const everything = allowing({ Action: "*", Resource: "*" });
    assert.equal(decide({ permissions: [everything, deny] }, request), "denied");
    assert.equal(decide({ permissions: [everything], boundary: deny }, request), "denied");
  });

  it("is yes only where the boundary allows as well, which itself gives nothing", () => {
    const request = { action: "s3:GetObject", resource: OBJECT };
    const other = allowing({ Action: "s3:PutObject" });
    assert.equal(
      decide({ permissions: [allowing({})], boundary: allowing({}) }, request),
      "allowed",
    );
    assert.equal(decide({ permissions: [allowing({})], boundary: other }, request), "refused");
    assert.equal(decide({ permissions: [other], boundary: allowing({}) }, request), "refused");
  });

  it("never becomes yes by a boundary or a denial more", () => {
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: fc.constantFrom("s3:GetObject", "s3:*", "s3:PutObject", "*"),
      Resource: fc.constantFrom("*", "arn:aws:s3:::bucket/*", "arn:aws:s3:::other/*", OBJECT),
    });
    const document = fc.array(statement, { maxLength: 4 }).map(policyDocument);
    fc.assert(
      fc.property(fc.array(document, { maxLength: 3 }), document, (permissions, boundary) => {
        const request = { action: "s3:GetObject", resource: OBJECT };
        const capped = decide({ permissions, boundary }, request);
        if (capped === "allowed") assert.equal(decide({ permissions }, request), "allowed");
        const denying = boundary.Statement.filter(({ Effect }) => Effect === "Deny");
        const denied = decide({ permissions: [...permissions, policyDocument(denying)] }, request);
        if (denied === "allowed") assert.equal(decide({ permissions }, request), "allowed");
      }),
    );
  });
});
