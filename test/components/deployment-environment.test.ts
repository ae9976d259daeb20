// Does not prove what GitHub does with these inputs, nor that nothing is ever open between two requests.
import assert from "node:assert/strict";
import { Provider as GithubProvider } from "@pulumi/github/provider.js";
import {
  DeploymentEnvironment,
  type DeploymentEnvironmentArgs,
} from "../../components/deployment-environment.ts";
import { isSecret } from "../../engine/values.ts";
import { deploymentPolicies } from "../../rules/refs.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const args: DeploymentEnvironmentArgs = {
  repository: "pytorch",
  environment: "docker-build",
  policies: deploymentPolicies(["pytorch"]).get("docker-build")!,
  secrets: { DOCKER_ID: "marker-id", DOCKER_TOKEN: "marker-token" },
  variables: { SLIPWAY_FAMILIES: "[]" },
};
const type = {
  environment: "github:index/repositoryEnvironment:RepositoryEnvironment",
  policy:
    "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  secret: "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret",
  variable: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
};

function run(more: Partial<DeploymentEnvironmentArgs> = {}, protect = false) {
  return runInEngine(
    () => new DeploymentEnvironment("docker-build", { ...args, ...more }, { protect }),
  );
}

describe("DeploymentEnvironment", () => {
  it("is an environment with its policies, secrets and variables, the same in a preview", async () => {
    const { result, ...all } = await previewParity(
      () => new DeploymentEnvironment("docker-build", args),
    );
    assert.deepEqual(all.resources.map(({ name, parent }) => `${name} < ${parent}`).sort(), [
      "docker-build < undefined",
      "docker-build-branch-main < docker-build",
      "docker-build-branch-release/* < docker-build",
      "docker-build-environment < docker-build",
      "docker-build-secret-DOCKER_ID < docker-build",
      "docker-build-secret-DOCKER_TOKEN < docker-build",
      "docker-build-tag-v*-rc* < docker-build",
      "docker-build-variable-SLIPWAY_FAMILIES < docker-build",
    ]);
    assert.equal(await value(result.environment), "docker-build");
  });

  it("admits the refs of its policies only, administrators included", async () => {
    const one = await run();
    assert.deepEqual(one.resource(type.environment).inputs, {
      repository: "pytorch",
      environment: "docker-build",
      canAdminsBypass: false,
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
    });
    const place = { repository: "pytorch", environment: "docker-build" };
    assert.deepEqual(one.resource(type.policy, "docker-build-branch-release/*").inputs, {
      ...place,
      branchPattern: "release/*",
    });
    assert.deepEqual(one.resource(type.policy, "docker-build-tag-v*-rc*").inputs, {
      ...place,
      tagPattern: "v*-rc*",
    });
  });

  it("holds secrets and variables by their names", async () => {
    const one = await run();
    const place = { repository: "pytorch", environment: "docker-build" };
    assert.deepEqual(one.resource(type.secret, "docker-build-secret-DOCKER_TOKEN").plain, {
      ...place,
      secretName: "DOCKER_TOKEN",
      value: "marker-token",
    });
    assert.deepEqual(one.resource(type.variable).inputs, {
      ...place,
      variableName: "SLIPWAY_FAMILIES",
      value: "[]",
    });
  });

  it("wraps every secret, so that none is clear on the wire", async () => {
    const one = await run();
    assert.deepEqual(one.clearSecrets("marker"), []);
    const { inputs } = one.resource(type.secret, "docker-build-secret-DOCKER_ID");
    assert.ok(isSecret(inputs["value"]));
  });

  it("gets its secrets after every policy", async () => {
    const one = await run();
    const { options } = one.resource(type.secret, "docker-build-secret-DOCKER_ID");
    assert.deepEqual(options.dependencies, [
      "docker-build-branch-main",
      "docker-build-branch-release/*",
      "docker-build-environment",
      "docker-build-tag-v*-rc*",
    ]);
  });

  it("takes everything in it away with itself, and replaces it one at a time", async () => {
    const one = await run({}, true);
    assert.equal(one.resource(type.environment).options.protect, true);
    const inside = one.resources.filter(({ custom, type: t }) => custom && t !== type.environment);
    assert.equal(inside.length, 6);
    for (const { options } of inside) {
      assert.equal(options.deletedWith, "docker-build-environment");
      assert.equal(options.deleteBeforeReplace, true);
      assert.equal(options.protect, false);
    }
  });

  it("hands its provider on to all it holds", async () => {
    const one = await runInEngine(() => {
      const provider = new GithubProvider("github", { owner: "pytorch" });
      return new DeploymentEnvironment("docker-build", args, { provider });
    });
    const held = one.resources.filter(({ parent }) => parent === "docker-build");
    assert.equal(held.length, 7);
    for (const { name, options } of held) assert.equal(options.provider, "github", name);
  });

  it("may hold nothing", async () => {
    const { secrets, variables, ...rest } = args;
    assert.ok(secrets && variables);
    const one = await runInEngine(() => new DeploymentEnvironment("docker-build", rest));
    const types = new Set(one.resources.map((resource) => resource.type));
    assert.ok(!types.has(type.secret) && !types.has(type.variable));
  });

  it("registers its outputs once", async () => {
    const one = await run();
    const { registeredOutputs } = one.resource("slipway:index:DeploymentEnvironment");
    assert.deepEqual(registeredOutputs, [{ environment: "docker-build" }]);
  });

  it("stands beside another of its kind", async () => {
    const one = await runInEngine(() => [
      new DeploymentEnvironment("docker-build", args),
      new DeploymentEnvironment("docker-stage", { ...args, environment: "docker-stage" }),
    ]);
    assert.equal(one.resources.length, 16);
  });

  it("refuses an environment that nobody may enter and names that GitHub refuses, at once", async () => {
    const bad = {
      policies: [],
      secrets: { "docker-id": "marker", GITHUB_PAT: "marker" },
      variables: { "1ST": "" },
    };
    await assert.rejects(run(bad), {
      name: "ProblemsError",
      message: [
        "environment docker-build: 4 problems",
        "  policies: empty: no job could enter; add e.g. { kind: branch, pattern: main }",
        "  secrets.GITHUB_PAT: begins with GITHUB_, which GitHub keeps for itself",
        "  secrets.docker-id: not a name that GitHub Actions keeps as it is: capital letters, digits and _, no digit first",
        "  variables.1ST: not a name that GitHub Actions keeps as it is: capital letters, digits and _, no digit first",
      ].join("\n"),
    });
  });
});
