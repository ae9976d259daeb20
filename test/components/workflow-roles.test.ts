// What each document says and whom it lets in is for test/rules and test/access to tell.
import assert from "node:assert/strict";
import * as aws from "@pulumi/aws/iam/index.js";
import { WorkflowRoles, type WorkflowRolesArgs } from "../../components/workflow-roles.ts";
import { declaredRoles } from "../../rules/roles.ts";
import { runInEngine, value } from "../support/engine.ts";

const repository = { owner: "pytorch", name: "pytorch", subjectForm: "name" } as const;
const roles: WorkflowRolesArgs["roles"] = {
  repository,
  account: { accountId: "308535385114", region: "us-east-1" },
  ecrRepositories: ["pytorch/ci-image", "pytorch/ci-image-cache"],
  buckets: ["gha-artifacts"],
};

function made(oidcProvider: WorkflowRolesArgs["oidcProvider"], protect = false) {
  const args = { repository, roles, oidcProvider, tags: { "managed-by": "slipway" } };
  return runInEngine(() => new WorkflowRoles("workflows", args, { protect }));
}

describe("the roles of an account for workflows", () => {
  it("are all that are declared, known by what they are for and by their names", async () => {
    const { result } = await made("create");
    const declared = declaredRoles(roles);
    assert.deepEqual(
      Object.keys(result.arns),
      declared.map(({ key }) => key),
    );
    for (const { key, roleName } of declared) {
      const arn = `arn:aws:iam::308535385114:role/slipway/${roleName}`;
      assert.equal(await value(result.arns[key]), arn);
      assert.equal(await value(result.arnsByName[roleName]!), arn);
    }
  });

  it("have each the boundary that it is declared with", async () => {
    const all = await made("create");
    for (const { key, boundary } of declaredRoles(roles)) {
      const { inputs } = all.resource("aws:iam/role:Role", `${key}-role`);
      const policy = `arn:aws:iam::308535385114:policy/slipway/slipway-${boundary}-boundary`;
      assert.equal(inputs["permissionsBoundary"], policy, key);
    }
  });

  it("trust the account's own provider, made here or there already", async () => {
    const type = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
    assert.equal((await made("create")).resource(type).name, "github-provider");
    const arn = "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";
    const all = await made({ arn });
    assert.ok(!all.resources.some((resource) => resource.type === type));
    const trusts = all.resources.flatMap(({ inputs }) => inputs["assumeRolePolicy"] ?? []);
    assert.equal(trusts.length, declaredRoles(roles).length);
    for (const trust of trusts) assert.ok((trust as string).includes(arn));
  });

  it("wait for what they are told to wait for", async () => {
    const args = { repository, roles, oidcProvider: "create" } as const;
    const all = await runInEngine(() => {
      const first = new aws.Role("first", { assumeRolePolicy: "{}" });
      return new WorkflowRoles("workflows", args, { dependsOn: first });
    });
    for (const { key, boundary } of declaredRoles(roles)) {
      const { options } = all.resource("aws:iam/role:Role", `${key}-role`);
      for (const needed of ["first", `${boundary}-boundary-policy`, "github-provider"]) {
        assert.ok(options.dependencies.includes(needed), `${key}: ${needed}`);
      }
    }
  });

  it("are protected and tagged with whatever belongs to them", async () => {
    const all = await made("create", true);
    const custom = all.resources.filter((resource) => resource.custom);
    assert.ok(custom.length > 10);
    for (const { urn, type, inputs, options } of custom) {
      assert.equal(options.protect, true, urn);
      if (/:(?:Role|Policy|OpenIdConnectProvider)$/.test(type)) {
        assert.deepEqual(inputs["tags"], { "managed-by": "slipway" }, urn);
      }
    }
  });
});
