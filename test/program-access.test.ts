// Does not prove that AWS or GitHub accept what the program declares, or that a trust is safe: test/access does that.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { readCatalog } from "../catalog.ts";
import type { PropertyMap } from "../engine/values.ts";
import {
  configOf,
  facts,
  familiesOf,
  functionsFor,
  imagesOf,
  namesOf,
  onFakeCloud,
  runStack as run,
} from "./support/program.ts";

const SEALED_BOX = "A".repeat(68);
describe("the access that the program declares", () => {
  it("plans repositories, the role, the environment and variables of stack main", async () => {
    const all = await run("main", { preview: true });
    assert.deepEqual(
      namesOf(all, "slipway:index:ImageRepository"),
      familiesOf("main").flatMap((family) => [family, `${family}-cache`, `${family}-candidate`]),
    );
    const cache = all.resource("aws:ecr/repository:Repository", "ci-image-cache-repository");
    assert.equal(cache.inputs["name"], "pytorch/ci-image-cache");
    assert.equal(cache.inputs["imageTagMutability"], "MUTABLE");
    assert.deepEqual(namesOf(all, "slipway:index:EnvironmentSecret"), [
      "docker-build-secret-DOCKER_ID",
      "docker-build-secret-DOCKER_TOKEN",
    ]);
    assert.deepEqual(all.result.environments, {
      "docker-build": {
        branches: ["main", "release/*"],
        tags: ["v*-rc*"],
        secrets: ["DOCKER_ID", "DOCKER_TOKEN"],
        variables: ["SLIPWAY_FAMILIES", "SLIPWAY_PUSH_ROLE_ARN"],
      },
      "docker-deploy": {
        branches: ["main"],
        tags: [],
        secrets: [],
        variables: ["SLIPWAY_DEPLOY_ROLE_ARN"],
      },
      "docker-drift": {
        branches: ["main"],
        tags: [],
        secrets: [],
        variables: ["SLIPWAY_DRIFT_ROLE_ARN"],
      },
      "docker-candidate": {
        branches: ["main"],
        tags: [],
        secrets: [],
        variables: ["SLIPWAY_CANDIDATE_ROLE_ARN"],
      },
      "docker-pins": { branches: ["main"], tags: [], secrets: [], variables: [] },
    });
    assert.deepEqual(all.result.variables, [
      "SLIPWAY_REGISTRIES",
      "SLIPWAY_ECR_REGISTRY",
      "SLIPWAY_AWS_REGION",
      "SLIPWAY_READ_ROLE_ARN",
      "SLIPWAY_CANDIDATES",
    ]);
    assert.deepEqual(all.result.repositoryUrls["ci-image"], {
      ecr: "308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image",
      "ghcr.io": "ghcr.io/pytorch/ci-image",
    });
  });

  it("deploys the golden trust and permissions to the read-only role of stack main", async () => {
    const all = await run("main", { preview: true });
    const golden = (name: string): unknown =>
      JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));
    const { inputs } = all.resource("aws:iam/rolePolicy:RolePolicy", "read-only-policy");
    assert.deepEqual(JSON.parse(inputs["policy"] as string), golden("read-only-permissions"));
    const role = all.resource("aws:iam/role:Role", "read-only-role");
    assert.deepEqual(
      JSON.parse(role.inputs["assumeRolePolicy"] as string),
      golden("read-only-trust"),
    );
  });

  it("gives repositories, roles and boundaries the tags that roles ask for, and no others", async () => {
    const all = await run("main", { preview: true });
    const types = ["aws:ecr/repository:Repository", "aws:iam/policy:Policy", "aws:iam/role:Role"];
    const declared = all.resources.filter(({ type }) => types.includes(type));
    assert.deepEqual([...new Set(declared.map(({ type }) => type))].sort(), types);
    for (const { name, inputs } of declared) {
      const tags = { "managed-by": "slipway", repository: "pytorch/pytorch" };
      assert.deepEqual(inputs["tags"], tags, name);
    }
  });

  it("declares no ruleset where nobody is named to make refs", async () => {
    const config = { ...configOf("main"), "slipway:refCreators": "[]" };
    const all = await run("main", { preview: true, config });
    assert.deepEqual(namesOf(all, "slipway:index:RefRulesets"), []);
  });

  it("declares environments with those who review in them", async () => {
    const all = await run("main", { preview: true });
    const { plain } = all.resource("slipway:index:GithubEnvironment", "docker-deploy-environment");
    assert.deepEqual(
      [plain["teams"], plain["users"], plain["preventSelfReview"], plain["repository"]],
      [["pytorch-dev-infra"], [], true, "pytorch/pytorch"],
    );
  });

  it("tells each environment of a GitHub App its client id, where the stack names one", async () => {
    const config = {
      ...configOf("main"),
      "slipway:deployApp": "Iv23liabcdefghijklmn",
      "slipway:driftApp": "Iv23lizyxwvutsrqponm",
      "slipway:pinsApp": "Iv23lipinspinspinspi",
    };
    const all = await run("main", { preview: true, config });
    const ids = all.resources.flatMap(({ plain: { environment, variableName, value } }) =>
      typeof variableName === "string" && variableName.endsWith("_CLIENT_ID")
        ? [[environment, variableName, value]]
        : [],
    );
    assert.deepEqual(ids, [
      ["docker-deploy", "SLIPWAY_APP_CLIENT_ID", "Iv23liabcdefghijklmn"],
      ["docker-drift", "SLIPWAY_DRIFT_APP_CLIENT_ID", "Iv23lizyxwvutsrqponm"],
      ["docker-pins", "SLIPWAY_PINS_APP_CLIENT_ID", "Iv23lipinspinspinspi"],
    ]);
  });

  const sealed = JSON.stringify({
    "docker-deploy": { SLIPWAY_APP_KEY: { keyId: "7", value: SEALED_BOX, sealedOn: "2026-11-21" } },
  });

  it("gives an environment the sealed value of its secret as it is", async () => {
    const config = { ...configOf("main"), "slipway:sealedSecrets": sealed };
    const all = await run("main", { preview: true, config });
    const { plain } = all.resource(
      "slipway:index:EnvironmentSecret",
      "docker-deploy-secret-SLIPWAY_APP_KEY",
    );
    assert.deepEqual(plain["sealed"], { keyId: "7", value: SEALED_BOX });
    assert.deepEqual(all.result.environments["docker-deploy"]?.secrets, ["SLIPWAY_APP_KEY"]);
  });

  it("protects what stack main would lose for ever, and images not", async () => {
    const all = await run("main", {
      preview: true,
      config: { ...configOf("main"), "slipway:oidcProvider": "create" },
    });
    for (const type of [
      "aws:ecr/repository:Repository",
      "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
      "aws:iam/role:Role",
      "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
      "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
      "aws:iam/policy:Policy",
      "slipway:index:GithubEnvironment",
      "github:index/repositoryRuleset:RepositoryRuleset",
    ]) {
      const found = all.resources.filter(
        (resource) => resource.type === type && !resource.name.includes("-cache"),
      );
      assert.ok(found.length > 0, type);
      for (const { options } of found) assert.equal(options.protect, true, type);
    }
    for (const { type, options } of all.resources) {
      if (/Image$|ImageName$/.test(type)) assert.notEqual(options.protect, true, type);
    }
  });

  it("has no AWS and no secrets in the environment of stack therock", async () => {
    const all = await run("therock", { preview: true });
    assert.deepEqual(
      all.resources.filter(({ type }) => /aws|EnvironmentSecret/.test(type)),
      [],
    );
    assert.deepEqual(
      namesOf(all, "slipway:index:AcceleratorImage"),
      imagesOf(await readCatalog(), familiesOf("therock")),
    );
    assert.deepEqual(all.result.registries, { "ghcr.io": "ghcr.io" });
    assert.deepEqual(all.result.roleArns, {});
    assert.equal(
      all.result.repositoryUrls["no_rocm_image_ubuntu24_04"]?.["ghcr.io"],
      "ghcr.io/rocm/no_rocm_image_ubuntu24_04",
    );
  });

  it("lets any branch of stack therock into an environment that holds nothing, and main alone where it publishes", async () => {
    const all = await run("therock", { preview: true });
    assert.deepEqual(all.result.environments, {
      "docker-build": {
        branches: ["main"],
        tags: [],
        secrets: [],
        variables: ["SLIPWAY_FAMILIES"],
      },
      "docker-stage": { branches: ["**/*"], tags: [], secrets: [], variables: [] },
      "docker-deploy": { branches: ["main"], tags: [], secrets: [], variables: [] },
      "docker-drift": { branches: ["main"], tags: [], secrets: [], variables: [] },
      "docker-candidate": { branches: ["main"], tags: [], secrets: [], variables: [] },
      "docker-pins": { branches: ["main"], tags: [], secrets: [], variables: [] },
    });
    const stage = all.resources
      .filter(({ parent }) => parent === "docker-stage")
      .map(({ name }) => name);
    assert.deepEqual(stage, ["docker-stage-environment"]);
  });
});

describe("the access that the program declares on the local cloud", () => {
  onFakeCloud();

  it("declares every role below one path, each with its boundary and its own policy alone", async () => {
    const all = await run("local");
    const roles = all.resources.filter(({ type }) => type === "aws:iam/role:Role");
    assert.deepEqual(
      roles
        .map(({ inputs }) => [inputs["name"], inputs["path"], inputs["maxSessionDuration"]])
        .sort(),
      [
        ["gha_workflow_docker_candidate", "/slipway/", 3600],
        ["gha_workflow_docker_push", "/slipway/", 21_600],
        ["gha_workflow_s3_and_ecr_read_only", "/slipway/", 18_000],
        ["gha_workflow_slipway_deploy", "/slipway/", 3600],
        ["gha_workflow_slipway_drift", "/slipway/", 3600],
      ],
    );
    for (const { name, inputs, options } of roles) {
      const cap = name === "deploy-role" ? "deploy-boundary-policy" : "workflow-boundary-policy";
      assert.ok(options.dependencies.includes(cap), name);
      const boundary = `slipway-${cap.replace(/-policy$/, "")}`;
      const arn = `arn:aws:iam::308535385114:policy/slipway/${boundary}`;
      assert.equal(inputs["permissionsBoundary"], arn, name);
    }
    const policies = namesOf(all, "aws:iam/policy:Policy");
    assert.deepEqual(policies, ["deploy-boundary-policy", "workflow-boundary-policy"]);
    for (const exclusive of ["rolePoliciesExclusive", "rolePolicyAttachmentsExclusive"]) {
      const { length } = all.resources.filter(({ type }) => type.includes(`/${exclusive}:`));
      assert.equal(length, roles.length, exclusive);
    }
  });

  it("has refs guarded before environments admit them, and these there before a role trusts their jobs", async () => {
    const all = await run("local");
    const rulesets = namesOf(all, "github:index/repositoryRuleset:RepositoryRuleset");
    const environments = namesOf(all, "slipway:index:GithubEnvironment");
    const roles = namesOf(all, "aws:iam/role:Role");
    assert.deepEqual([rulesets.length, environments.length, roles.length], [4, 7, 5]);
    // What a state records of needs is the order of creation, and backwards that of destruction.
    for (const { type, name, options } of all.resources) {
      const first = environments.includes(name)
        ? rulesets
        : roles.includes(name)
          ? environments
          : [];
      const missing = first.filter((one) => !options.dependencies.includes(one));
      assert.deepEqual(missing, [], `${type} ${name}`);
    }
  });

  it("says that candidates are taken once their environment has its reviewers, and not without these", async () => {
    const type = "github:index/actionsVariable:ActionsVariable";
    const name = "candidates-SLIPWAY_CANDIDATES";
    const all = await run("local");
    const { options, plain } = all.resource(type, name);
    assert.equal(plain["value"], "true");
    assert.ok(options.dependencies.includes("docker-candidate-environment"));
    const environments = JSON.parse(configOf("local")["slipway:environments"]!) as object;
    for (const change of [
      { "slipway:candidates": "false" },
      { "slipway:environments": JSON.stringify({ ...environments, "docker-candidate": {} }) },
    ]) {
      const without = await run("local", { config: { ...configOf("local"), ...change } });
      assert.ok(!namesOf(without, type).includes(name));
      assert.ok(!without.result.variables.includes("SLIPWAY_CANDIDATES"));
    }
  });

  it("tells an environment the ARN of its role before the role is there", async () => {
    const all = await run("local");
    for (const key of ["push", "deploy", "drift"]) {
      const [variable] = all.resources.filter(
        ({ plain }) => plain["variableName"] === `SLIPWAY_${key.toUpperCase()}_ROLE_ARN`,
      );
      const { plain } = all.resource("aws:iam/role:Role", `${key}-role`);
      const { name } = plain;
      assert.ok(typeof name === "string");
      assert.equal(variable?.plain["value"], `arn:aws:iam::308535385114:role/slipway/${name}`);
    }
  });

  it("leaves refs that publish to the stack's teams, and main to nobody's deletion", async () => {
    const all = await run("local");
    assert.deepEqual(namesOf(all, "github:index/repositoryRuleset:RepositoryRuleset"), [
      "refs-main",
      "refs-release-branches",
      "refs-stage-branches",
      "refs-version-tags",
    ]);
    const { plain } = all.resource(
      "github:index/repositoryRuleset:RepositoryRuleset",
      "refs-release-branches",
    );
    assert.match(JSON.stringify(plain["bypassActors"]), /"actorId":1,"actorType":"Team"/);
  });

  it("declares nothing where GitHub would not have it, and says everything that does not fit", async () => {
    const about = { owner: "ci-infra", purpose: "Signs.", users: ["up.yml"], expires: "never" };
    const local = configOf("local");
    const own = JSON.parse(local["slipway:secrets"]!) as object;
    const config = {
      ...local,
      "slipway:secrets": JSON.stringify({
        ...own,
        "docker-deploy": { KEY: { ...about, source: "sealed" } },
      }),
      "slipway:sealedSecrets": JSON.stringify({
        "docker-deploy": { KEY: { keyId: "7", value: SEALED_BOX, sealedOn: "2026-11-21" } },
      }),
    };
    const answers = (keys: PropertyMap, immutable: boolean) => ({
      ...functionsFor("local"),
      "slipway:index:getRepositoryFacts": () => facts("local", { keys, immutable }),
    });
    const fitting = { config, functions: answers({ "docker-deploy": "7" }, false) };
    assert.ok((await run("local", fitting)).resources.length > 0);
    const other = { config, functions: answers({ "docker-deploy": "8" }, true) };
    await assert.rejects(run("local", other), (error) => {
      assert.ok(pulumi.RunError.isInstance(error), String(error));
      assert.equal(
        error.message,
        [
          "Pulumi.local.yaml: 2 problems",
          "  slipway:sealedSecrets.docker-deploy.KEY: sealed for a key that environment docker-deploy no longer has, so that GitHub could not open it; seal it again: slipway secrets set KEY --environment docker-deploy --stack local",
          "  slipway:subjectForm: name, but GitHub writes the form immutable, so that no token would be trusted; write immutable",
        ].join("\n"),
      );
      return true;
    });
  });
});
