// Talks to the plugins as the Pulumi CLI does, over gRPC with the SDK's own messages. Does not prove the CLI itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  CheckResponse,
  CreateResponse,
  DiffResponse,
  ReadResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { execa } from "execa";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { urnOf } from "../../local/providers/lifecycle.ts";
import { withCloud, testIdentity } from "../../support/cloud.ts";

const PLUGINS = join(import.meta.dirname, "../../../local/providers/plugins");
type Wire = Record<string, JavaScriptValue>;

function launch(name: string, args: readonly string[], env: Record<string, string>) {
  return execa(join(PLUGINS, `pulumi-resource-${name}`), args, {
    env,
    reject: false,
    buffer: false,
  });
}

/** Runs a plugin until the test is over, and speaks to it. */
class Plugin {
  readonly #process: ReturnType<typeof launch>;
  readonly #client: ResourceProviderClient;

  private constructor(process: ReturnType<typeof launch>, port: string) {
    this.#process = process;
    this.#client = new services.ResourceProviderClient(
      `127.0.0.1:${port}`,
      credentials.createInsecure(),
    );
  }

  static async start(name: string, home: string): Promise<Plugin> {
    const started = launch(name, ["127.0.0.1:1"], {
      SLIPWAY_HOME: home,
      AWS_REGION: "us-east-1",
      GITHUB_OWNER: testIdentity.owner,
    });
    const [port] = (await once(createInterface({ input: started.stdout }), "line")) as [string];
    return new Plugin(started, port);
  }

  async stop(): Promise<void> {
    this.#client.close();
    this.#process.kill();
    await this.#process;
  }

  version(): Promise<string> {
    return call<PluginInfo>((done) => this.#client.getPluginInfo(new empty.Empty(), done)).then(
      (info) => info.getVersion(),
    );
  }

  async check(urn: string, news: Wire): Promise<{ inputs: Wire; failures: string[] }> {
    const request = new messages.CheckRequest().setUrn(urn).setOlds(wire({})).setNews(wire(news));
    const answer = await call<CheckResponse>((done) => this.#client.check(request, done));
    return {
      inputs: answer.getInputs()?.toJavaScript() ?? {},
      failures: answer.getFailuresList().map((failure) => failure.getProperty()),
    };
  }

  async create(urn: string, inputs: Wire): Promise<{ id: string; state: Wire }> {
    const request = new messages.CreateRequest().setUrn(urn).setProperties(wire(inputs));
    const answer = await call<CreateResponse>((done) => this.#client.create(request, done));
    return { id: answer.getId(), state: answer.getProperties()?.toJavaScript() ?? {} };
  }

  async hasChanges(urn: string, id: string, olds: Wire, news: Wire): Promise<boolean> {
    const request = new messages.DiffRequest()
      .setUrn(urn)
      .setId(id)
      .setOlds(wire(olds))
      .setNews(wire(news));
    const answer = await call<DiffResponse>((done) => this.#client.diff(request, done));
    return answer.getChanges() !== messages.DiffResponse.DiffChanges.DIFF_NONE;
  }

  async read(urn: string, id: string, state: Wire): Promise<{ id: string; state: Wire }> {
    const request = new messages.ReadRequest().setUrn(urn).setId(id).setProperties(wire(state));
    const answer = await call<ReadResponse>((done) => this.#client.read(request, done));
    return { id: answer.getId(), state: answer.getProperties()?.toJavaScript() ?? {} };
  }

  async delete(urn: string, id: string, state: Wire): Promise<void> {
    const request = new messages.DeleteRequest().setUrn(urn).setId(id).setProperties(wire(state));
    await call((done) => this.#client.delete(request, done));
  }
}

function call<Answer>(
  ask: (done: (error: ServiceError | null, answer: Answer) => void) => unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    ask((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

function wire(properties: Wire): Struct {
  return structs.Struct.fromJavaScript(properties);
}

const secret = (value: string) => ({ [specialSigKey]: specialSecretSig, value });

describe("the local providers as plugins of the Pulumi CLI", function () {
  this.timeout(20_000);
  const cloud = withCloud();
  let plugin: Plugin | undefined;

  async function started(name: string): Promise<Plugin> {
    plugin = await Plugin.start(name, cloud().folder);
    return plugin;
  }
  afterEach(async () => {
    await plugin?.stop();
    plugin = undefined;
  });

  it("serves aws: a repository goes its whole way", async () => {
    const aws = await started("aws");
    assert.equal(await aws.version(), "0.0.0");
    const urn = urnOf("aws:ecr/repository:Repository");
    const { inputs, failures } = await aws.check(urn, { name: "test/plugin" });
    assert.deepEqual(failures, []);
    const { id, state } = await aws.create(urn, inputs);
    assert.equal(id, "test/plugin");
    assert.equal(await aws.hasChanges(urn, id, state, inputs), false);
    assert.equal((await aws.read(urn, id, state)).id, id);
    await aws.delete(urn, id, state);
    assert.equal((await aws.read(urn, id, state)).id, "");
  });

  it("serves github: a secret stays in its envelope", async () => {
    const github = await started("github");
    const urn = urnOf("github:index/actionsVariable:ActionsVariable");
    const place = { repository: testIdentity.repository, variableName: "PLUGIN" };
    const news = { ...place, value: secret("canary") };
    const { inputs } = await github.check(urn, news);
    assert.deepEqual(inputs["value"], secret("canary"));
    const made = await github.create(urn, inputs);
    const read = await github.read(urn, made.id, made.state);
    for (const state of [made.state, read.state]) {
      assert.deepEqual(state["value"], secret("canary"));
      assert.equal(await github.hasChanges(urn, made.id, state, inputs), false);
    }
    const other = { ...inputs, value: secret("another") };
    assert.equal(await github.hasChanges(urn, made.id, read.state, other), true);
    await github.delete(urn, made.id, made.state);
  });

  it("serves docker-build: what is not implemented is refused by name", async () => {
    const build = await started("docker-build");
    const { failures } = await build.check(urnOf("docker-build:index:Image"), {
      push: true,
      tags: ["a"],
    });
    assert.ok(failures.includes("push") && failures.includes("tags"), failures.join(", "));
  });

  it("says where no local cloud is", async () => {
    const path = join(PLUGINS, "pulumi-resource-aws");
    const { exitCode, stderr } = await execa(path, [], {
      env: { SLIPWAY_HOME: "/nowhere" },
      reject: false,
    });
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      "error: /nowhere/cloud.json: no local cloud; start it with npm run local:up",
    );
  });
});
