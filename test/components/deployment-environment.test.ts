// Does not prove what the provider does with these inputs; test/provider does.
import assert from "node:assert/strict";
import { Provider as GithubProvider } from "@pulumi/github/provider.js";
import {
  DeploymentEnvironment,
  type DeploymentEnvironmentArgs,
} from "../../components/deployment-environment.ts";
import { RefRulesets } from "../../components/ref-rulesets.ts";
import { isSecret, type PropertyMap } from "../../engine/values.ts";
import type { DeclaredEnvironment } from "../../rules/declared-environments.ts";
import { deploymentPolicies } from "../../rules/refs.ts";
import { declaredRulesets } from "../../rules/rulesets.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const environment: DeclaredEnvironment = {
  name: "docker-build",
  policies: deploymentPolicies(["pytorch"]).get("docker-build")!,
  users: ["octocat"],
  teams: ["releases"],
  waitTimer: 5,
  preventSelfReview: true,
};
const args: DeploymentEnvironmentArgs = {
  repository: "pytorch/pytorch",
  environment,
  api: { baseUrl: "https://api.github.com/", token: "marker-api" },
  secrets: {
    DOCKER_ID: { value: "marker-id" },
    DOCKER_TOKEN: { value: "marker-token" },
    SIGNING_KEY: { sealed: { keyId: "7", value: "c2VhbGVk" } },
  },
  variables: { SLIPWAY_FAMILIES: "[]" },
};
const type = {
  environment: "slipway:index:GithubEnvironment",
  secret: "slipway:index:EnvironmentSecret",
  variable: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
};

function run(more: Partial<DeploymentEnvironmentArgs> = {}, protect = false) {
  return runInEngine(
    () => new DeploymentEnvironment("docker-build", { ...args, ...more }, { protect }),
  );
}

describe("DeploymentEnvironment", () => {
  it("is an environment with its secrets and variables, the same in a preview", async () => {
    const { result, ...all } = await previewParity(
      () => new DeploymentEnvironment("docker-build", args),
    );
    assert.deepEqual(all.resources.map(({ name, parent }) => `${name} < ${parent}`).sort(), [
      "docker-build < undefined",
      "docker-build-environment < docker-build",
      "docker-build-secret-DOCKER_ID < docker-build",
      "docker-build-secret-DOCKER_TOKEN < docker-build",
      "docker-build-secret-SIGNING_KEY < docker-build",
      "docker-build-variable-SLIPWAY_FAMILIES < docker-build",
    ]);
    assert.equal(await value(result.environment), "docker-build");
  });

  it("is one resource with everything that says who may enter", async () => {
    const { name, ...settings } = environment;
    const { inputs, plain } = (await run()).resource(type.environment);
    assert.deepEqual(plain, {
      repository: "pytorch/pytorch",
      environment: name,
      ...settings,
      api: args.api,
    });
    assert.ok(isSecret((inputs["api"] as PropertyMap)["token"]));
  });

  it("holds secrets and variables by their names", async () => {
    const one = await run();
    const place = { repository: "pytorch/pytorch", environment: "docker-build", api: args.api };
    assert.deepEqual(one.resource(type.secret, "docker-build-secret-DOCKER_TOKEN").plain, {
      ...place,
      name: "DOCKER_TOKEN",
      value: "marker-token",
    });
    assert.deepEqual(one.resource(type.secret, "docker-build-secret-SIGNING_KEY").plain, {
      ...place,
      name: "SIGNING_KEY",
      sealed: { keyId: "7", value: "c2VhbGVk" },
    });
    assert.deepEqual(one.resource(type.variable).inputs, {
      repository: "pytorch",
      environment: "docker-build",
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

  it("gets what it holds after the environment with all its policies", async () => {
    const one = await run();
    for (const { type: t, options } of one.resources) {
      if (t !== type.secret && t !== type.variable) continue;
      assert.deepEqual(options.dependencies, ["docker-build-environment"]);
    }
  });

  it("comes after what it is told to wait for", async () => {
    const creators = ["releases"];
    const refs = { repository: "pytorch", rulesets: declaredRulesets([], creators), creators };
    const functions = { "github:index/getTeam:getTeam": () => ({ id: "1" }) };
    const all = await runInEngine(
      () =>
        new DeploymentEnvironment("docker-build", args, {
          dependsOn: new RefRulesets("refs", refs),
        }),
      { functions },
    );
    const { options } = all.resource(type.environment);
    assert.deepEqual(options.dependencies, ["refs-main"]);
  });

  it("takes everything in it away with itself, and replaces it one at a time", async () => {
    const one = await run({}, true);
    assert.equal(one.resource(type.environment).options.protect, true);
    const inside = one.resources.filter(({ custom, type: t }) => custom && t !== type.environment);
    assert.equal(inside.length, 4);
    for (const { options } of inside) {
      assert.equal(options.deletedWith, "docker-build-environment");
      assert.equal(options.deleteBeforeReplace, true);
      assert.equal(options.protect, false);
    }
  });

  it("hands its provider for GitHub on to the variables", async () => {
    const one = await runInEngine(() => {
      const provider = new GithubProvider("github", { owner: "pytorch" });
      return new DeploymentEnvironment("docker-build", args, { provider });
    });
    assert.equal(one.resource(type.variable).options.provider, "github");
    assert.equal(one.resource(type.environment).options.provider, undefined);
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
      new DeploymentEnvironment("docker-stage", {
        ...args,
        environment: { ...environment, name: "docker-stage" },
      }),
    ]);
    assert.equal(one.resources.length, 12);
  });

  it("refuses an environment that nobody may enter and names that GitHub refuses, at once", async () => {
    const value = { value: "marker" };
    const bad = {
      environment: { ...environment, policies: [] },
      secrets: { "docker-id": value, GITHUB_PAT: value },
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
