// Does not prove that AWS, GitHub or a registry accept what the program declares.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type Catalog, readCatalog } from "../catalog.ts";
import type * as Program from "../index.ts";
import type { PropertyMap } from "../engine/values.ts";
import type { LocalCloud } from "../rules/local-cloud.ts";
import {
  type EngineRun,
  previewParity,
  runInEngine,
  type RunOptions,
  value,
} from "./support/engine.ts";

type Outputs = typeof Program;

const secrets = {
  "slipway:githubToken": "marker-github",
  "slipway:ghcrUser": "marker-ghcr-user",
  "slipway:ghcrToken": "marker-ghcr",
  "slipway:dockerId": "marker-docker-id",
  "slipway:dockerToken": "marker-docker",
};
const token = "aws:ecr/getAuthorizationToken:getAuthorizationToken";
const functions = {
  [token]: () => ({ userName: "AWS", password: "marker-ecr" }),
  "github:index/getTeam:getTeam": () => ({ id: "1" }),
  "slipway:index:getRepositoryFacts": () => facts(),
};

/** What GitHub says of a repository where everything is as stacks expect it. */
function facts(more: { readonly immutable?: boolean; readonly keys?: PropertyMap } = {}) {
  const { immutable = false, keys = {} } = more;
  return { subject: { immutable, customised: null }, keys };
}

/** A stack's own configuration as the Pulumi CLI hands it over: text, or JSON. */
function configOf(stack: string): Record<string, string> {
  const file = readFileSync(new URL(`../Pulumi.${stack}.yaml`, import.meta.url), "utf8");
  const { config } = parse(file) as {
    readonly config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

let copies = 0;

/** The program in a copy of its own: a module runs once. */
async function program(): Promise<Outputs> {
  const copy = `../index.ts?copy=${++copies}`;
  return (await import(copy)) as Outputs;
}

function run(stack: string, options: RunOptions = {}): Promise<EngineRun<Outputs>> {
  return runInEngine(program, {
    stack,
    config: configOf(stack),
    functions,
    ...options,
  });
}

function familiesOf(stack: string): string[] {
  return JSON.parse(configOf(stack)["slipway:families"] ?? "[]") as string[];
}

/** `family/accelerator` of every image in some families. */
function imagesOf(catalog: Catalog, families: readonly string[]): string[] {
  return families
    .flatMap((name) =>
      catalog.get(name)!.images.map(({ accelerator = "default" }) => `${name}/${accelerator}`),
    )
    .sort();
}

function namesOf(all: EngineRun<unknown>, type: string): string[] {
  return all.resources
    .filter((resource) => resource.type === type)
    .map(({ name }) => name)
    .sort();
}

describe("the program", () => {
  let catalog: Catalog;
  before(async () => {
    catalog = await readCatalog();
  });

  it("plans every image of stack main without any secret", async () => {
    const all = await run("main", { preview: true });
    const images = imagesOf(catalog, ["almalinux-builder", "ci-image"]);
    assert.equal(images.length, 10);
    assert.deepEqual(namesOf(all, "slipway:index:AcceleratorImage"), images);
    for (const [type, roles] of [
      ["docker-build:index:Image", ["content", "contract"]],
      ["slipway:index:ImageName", ["name"]],
    ] as const) {
      assert.deepEqual(
        namesOf(all, type),
        images.flatMap((name) => roles.map((role) => `${name}-${role}`)).sort(),
      );
    }
  });

  it("plans repositories, the role, the environment and variables of stack main", async () => {
    const all = await run("main", { preview: true });
    assert.deepEqual(
      namesOf(all, "slipway:index:ImageRepository"),
      familiesOf("main").flatMap((family) => [family, `${family}-cache`]),
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
    });
    assert.deepEqual(all.result.variables, [
      "SLIPWAY_REGISTRIES",
      "SLIPWAY_ECR_REGISTRY",
      "SLIPWAY_AWS_REGION",
      "SLIPWAY_READ_ROLE_ARN",
      "SLIPWAY_DRIFT_ROLE_ARN",
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

  const sealed = JSON.stringify({
    "docker-deploy": { SLIPWAY_APP_KEY: { keyId: "7", value: "AAAA", sealedOn: "2026-11-21" } },
  });

  it("gives an environment the sealed value of its secret as it is", async () => {
    const config = { ...configOf("main"), "slipway:sealedSecrets": sealed };
    const all = await run("main", { preview: true, config });
    const { plain } = all.resource(
      "slipway:index:EnvironmentSecret",
      "docker-deploy-secret-SLIPWAY_APP_KEY",
    );
    assert.deepEqual(plain["sealed"], { keyId: "7", value: "AAAA" });
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

  it("names an explicit provider for everything of AWS and GitHub", async () => {
    const all = await run("main", { preview: true });
    for (const { type, custom, options } of all.resources) {
      const pack = type.split(":")[0] ?? "";
      if (custom && ["aws", "github"].includes(pack)) assert.equal(options.provider, pack, type);
    }
    for (const { token, provider = "" } of all.calls) {
      const pack = token.split(":")[0] ?? "";
      assert.match(provider, pack === "slipway" ? /^$/ : new RegExp(`::${pack}::`), token);
    }
  });

  it("uses the GitHub client that heeds rate limits", async () => {
    const all = await run("main", { preview: true });
    const { plain } = all.resource("pulumi:providers:github");
    assert.equal(plain["legacyClient"], "false", "as the SDK writes it");
  });

  it("waits with each image for its family's repository on ECR", async () => {
    const all = await run("main", { preview: true });
    const { options } = all.resource("docker-build:index:Image", "almalinux-builder/cpu-content");
    assert.ok(options.dependencies.includes("almalinux-builder-repository"));
    assert.ok(!options.dependencies.includes("ci-image-repository"));
  });

  it("has no AWS and no secrets in the environment of stack therock", async () => {
    const all = await run("therock", { preview: true });
    assert.deepEqual(
      all.resources.filter(({ type }) => /aws|EnvironmentSecret/.test(type)),
      [],
    );
    assert.deepEqual(
      namesOf(all, "slipway:index:AcceleratorImage"),
      imagesOf(catalog, familiesOf("therock")),
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
    });
    const stage = all.resources
      .filter(({ parent }) => parent === "docker-stage")
      .map(({ name }) => name);
    assert.deepEqual(stage, ["docker-stage-environment"]);
  });

  it("reads the channel's build cache with every build, and writes none", async () => {
    const all = await run("main", { preview: true });
    const builds = all.resources.filter(({ type }) => type === "docker-build:index:Image");
    const host = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
    for (const { plain } of builds) {
      assert.match(
        JSON.stringify(plain["cacheFrom"]),
        new RegExp(
          `^\\[\\{"registry":\\{"ref":"${host}/pytorch/[a-z-]+-cache:[^"]+__main"\\}\\}\\]$`,
        ),
      );
      assert.ok(!("cacheTo" in plain));
    }
  });

  it("declares images alone in the stack of a release line", async () => {
    const all = await run("main", {
      stack: "release-2.10",
      preview: true,
      config: {
        ...configOf("main"),
        "slipway:owns": "images",
        "slipway:channel": "release/2.10",
        "slipway:environments": "{}",
        "slipway:secrets": "{}",
        "slipway:refCreators": "[]",
      },
    });
    const types = new Set(all.resources.map(({ type }) => type));
    assert.deepEqual([...types].sort(), [
      "docker-build:index:Image",
      "pulumi:providers:aws",
      "slipway:index:AcceleratorImage",
      "slipway:index:ImageFamily",
      "slipway:index:ImageName",
    ]);
    const { plain } = all.resource("slipway:index:ImageName", "almalinux-builder/cpu-name");
    assert.match(JSON.stringify(plain["registries"]), /"floatingNames":\["cpu-2.10"\]/);
    assert.deepEqual([all.result.environments, all.result.variables], [{}, []]);
    assert.deepEqual(
      all.calls.map(({ token: asked }) => asked),
      [token],
    );
  });

  it("shows no secret in clear on the wire", async () => {
    const config = { ...configOf("main"), ...secrets };
    const all = await run("main", { preview: true, config });
    assert.deepEqual(all.clearSecrets("marker"), []);
    const wire = JSON.stringify(all.resources);
    for (const marker of Object.values(secrets)) assert.ok(wire.includes(marker), marker);
  });

  it("refuses to build on bases that nobody looked up, and names them all", async () => {
    const config = { ...configOf("main"), ...secrets };
    const unresolved = new Set(
      ["almalinux-builder", "ci-image"].flatMap((name) =>
        catalog
          .get(name)!
          .images.filter(({ base }) => base.digest === "unresolved")
          .map(({ base }) => base.image),
      ),
    );
    assert.ok(unresolved.size > 0);
    await assert.rejects(run("main", { config }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      for (const image of unresolved) {
        assert.ok(error.message.includes(`the digest of ${image} is unresolved; look it up`));
      }
      return true;
    });
  });

  it("ends with one error and no stack trace for whatever a user can mend", async () => {
    const config = {
      ...configOf("main"),
      "slipway:protect": "yes",
      "slipway:famlies": "[]",
    };
    await assert.rejects(run("main", { config }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(
        error.message,
        [
          "Pulumi.main.yaml: 2 problems",
          '  slipway:famlies: unknown key (did you mean "families"?)',
          '  slipway:protect: "yes" is not a boolean; write e.g. true',
        ].join("\n"),
      );
      return true;
    });
  });
});

describe("the program on the local cloud", () => {
  const outside = process.env["SLIPWAY_HOME"];
  let home: string;

  before(() => {
    home = mkdtempSync(join(tmpdir(), "slipway-program-"));
    const base = `oci-layout://${home}/stand-ins/base@sha256:${"1".repeat(64)}`;
    const login = (port: number) => ({
      host: `localhost:${port}`,
      username: "marker-user",
      password: "marker-password",
    });
    const cloud: LocalCloud = {
      version: 1,
      folder: home,
      aws: { endpoint: "http://127.0.0.1:34000" },
      github: { endpoint: "http://127.0.0.1:34001", token: "marker-token" },
      registries: {
        ecr: login(34002),
        "ghcr.io": login(34003),
        "docker.io": login(34004),
      },
      buildkit: { address: "unix:///run/buildkit.sock" },
      standIns: { base },
    };
    writeFileSync(join(home, "cloud.json"), JSON.stringify(cloud));
    process.env["SLIPWAY_HOME"] = home;
  });
  after(() => {
    if (outside === undefined) delete process.env["SLIPWAY_HOME"];
    else process.env["SLIPWAY_HOME"] = outside;
    rmSync(home, { recursive: true, force: true });
  });

  it("declares the same in a preview and in an update", async () => {
    const all = await previewParity(program, {
      stack: "local",
      config: configOf("local"),
      functions,
    });
    const catalog = await readCatalog();
    const images = imagesOf(catalog, [...catalog.keys()]);
    assert.deepEqual(namesOf(all, "slipway:index:AcceleratorImage"), images);
    const asked = all.calls.map((call) => call.token);
    assert.ok(!asked.includes(token), "ECR's token of the emulator leads nowhere");
  });

  it("shows no secret in clear on the wire", async () => {
    const all = await run("local");
    assert.deepEqual(all.clearSecrets("marker"), []);
  });

  it("gives each image's reference by digest and its names as stack outputs", async () => {
    const { result } = await run("local");
    const image = result.images["almalinux-builder"]?.["cuda12.8"];
    const digest = `sha256:${"a".repeat(64)}`;
    assert.equal(
      await value(image!.reference),
      `localhost:34002/pytorch/almalinux-builder@${digest}`,
    );
    const names = Object.keys(await value(image!.names));
    assert.equal(names.length, 4);
    assert.match(
      names[0]!,
      /^localhost:34002\/pytorch\/almalinux-builder:cuda12\.8-k[0-9a-f]{40}$/,
    );
    assert.ok(names.includes("localhost:34004/pytorch/almalinux-builder:cuda12.8-main"));
    assert.deepEqual(Object.keys(result.images["no_rocm_image_ubuntu24_04"]!), ["default"]);
    assert.deepEqual(Object.keys(result.roleArns), [
      "gha_workflow_s3_and_ecr_read_only",
      "gha_workflow_docker_push",
      "gha_workflow_slipway_deploy",
      "gha_workflow_slipway_drift",
    ]);
  });

  it("declares every role below one path, each with its boundary and its own policy alone", async () => {
    const all = await run("local");
    const roles = all.resources.filter(({ type }) => type === "aws:iam/role:Role");
    assert.deepEqual(
      roles.map(({ inputs }) => [inputs["name"], inputs["path"], inputs["maxSessionDuration"]]),
      [
        ["gha_workflow_s3_and_ecr_read_only", "/slipway/", 18_000],
        ["gha_workflow_docker_push", "/slipway/", 21_600],
        ["gha_workflow_slipway_deploy", "/slipway/", 3600],
        ["gha_workflow_slipway_drift", "/slipway/", 3600],
      ],
    );
    for (const { name, inputs, options } of roles) {
      const cap = name === "deploy-role" ? "deploy-boundary-policy" : "workflow-boundary-policy";
      assert.ok(options.dependencies.includes(cap), name);
      assert.match(inputs["permissionsBoundary"] as string, /./, name);
    }
    const policies = namesOf(all, "aws:iam/policy:Policy");
    assert.deepEqual(policies, ["deploy-boundary-policy", "workflow-boundary-policy"]);
    for (const exclusive of ["rolePoliciesExclusive", "rolePolicyAttachmentsExclusive"]) {
      const { length } = all.resources.filter(({ type }) => type.includes(`/${exclusive}:`));
      assert.equal(length, roles.length, exclusive);
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
        "docker-deploy": { KEY: { keyId: "7", value: "AAAA", sealedOn: "2026-11-21" } },
      }),
    };
    const answers = (keys: PropertyMap, immutable: boolean) => ({
      ...functions,
      "slipway:index:getRepositoryFacts": () => facts({ keys, immutable }),
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
          "  slipway:subjectForm: name, but GitHub writes the repository's OIDC subject in the form immutable, so that no workflow could assume a role; write immutable, or both during a move",
        ].join("\n"),
      );
      return true;
    });
  });

  it("protects nothing and lets repositories go with their images", async () => {
    const all = await run("local");
    assert.deepEqual(
      all.resources.filter(({ options }) => options.protect === true),
      [],
    );
    const { inputs } = all.resource("aws:ecr/repository:Repository", "ci-image-repository");
    assert.equal(inputs["forceDelete"], true);
  });

  it("talks to the local cloud alone", async () => {
    const all = await run("local");
    const { inputs } = all.resource("pulumi:providers:aws");
    assert.match(JSON.stringify(inputs["endpoints"]), /127\.0\.0\.1:34000/);
    const github = all.resource("pulumi:providers:github");
    assert.equal(github.inputs["baseUrl"], "http://127.0.0.1:34001/");
    const wire = JSON.stringify(all.resources.map(({ plain }) => plain["exports"]));
    assert.doesNotMatch(wire, /amazonaws|ghcr\.io|docker\.io/);
  });
});
