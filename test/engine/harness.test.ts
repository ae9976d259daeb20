import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws/ecr/index.js";
import { isSecretOutput, isUnknown, previewParity, runInEngine, value } from "../support/engine.ts";

class Store extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  readonly repository: aws.Repository;

  constructor(name: string, password: pulumi.Input<string>, opts: pulumi.ComponentResourceOptions) {
    super("test:index:Store", name, {}, opts);
    this.repository = new aws.Repository(
      `${name}-repository`,
      { name: "ci", tags: { password } },
      { parent: this, retainOnDelete: true, ignoreChanges: ["tags"], deleteBeforeReplace: true },
    );
    new aws.LifecyclePolicy(
      `${name}-lifecycle`,
      { repository: this.repository.name, policy: "{}" },
      { parent: this, deletedWith: this.repository, replaceWith: [this.repository] },
    );
    this.url = this.repository.repositoryUrl;
    this.registerOutputs({ url: this.url });
  }
}

describe("the test harness", () => {
  it("shows types, names and parents of everything registered", async () => {
    const run = await runInEngine(() => new Store("store", "x", {}));
    assert.deepEqual(run.list(), [
      "aws:ecr/lifecyclePolicy:LifecyclePolicy store-lifecycle < store",
      "aws:ecr/repository:Repository store-repository < store",
      "test:index:Store store",
    ]);
    assert.equal(
      run.resource("aws:ecr/repository:Repository").urn,
      "urn:pulumi:test::slipway::test:index:Store$aws:ecr/repository:Repository::store-repository",
    );
  });

  it("shows the options as the SDK sends them, inherited ones included", async () => {
    const run = await runInEngine(() => new Store("store", "x", { protect: true }));
    const { options } = run.resource("aws:ecr/repository:Repository");
    assert.deepEqual(options, {
      protect: true,
      retainOnDelete: true,
      deleteBeforeReplace: true,
      ignoreChanges: ["tags"],
      additionalSecretOutputs: [],
      deletedWith: undefined,
      replaceWith: [],
      dependencies: [],
      provider: undefined,
      aliases: [],
    });
    const child = run.resource("aws:ecr/lifecyclePolicy:LifecyclePolicy").options;
    assert.equal(child.deletedWith, "store-repository");
    assert.deepEqual(child.replaceWith, ["store-repository"]);
    assert.deepEqual(child.dependencies, ["store-repository"]);
    assert.equal(child.protect, true);
  });

  it("resolves outputs from inputs and the table of computed ones", async () => {
    const run = await runInEngine(() => new Store("store", "x", {}));
    assert.equal(await value(run.result.url), "308535385114.dkr.ecr.us-east-1.amazonaws.com/ci");
    assert.deepEqual(run.resource("test:index:Store").registeredOutputs, [
      { url: "308535385114.dkr.ecr.us-east-1.amazonaws.com/ci" },
    ]);
  });

  it("knows nothing that a provider computes in a preview", async () => {
    const run = await runInEngine(() => new Store("store", "x", {}), { preview: true });
    assert.equal(await isUnknown(run.result.url), true);
    assert.equal(await isUnknown(run.result.repository.id), true);
    await assert.rejects(value(run.result.url), /the output is unknown/);
    assert.equal(await value(run.result.repository.name), "ci");
  });

  it("keeps secrets in envelopes, through outputs too", async () => {
    const run = await runInEngine(() => new Store("store", pulumi.secret("hunter2"), {}));
    const { inputs, plain } = run.resource("aws:ecr/repository:Repository");
    assert.notDeepEqual(inputs["tags"], { password: "hunter2" });
    assert.deepEqual(plain["tags"], { password: "hunter2" });
    assert.equal(await isSecretOutput(run.result.repository.tags), true);
    assert.deepEqual(run.clearSecrets("hunter2"), []);
  });

  it("finds a secret that is in clear", async () => {
    const run = await runInEngine(() => new Store("store", "hunter2", {}));
    assert.deepEqual(run.clearSecrets("hunter2"), [
      `${run.resource("aws:ecr/repository:Repository").urn} inputs.tags.password`,
    ]);
  });

  it("rejects a program that uses a type no table names", async () => {
    await assert.rejects(
      runInEngine(() => new Odd("odd")),
      /test:index:Odd::odd: nothing is known of the type/,
    );
  });

  it("rejects a program that calls a function no table names", async () => {
    await assert.rejects(
      runInEngine(() => aws.getAuthorizationTokenOutput({})),
      /called aws:ecr\/getAuthorizationToken:getAuthorizationToken/,
    );
  });

  it("answers a function from its table, and as unknown in a preview", async () => {
    const functions = {
      "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({ password: "p" }),
    };
    const program = (): pulumi.Output<aws.GetAuthorizationTokenResult> =>
      aws.getAuthorizationTokenOutput({});
    const update = await runInEngine(program, { functions });
    assert.equal(await value(update.result.password), "p");
    const preview = await runInEngine(program, { functions, preview: true });
    assert.equal(await isUnknown(preview.result.password), true);
  });

  it("rejects with the program's own error", async () => {
    const fault = new Error("settings are wrong");
    await assert.rejects(
      runInEngine(() => {
        throw fault;
      }),
      (error) => error === fault,
    );
  });

  it("fails on an error inside apply, which mocks let pass", async () => {
    await assert.rejects(
      runInEngine(() => {
        pulumi.output("x").apply(() => assert.fail("seen"));
      }),
      /seen/,
    );
  });

  it("fails when a preview registers other resources than an update", async () => {
    await previewParity(() => new Store("store", "x", {}));
    await assert.rejects(
      previewParity(() => {
        const first = new aws.Repository("first", { name: "first" });
        first.repositoryUrl.apply((url) => makeRepository(url));
      }),
      /a preview and an update register other resources/,
    );
  });

  it("gives the program its configuration", async () => {
    const run = await runInEngine(() => new pulumi.Config("slipway").require("owner"), {
      config: { "slipway:owner": "pytorch" },
    });
    assert.equal(run.result, "pytorch");
  });
});

class Odd extends pulumi.CustomResource {
  constructor(name: string) {
    super("test:index:Odd", name, {});
  }
}

function makeRepository(url: string): aws.Repository {
  return new aws.Repository("late", { name: url });
}
