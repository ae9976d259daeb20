// Does not prove that the Pulumi CLI hands configuration over in this form; test/live does.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Catalog, Family, RegistryName } from "../catalog.ts";
import { CONFIGURATION_KEYS, SECRET_KEYS } from "../rules/configuration.ts";
import type { LocalCloud } from "../rules/local-cloud.ts";
import { readSettings, type Settings, type SettingsSource } from "../settings.ts";
import { isSecretOutput, isUnknown, runInEngine, value } from "./support/engine.ts";

const digest = `sha256:${"0".repeat(64)}`;

function family(name: string, registries: Family["registries"], baseDigest = digest): Family {
  return {
    name,
    description: name,
    scheme: name === "therock" ? "therock" : "pytorch",
    registries,
    platforms: ["linux/amd64"],
    epoch: 0,
    folder: `/images/${name}`,
    images: [
      {
        accelerator: "cpu",
        base: { image: "docker.io/amd64/almalinux:8", digest: baseDigest },
        buildArgs: {},
      },
      {
        accelerator: "cuda12.8",
        base: { image: "docker.io/amd64/almalinux:8", digest: baseDigest },
        buildArgs: {},
      },
    ],
  };
}

const catalog: Catalog = new Map(
  [
    family("almalinux-builder", ["ecr", "docker.io"]),
    family("ci-image", ["ecr", "ghcr.io"]),
    family("therock", ["ghcr.io"]),
    family("unresolved", ["ghcr.io"], "unresolved"),
  ].map((one) => [one.name, one]),
);

const declared = (config: string) => ({
  owner: "ci-infra",
  purpose: "Pushes to docker.io.",
  users: ["build.yml"],
  expires: "never",
  source: { config },
});
const registrySecrets = {
  "slipway:ghcrUser": "marker-ghcr-user",
  "slipway:ghcrToken": "marker-ghcr",
  "slipway:dockerId": "marker-docker-id",
  "slipway:dockerToken": "marker-docker",
};
const SEALED_BOX = "A".repeat(68);
const secrets = { ...registrySecrets, "slipway:githubToken": "marker-github" };
const reviewed = '{"docker-deploy":{"teams":["ci-infra"]}}';
const minimal = {
  "slipway:environments": reviewed,
  "slipway:owner": "ROCm",
  "slipway:repository": "TheRock",
  "slipway:families": '["therock"]',
};
const pytorch = {
  "slipway:environments": reviewed,
  "slipway:secrets": JSON.stringify({
    "docker-build": {
      DOCKER_ID: declared("dockerId"),
      DOCKER_TOKEN: declared("dockerToken"),
    },
  }),
  "slipway:owner": "pytorch",
  "slipway:repository": "pytorch",
  "slipway:ownerId": "21003710",
  "slipway:repositoryId": "65600975",
  "slipway:families": '["almalinux-builder","ci-image"]',
  "slipway:awsAccountId": "308535385114",
  "slipway:awsRegion": "us-east-1",
  "slipway:readBuckets": '["gha-artifacts"]',
};

function source(
  config: Record<string, string>,
  more: Partial<SettingsSource> = {},
): SettingsSource {
  return {
    stack: "main",
    config,
    dryRun: false,
    home: "/nowhere/.slipway",
    stacks: [],
    variables: {},
    clearKeys: [],
    ...more,
  };
}

function read(config: Record<string, string>, more: Partial<SettingsSource> = {}): Settings {
  return readSettings(catalog, source(config, more));
}

function faults(config: Record<string, string>, more: Partial<SettingsSource> = {}): string {
  try {
    read(config, more);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === "ProblemsError");
    return error.message;
  }
  assert.fail("no fault was found");
}

/** The value that an environment is given of one of the declared secrets. */
function given(settings: Settings, name: string): pulumi.Output<string> {
  const found = settings.secrets.find(({ secret }) => secret.name === name)?.given;
  assert.ok(found !== undefined && "value" in found, name);
  return found.value;
}

describe("settings", () => {
  it("are typed values of every key", () => {
    const settings = read({
      ...pytorch,
      ...secrets,
      "slipway:protect": "false",
      "slipway:forceDelete": "true",
      "slipway:refCreators": '["release-engineers"]',
      "slipway:stateBucket": "state/slipway/main",
    });
    const { registries, github, secrets: given, ...plain } = settings;
    assert.deepEqual(plain, {
      stack: "main",
      repository: {
        owner: "pytorch",
        name: "pytorch",
        ownerId: 21003710,
        repositoryId: 65600975,
        subjectForm: "name",
      },
      families: [catalog.get("almalinux-builder"), catalog.get("ci-image")],
      channel: "main",
      owns: "all",
      aws: {
        accountId: "308535385114",
        region: "us-east-1",
        oidcProvider: "create",
        roles: {
          repository: { owner: "pytorch", name: "pytorch" },
          account: { accountId: "308535385114", region: "us-east-1" },
          ecrRepositories: ["almalinux-builder", "ci-image"].flatMap((name) => [
            `pytorch/${name}`,
            `pytorch/${name}-cache`,
          ]),
          buckets: ["gha-artifacts"],
          state: { bucket: "state", prefix: "slipway/main" },
          ownsOidcProvider: true,
        },
        pullAccounts: [],
      },
      environments: [
        {
          name: "docker-build",
          policies: [
            { kind: "branch", pattern: "main" },
            { kind: "branch", pattern: "release/*" },
            { kind: "tag", pattern: "v*-rc*" },
          ],
          users: [],
          teams: [],
          waitTimer: 0,
          preventSelfReview: false,
        },
        {
          name: "docker-deploy",
          policies: [{ kind: "branch", pattern: "main" }],
          users: [],
          teams: ["ci-infra"],
          waitTimer: 0,
          preventSelfReview: false,
        },
        {
          name: "docker-drift",
          policies: [{ kind: "branch", pattern: "main" }],
          users: [],
          teams: [],
          waitTimer: 0,
          preventSelfReview: false,
        },
        {
          name: "docker-candidate",
          policies: [{ kind: "branch", pattern: "main" }],
          users: [],
          teams: ["ci-infra"],
          waitTimer: 0,
          preventSelfReview: false,
        },
        {
          name: "docker-pins",
          policies: [{ kind: "branch", pattern: "main" }],
          users: [],
          teams: [],
          waitTimer: 0,
          preventSelfReview: false,
        },
      ],
      apps: {},
      candidates: true,
      pins: [],
      refCreators: ["release-engineers"],
      protect: false,
      forceDelete: true,
      builders: [],
      baseMirror: "",
    });
    assert.equal(github?.baseUrl, "https://api.github.com/");
    assert.deepEqual(
      [...registries.values()].map(({ name, host }) => `${name} ${host}`),
      [
        "ecr 308535385114.dkr.ecr.us-east-1.amazonaws.com",
        "docker.io docker.io",
        "ghcr.io ghcr.io",
      ],
    );
    assert.deepEqual(
      given.map(({ secret: { environment, name } }) => `${environment} ${name}`),
      ["docker-build DOCKER_ID", "docker-build DOCKER_TOKEN"],
    );
  });

  it("have safe defaults: protected, nothing deleted by force, all owned, on main", () => {
    const { aws, protect, forceDelete, owns, channel, standIns } = read({ ...minimal, ...secrets });
    assert.deepEqual(
      [aws, protect, forceDelete, owns, channel, standIns],
      [undefined, true, false, "all", "main", undefined],
    );
  });

  it("know nothing of GitHub's token in a stack that owns images only", () => {
    const config = {
      ...minimal,
      ...registrySecrets,
      "slipway:environments": "{}",
      "slipway:families": '["ci-image"]',
      "slipway:awsAccountId": "308535385114",
      "slipway:awsRegion": "us-east-1",
      "slipway:owns": "images",
      "slipway:channel": "release/2.10",
    };
    assert.equal(read(config).github, undefined);
    assert.equal(read(config).channel, "release/2.10");
  });

  it("leave ECR on AWS without a login, and name its host by the region's partition", () => {
    const config = { ...pytorch, ...secrets, "slipway:awsRegion": "cn-north-1" };
    assert.deepEqual(read(config).registries.get("ecr"), {
      name: "ecr",
      host: "308535385114.dkr.ecr.cn-north-1.amazonaws.com.cn",
    });
  });

  it("name an existing OIDC provider by its ARN", () => {
    const arn = "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";
    const config = { ...pytorch, ...secrets, "slipway:oidcProvider": arn };
    assert.deepEqual(read(config).aws?.oidcProvider, { arn });
  });
});

describe("faults of settings", () => {
  it("are told all at once: unknown, missing and wrong keys", () => {
    const config = {
      "slipway:ownr": "pytorch",
      "slipway:repository": "pytorch/pytorch",
      "slipway:families": "almalinux-builder",
      "slipway:awsAccountId": "3.08535385114e11",
      "slipway:awsRegion": "mars",
      "slipway:protect": "yes",
      "slipway:channel": "release-2.10",
      "slipway:oidcProvider": "adopt",
      "slipway:ownerId": "pytorch",
      "slipway:dockerTokn": "marker-misspelt",
      "aws:region": "is not ours to judge",
    };
    assert.equal(
      faults(config),
      [
        "Pulumi.main.yaml: 12 problems",
        '  slipway:awsAccountId: "3.08535385114e11" is not an AWS account of twelve digits, or empty where there is no AWS; write e.g. "308535385114"',
        '  slipway:awsRegion: "mars" is not a region of AWS, or empty where there is no AWS; write e.g. us-east-1',
        '  slipway:channel: "release-2.10" is not main, or a branch release/ and one more level; write e.g. release/2.10',
        '  slipway:dockerTokn: unknown key (did you mean "dockerToken"?)',
        "  slipway:environments.docker-deploy: has no reviewers, and its jobs apply the stack, roles and secrets included; name some, e.g. environments.docker-deploy: { teams: [release-engineers] }",
        '  slipway:families: "almalinux-builder" is not a list of at least one folder of images/; write e.g. ["ci-image"]',
        '  slipway:oidcProvider: "adopt" is not create, or the ARN of the account\'s OIDC provider for GitHub; write e.g. create',
        "  slipway:owner: missing; the GitHub organisation or user that owns the repository, e.g. slipway:owner: pytorch",
        '  slipway:ownerId: "pytorch" is not the owner\'s number on GitHub, or 0 while it is not known; write e.g. 21003710',
        '  slipway:ownr: unknown key (did you mean "owner"?)',
        '  slipway:protect: "yes" is not a boolean; write e.g. true',
        '  slipway:repository: "pytorch/pytorch" is not the name of the GitHub repository without its owner; write e.g. pytorch',
      ].join("\n"),
    );
  });

  it("are told all at once: keys that contradict each other or the catalogue", () => {
    const config = {
      ...minimal,
      ...secrets,
      "slipway:families": '["ci-imag","ci-image","ci-image","unresolved"]',
      "slipway:awsRegion": "us-east-1",
      "slipway:channel": "release/2.10",
      "slipway:subjectForm": "both",
      "slipway:ownerId": "1",
      "slipway:local": "false",
    };
    assert.equal(
      faults(config),
      [
        "Pulumi.main.yaml: 6 problems",
        "  images/unresolved/image.yaml: the digest of docker.io/amd64/almalinux:8 is unresolved; look it up: slipway bases bump unresolved",
        "  slipway:awsAccountId: missing, but family ci-image is on ecr; write the account of twelve digits",
        '  slipway:families: "ci-imag" is no folder of images/ (did you mean "ci-image"?); there are: almalinux-builder, ci-image, therock, unresolved',
        '  slipway:families: "ci-image" is named twice; keep one',
        "  slipway:owns: all, but the channel is release/2.10; only main's stack owns repositories, roles and environments: write images",
        "  slipway:repositoryId: missing, but slipway:subjectForm both needs it; look it up: gh api repos/ROCm/TheRock --jq '.owner.id, .id'",
      ].join("\n"),
    );
  });

  it("tell of a family without release lines in the stack of one", () => {
    const config = {
      ...minimal,
      ...registrySecrets,
      "slipway:owns": "images",
      "slipway:channel": "release/2.10",
    };
    assert.match(faults(config), /families: "therock" is of scheme therock, .* leave it out/);
  });

  it("never show a secret's value", () => {
    const text = faults({ ...secrets, "slipway:dockerTokn": "marker-misspelt" });
    assert.doesNotMatch(text, /marker/);
  });

  it("are, in an update, every missing secret with the command that sets it", () => {
    assert.equal(
      faults({ ...pytorch, "slipway:ghcrUser": "me" }, { stack: "prod" }),
      [
        "Pulumi.prod.yaml: 4 problems",
        ...["dockerId", "dockerToken", "ghcrToken", "githubToken"].map(
          (key) =>
            `  slipway:${key}: missing; set it: pulumi config set --secret slipway:${key} --stack prod`,
        ),
      ].join("\n"),
    );
  });

  const published = {
    name: "other",
    owner: "PyTorch",
    families: ["ci-image", "else"],
    channel: "main",
    local: false,
  };

  it("are names that another stack moves as well", () => {
    assert.equal(
      faults({ ...pytorch, ...secrets }, { stacks: [published, { ...published, name: "main" }] }),
      [
        "Pulumi.main.yaml: 1 problem",
        '  slipway:families: "ci-image" is published by stack other too (Pulumi.other.yaml), under the same names of channel main; leave it to one of them, or give this stack a channel of its own',
      ].join("\n"),
    );
  });

  it("are a list of images that another stack writes as well", () => {
    assert.match(
      faults({ ...pytorch, ...secrets }, { stacks: [{ ...published, families: ["else"] }] }),
      /1 problem\n  slipway:channel: main of pytorch is published by stack other too/,
    );
  });

  for (const [what, change] of Object.entries({
    "another channel": { channel: "release/2.10" },
    "another owner": { owner: "ROCm" },
    "the local cloud": { local: true },
  })) {
    it(`are not the names of a stack of ${what}`, () => {
      const stacks = [{ ...published, ...change }];
      assert.equal(read({ ...pytorch, ...secrets }, { stacks }).stack, "main");
    });
  }

  it("are builders and a mirror that are none", () => {
    const text = faults({
      ...pytorch,
      ...secrets,
      "slipway:builders": '{"linux/arm64":"ftp://x"}',
      "slipway:baseMirror": "bases",
    });
    assert.match(text, /slipway:baseMirror: "bases" is not a repository that base images/);
    assert.match(text, /slipway:builders\.linux\/arm64: "ftp:\/\/x" is not an address of BuildKit/);
    const builders = { "slipway:builders": '{"linux/arm64":"kube-pod://buildkit"}' };
    const mirror = { "slipway:baseMirror": "ghcr.io/pytorch/bases" };
    const settings = read({ ...pytorch, ...secrets, ...builders, ...mirror });
    assert.deepEqual(settings.builders, ["linux/arm64"]);
    assert.equal(settings.baseMirror, "ghcr.io/pytorch/bases");
  });

  it("are stand-ins that would go to registries of the world", () => {
    assert.equal(
      faults({ ...minimal, ...secrets, "slipway:standIns": "true" }),
      "Pulumi.main.yaml: 1 problem\n" +
        "  slipway:standIns: true, but slipway:local is not; stand-ins go to no registry of the world: remove it",
    );
  });

  it("are not bases that nobody looked up, as long as nothing is built", () => {
    const config = { ...minimal, ...secrets, "slipway:families": '["unresolved"]' };
    assert.equal(read(config, { dryRun: true }).families.length, 1);
    assert.throws(() => read(config), /unresolved; look it up/);
  });
});

describe("secrets of settings", () => {
  it("are secret outputs of their values", async () => {
    await runInEngine(async () => {
      const settings = read({ ...pytorch, ...secrets });
      const { github, registries } = settings;
      const ghcr = registries.get("ghcr.io")?.credentials;
      for (const [output, text] of [
        [github!.token, "marker-github"],
        [ghcr!.username, "marker-ghcr-user"],
        [ghcr!.password, "marker-ghcr"],
        [given(settings, "DOCKER_ID"), "marker-docker-id"],
        [given(settings, "DOCKER_TOKEN"), "marker-docker"],
      ] as const) {
        assert.equal(await value(output), text);
        assert.equal(await isSecretOutput(output), true);
      }
    });
  });

  it("are unknown in a plan that has none", async () => {
    await runInEngine(
      async () => {
        const settings = read(pytorch, { dryRun: true });
        for (const output of [settings.github!.token, given(settings, "DOCKER_TOKEN")]) {
          assert.equal(await isUnknown(output), true);
          assert.equal(await isSecretOutput(output), true);
        }
      },
      { preview: true },
    );
  });

  it("may come from the environment for GitHub's token, which is short-lived in workflows", async () => {
    await runInEngine(async () => {
      const settings = read(
        { ...minimal, ...registrySecrets },
        { variables: { GITHUB_TOKEN: "marker-env" } },
      );
      assert.equal(await value(settings.github!.token), "marker-env");
      const both = read({ ...minimal, ...secrets }, { variables: { GITHUB_TOKEN: "marker-env" } });
      assert.equal(await value(both.github!.token), "marker-github");
    });
  });

  it("fall back to the logins that workflows have in variables, each key by itself and secret", async () => {
    const variables = {
      ...{ GHCR_USER: "marker-env-user", GHCR_TOKEN: "marker-env-ghcr" },
      ...{ DOCKER_ID: "marker-env-id", DOCKER_TOKEN: "marker-env-docker" },
    };
    const loginOf = async (settings: Settings, name: RegistryName) => {
      const { username, password } = settings.registries.get(name)!.credentials!;
      assert.ok((await isSecretOutput(username)) && (await isSecretOutput(password)));
      return [await value(username), await value(password)];
    };
    await runInEngine(async () => {
      const token = { "slipway:githubToken": "marker-github" };
      const settings = read({ ...pytorch, ...token }, { variables });
      assert.deepEqual(await loginOf(settings, "ghcr.io"), ["marker-env-user", "marker-env-ghcr"]);
      assert.deepEqual(await loginOf(settings, "docker.io"), [
        "marker-env-id",
        "marker-env-docker",
      ]);
      assert.equal(await value(given(settings, "DOCKER_TOKEN")), "marker-env-docker");
      const both = read({ ...pytorch, ...secrets }, { variables });
      assert.deepEqual(await loginOf(both, "ghcr.io"), ["marker-ghcr-user", "marker-ghcr"]);
    });
  });

  it("are a job's own in a workflow before what is stored, where a login is whole", async () => {
    const job = {
      GITHUB_ACTIONS: "true",
      GITHUB_TOKEN: "marker-app",
      DOCKER_ID: "",
      DOCKER_TOKEN: "",
    };
    const ghcr = { GHCR_USER: "marker-env-user", GHCR_TOKEN: "marker-env-ghcr" };
    await runInEngine(async () => {
      const settings = read({ ...pytorch, ...secrets }, { variables: { ...job, ...ghcr } });
      const logins = new Map(
        [...settings.registries].map(([name, { credentials }]) => [name, credentials]),
      );
      assert.equal(await value(settings.github!.token), "marker-app");
      assert.equal(await value(logins.get("ghcr.io")!.username), "marker-env-user");
      assert.equal(await value(logins.get("ghcr.io")!.password), "marker-env-ghcr");
      assert.equal(await value(logins.get("docker.io")!.password), "marker-docker");
      const half = read({ ...pytorch, ...secrets }, { variables: { ...job, GHCR_TOKEN: "half" } });
      assert.equal(
        await value(half.registries.get("ghcr.io")!.credentials!.password),
        "marker-ghcr",
      );
    });
  });

  it("are, where a declared secret has its value from the configuration, never a job's own login", async () => {
    const variables = { GITHUB_ACTIONS: "true", DOCKER_ID: "job", DOCKER_TOKEN: "job" };
    await runInEngine(async () => {
      const settings = read({ ...pytorch, ...secrets }, { variables });
      assert.equal(await value(given(settings, "DOCKER_TOKEN")), "marker-docker");
    });
  });

  it("are missed in a workflow that has no token for GitHub with the App that makes one, first", () => {
    const text = faults(
      { ...minimal, ...registrySecrets },
      { variables: { GITHUB_ACTIONS: "true" } },
    );
    assert.match(text, /slipway:githubToken: missing; .*slipway:deployApp.*SLIPWAY_APP_KEY/);
    assert.match(text, /docs\/workflows\.md.*pulumi config set --secret slipway:githubToken/);
  });
});

describe("declared secrets of settings", () => {
  const config = {
    ...minimal,
    ...secrets,
    "slipway:secrets": JSON.stringify({
      "docker-build": {
        WEBHOOK: { ...declared("webhook"), purpose: "Tells the chat of releases." },
        RESULTS_TOKEN: { ...declared(""), source: { variable: "RESULTS" } },
        KEY: { ...declared(""), source: "sealed" },
        LATER: { ...declared(""), source: "sealed" },
      },
    }),
    "slipway:sealedSecrets": JSON.stringify({
      "docker-build": { KEY: { keyId: "1", value: SEALED_BOX, sealedOn: "2026-11-21" } },
    }),
    "slipway:webhook": "marker-webhook",
  };

  it("come from a key of their own, an environment variable or the stack's file", async () => {
    await runInEngine(async () => {
      const settings = read(config, { variables: { RESULTS: "marker-results" } });
      assert.equal(await value(given(settings, "WEBHOOK")), "marker-webhook");
      assert.equal(await value(given(settings, "RESULTS_TOKEN")), "marker-results");
      assert.equal(await isSecretOutput(given(settings, "RESULTS_TOKEN")), true);
      const [key, later] = settings.secrets.slice(2);
      assert.deepEqual(key?.given, {
        sealed: { keyId: "1", value: SEALED_BOX },
      });
      assert.equal(later?.secret.name, "LATER");
      assert.equal(later.given, undefined);
    });
  });

  it("are faults of an update where they are missing, with what to do", () => {
    const without = { ...config, "slipway:webhook": "" };
    assert.equal(
      faults(without, { variables: { RESULTS: "" } }),
      [
        "Pulumi.main.yaml: 2 problems",
        "  slipway:secrets.docker-build.RESULTS_TOKEN.source.variable: the environment variable RESULTS is not set; set it for this run, or give the secret another source",
        "  slipway:webhook: missing; set it: pulumi config set --secret slipway:webhook --stack main",
      ].join("\n"),
    );
  });

  it("are unknown in a plan where they are missing", async () => {
    await runInEngine(
      async () => {
        const settings = read(config, { dryRun: true });
        assert.equal(await isUnknown(given(settings, "RESULTS_TOKEN")), true);
      },
      { preview: true },
    );
  });

  it("are refused in clear in the stack's file, fixed keys and those of a source, without their values", () => {
    const text = faults(config, {
      stack: "prod",
      variables: { RESULTS: "x" },
      clearKeys: ["slipway:webhook", "slipway:githubToken", "slipway:owner"],
    });
    assert.equal(
      text,
      [
        "Pulumi.prod.yaml: 2 problems",
        ...["githubToken", "webhook"].map(
          (key) =>
            `  slipway:${key}: in clear in Pulumi.prod.yaml, and so in git once that is committed; renew it where it was issued, and then set it encrypted: pulumi config set --secret slipway:${key} --stack prod`,
        ),
      ].join("\n"),
    );
  });
});

describe("a secret in clear beside values that cannot be read", () => {
  it("is told of in the same run, also where the declarations of secrets are among them", () => {
    const secret = { ...declared("webhook"), expires: "soon" };
    const text = faults(
      {
        ...minimal,
        "slipway:protect": "sometimes",
        "slipway:secrets": JSON.stringify({ "docker-build": { HOOK: secret } }),
        "slipway:webhook": "marker-hook",
        "slipway:githubToken": '["marker-github"]',
      },
      { clearKeys: ["slipway:webhook", "slipway:githubToken"] },
    );
    assert.deepEqual(
      text.split("\n").map((line) => line.split(": ")[0]),
      [
        "Pulumi.main.yaml",
        "  slipway:githubToken",
        "  slipway:protect",
        "  slipway:secrets.docker-build.HOOK.expires",
        "  slipway:webhook",
      ],
    );
    assert.doesNotMatch(text, /marker/);
  });
});

describe("settings of a stack on the local cloud", () => {
  let home: string;
  const login = (port: number) => ({
    host: `localhost:${port}`,
    username: "u",
    password: "marker",
  });
  const cloud: LocalCloud = {
    version: 1,
    folder: "/home/me/.slipway",
    aws: { endpoint: "http://127.0.0.1:5000" },
    github: { endpoint: "http://127.0.0.1:5001", token: "marker-local" },
    registries: { ecr: login(5002), "ghcr.io": login(5003), "docker.io": login(5004) },
    buildkit: { address: "unix:///run/b.sock" },
    standIns: { base: `oci-layout:///home/me/.slipway/stand-ins/base@sha256:${"1".repeat(64)}` },
  };
  const config = { ...pytorch, "slipway:local": "true", "slipway:standIns": "true" };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "slipway-settings-"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it("follow what the cloud tells of itself and need no secret", async () => {
    writeFileSync(join(home, "cloud.json"), JSON.stringify(cloud));
    await runInEngine(async () => {
      const settings = read(config, { stack: "local", home });
      assert.equal(settings.aws?.endpoint, "http://127.0.0.1:5000");
      assert.equal(settings.github?.baseUrl, "http://127.0.0.1:5001/");
      assert.equal(await value(settings.github.token), "marker-local");
      assert.equal(settings.registries.get("ecr")?.host, "localhost:5002");
      assert.equal(await value(settings.registries.get("ecr")!.credentials!.password), "marker");
      assert.deepEqual(settings.standIns, {
        base: cloud.standIns.base,
        scripts: "local/stand-ins/scripts",
      });
    });
  });

  it("give environments the cloud's own login, and a stand-in for what is not set", async () => {
    writeFileSync(join(home, "cloud.json"), JSON.stringify(cloud));
    const results = { ...declared(""), source: { variable: "RESULTS" } };
    const own = JSON.parse(pytorch["slipway:secrets"]) as Record<string, object>;
    const more = { "docker-build": { ...own["docker-build"], RESULTS: results } };
    await runInEngine(async () => {
      const all = { ...config, "slipway:secrets": JSON.stringify(more) };
      const settings = read(all, { stack: "local", home });
      assert.equal(await value(given(settings, "DOCKER_ID")), "u");
      assert.equal(await value(given(settings, "DOCKER_TOKEN")), "marker");
      assert.equal(await value(given(settings, "RESULTS")), "stand-in for RESULTS");
      const set = read(all, { stack: "local", home, variables: { RESULTS: "mine" } });
      assert.equal(await value(given(set, "RESULTS")), "mine");
    });
  });

  it("build on stand-ins whatever the catalogue's bases are", () => {
    writeFileSync(join(home, "cloud.json"), JSON.stringify(cloud));
    const unresolved = { ...config, "slipway:families": '["unresolved"]' };
    assert.equal(read(unresolved, { home }).families[0]?.name, "unresolved");
  });

  it("say how to start a cloud that is not there", () => {
    assert.equal(
      faults(config, { stack: "local", home }),
      "Pulumi.local.yaml: 1 problem\n" +
        `  slipway:local: true, but no local cloud is in ${home}; start it: npm run local:up`,
    );
  });

  it("say what is wrong with a cloud.json that no local cloud wrote", () => {
    writeFileSync(join(home, "cloud.json"), JSON.stringify({ ...cloud, version: 7, extra: 1 }));
    assert.match(faults(config, { home }), /is not what a local cloud writes \(version, the whole/);
    writeFileSync(join(home, "cloud.json"), '{"marker');
    assert.match(faults(config, { home }), /is not what a local cloud writes \(the whole file\)/);
    assert.doesNotMatch(faults(config, { home }), /marker/);
  });
});

describe("Pulumi.yaml", () => {
  const project = parse(readFileSync(new URL("../Pulumi.yaml", import.meta.url), "utf8")) as {
    readonly config: Record<string, { readonly description?: string; readonly default?: unknown }>;
  };

  it("describes every key but the secrets, which the Pulumi CLI would ask every stack for", () => {
    const described = Object.keys(project.config).map((key) => key.replace("slipway:", ""));
    assert.deepEqual(described.sort(), Object.keys(CONFIGURATION_KEYS).sort());
    for (const key of SECRET_KEYS) assert.ok(!described.includes(key));
    for (const { description = "" } of Object.values(project.config)) {
      assert.match(description, /\.$/);
    }
  });

  it("has the same defaults as the settings", () => {
    for (const [key, { schema }] of Object.entries(CONFIGURATION_KEYS)) {
      const described = project.config[`slipway:${key}`]!;
      const own = schema.safeParse(undefined);
      assert.deepEqual(described.default, own.success ? own.data : undefined, key);
    }
  });
});
