/*
 * Resources on GitHub through the plugin as the Pulumi CLI runs it: what crosses the wire, and how secrets do.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import protos from "@pulumi/pulumi/proto/provider_pb.js";
import structProtos from "google-protobuf/google/protobuf/struct_pb.js";
import { REPO } from "../../local/github/test-emulator.ts";
import { envelope } from "../../provider/support/engine-player.ts";
import { useStage } from "../../provider/support/github-stage.ts";

type Value = Parameters<typeof structProtos.Struct.fromJavaScript>[0];
type Properties = Record<string, unknown>;
type Answer<T> = (error: grpc.ServiceError | null, answer: T) => void;

const project = join(import.meta.dirname, "../../..");
const parent = "urn:pulumi:main::slipway::slipway:index:DeploymentEnvironment$slipway:index:";
const environmentUrn = `${parent}GithubEnvironment::docker-build`;
const secretUrn = `${parent}EnvironmentSecret::docker-token`;
const MARKER = "marker-of-a-value";
const struct = (properties: object) => structProtos.Struct.fromJavaScript(properties as Value);

async function call<T>(send: (answer: Answer<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

describe("environments and secrets through the plugin", () => {
  const stage = useStage();
  let client: InstanceType<typeof services.ResourceProviderClient>;
  let errors = "";
  const stops: (() => unknown)[] = [];

  before(async function () {
    this.timeout(60_000);
    const runner = join(project, "node_modules/@pulumi/pulumi/cmd/run-plugin");
    const plugin = spawn(process.execPath, [runner, join(project, "provider"), "127.0.0.1:1"], {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
    });
    stops.push(() => plugin.kill());
    plugin.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const [line] = (await once(plugin.stdout, "data")) as [Buffer];
    const address = `127.0.0.1:${line.toString().trim()}`;
    client = new services.ResourceProviderClient(address, grpc.credentials.createInsecure());
    stops.push(() => client.close());
  });
  after(() => stops.map((stop) => stop()));

  const check = async (urn: string, news: object, olds: object = {}) => {
    const request = new protos.CheckRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const answer = await call<protos.CheckResponse>((done) => client.check(request, done));
    assert.deepEqual(answer.getFailuresList(), []);
    return answer.getInputs()!.toJavaScript() as Properties;
  };
  const create = async (urn: string, properties: object) => {
    const request = new protos.CreateRequest();
    request.setUrn(urn);
    request.setProperties(struct(properties));
    const answer = await call<protos.CreateResponse>((done) => client.create(request, done));
    return { id: answer.getId(), state: answer.getProperties()!.toJavaScript() as Properties };
  };
  const read = async (urn: string, { id, state }: { id: string; state: object }) => {
    const request = new protos.ReadRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setProperties(struct(state));
    const answer = await call<protos.ReadResponse>((done) => client.read(request, done));
    return {
      id: answer.getId(),
      state: answer.getProperties()!.toJavaScript() as Properties,
      inputs: answer.getInputs()?.toJavaScript() as Properties | undefined,
    };
  };
  const diff = async (urn: string, olds: object, news: object) => {
    const request = new protos.DiffRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    return (await call<protos.DiffResponse>((done) => client.diff(request, done))).getChanges();
  };
  const { DIFF_NONE, DIFF_SOME } = protos.DiffResponse.DiffChanges;

  it("are made, read, compared and deleted, and the value is in nothing that comes back", async () => {
    const api = { baseUrl: stage.baseUrl, token: envelope(stage.api.token) };
    const place = { repository: "pytorch/pytorch", environment: "docker-build", api };
    const wanted = await check(environmentUrn, {
      ...place,
      policies: [{ kind: "branch", pattern: "main" }],
      users: ["alice"],
      teams: [],
      waitTimer: 0,
      preventSelfReview: true,
    });
    const environment = await create(environmentUrn, wanted);
    const declared = { ...place, name: "DOCKER_TOKEN", value: envelope(MARKER) };
    const sealed = await check(secretUrn, declared);
    const secret = await create(secretUrn, sealed);
    for (const { state } of [environment, secret]) {
      assert.deepEqual(state["api"], envelope(stage.api));
    }
    assert.deepEqual(await check(secretUrn, declared, sealed), sealed);
    assert.equal(await diff(secretUrn, secret.state, sealed), DIFF_NONE);

    const named = { ...REPO, environment_name: "docker-build" };
    await stage.hand.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
      ...named,
      reviewers: null,
    });
    const drifted = await read(environmentUrn, environment);
    assert.deepEqual(drifted.inputs?.["users"], []);
    assert.equal(await diff(environmentUrn, drifted.state, wanted), DIFF_SOME);

    await stage.hand.request("DELETE /repos/{owner}/{repo}/environments/{environment_name}", named);
    assert.equal((await read(environmentUrn, environment)).id, "");
    assert.equal((await read(secretUrn, secret)).id, "");
    assert.doesNotMatch(JSON.stringify([environment, sealed, secret, drifted]), /marker/);
    assert.doesNotMatch(errors, /marker/);
  });

  it("are asked about through the function", async () => {
    const request = new protos.InvokeRequest();
    request.setTok("slipway:index:getRepositoryFacts");
    const args = { repository: "pytorch/pytorch", environments: ["none"], api: stage.api };
    request.setArgs(struct(args));
    const answer = await call<protos.InvokeResponse>((done) => client.invoke(request, done));
    assert.partialDeepStrictEqual(answer.getReturn()?.toJavaScript(), {
      subject: { customised: null },
      keys: {},
      secrets: {},
    });
  });
});
