/*
 * The provider as the Pulumi CLI runs it: started by the SDK's own plugin runner, spoken to over gRPC with the SDK's
 * messages. What it does not prove: that the CLI finds the plugin (test/live does, where there is a CLI).
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import protos from "@pulumi/pulumi/proto/provider_pb.js";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import emptyProtos from "google-protobuf/google/protobuf/empty_pb.js";
import structProtos from "google-protobuf/google/protobuf/struct_pb.js";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { push, sampleImage } from "../oci/sample-image.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";

type Value = Parameters<typeof structProtos.Struct.fromJavaScript>[0];
type Answer<T> = (error: grpc.ServiceError | null, answer: T) => void;

const project = join(import.meta.dirname, "../../..");
const urn = "urn:pulumi:test::slipway::slipway:index:ImageName::image";
const struct = (properties: object): structProtos.Struct =>
  structProtos.Struct.fromJavaScript(properties as Value);
const secret = (value: unknown): object => ({
  [rpc.specialSigKey]: rpc.specialSecretSig,
  value,
});

async function call<T>(send: (answer: Answer<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

describe("the provider as a plugin", () => {
  let registry: TestRegistry;
  let client: InstanceType<typeof services.ResourceProviderClient>;
  let repository: RepositoryClient;
  /** What it printed for the CLI to show. */
  let errors = "";
  let log: Readable;
  const stops: (() => unknown)[] = [];

  before(async function () {
    this.timeout(180_000); // the registry is built once
    registry = await startRegistry();
    stops.push(() => registry.stop());
    repository = new Registries().repository(
      `${registry.host}/image`,
      registry.credentials,
      "push",
    );
    const runner = join(project, "node_modules/@pulumi/pulumi/cmd/run-plugin");
    // The address of an engine, which nothing here calls back.
    const plugin = spawn(process.execPath, [runner, join(project, "provider"), "127.0.0.1:1"], {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
    });
    stops.push(() => plugin.kill());
    log = plugin.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const [line] = (await once(plugin.stdout, "data")) as [Buffer];
    const address = `127.0.0.1:${line.toString().trim()}`;
    client = new services.ResourceProviderClient(address, grpc.credentials.createInsecure());
    stops.push(() => client.close());
  });
  after(() => Promise.all(stops.map((stop) => stop())));

  const inputs = (digest: string, login: object = registry.credentials): object => ({
    platforms: ["linux/amd64"],
    sources: { "linux/amd64": `${registry.host}/image@${digest}` },
    contentName: "a-k1",
    aliases: [],
    registries: [{ repository: `${registry.host}/image`, floatingNames: ["a"] }],
    credentials: secret(login),
  });
  const create = async (properties: object, type = urn): Promise<protos.CreateResponse> => {
    const request = new protos.CreateRequest();
    request.setUrn(type);
    request.setProperties(struct(properties));
    return call((answer) => client.create(request, answer));
  };
  const check = async (properties: object): Promise<protos.CheckResponse> => {
    const request = new protos.CheckRequest();
    request.setUrn(urn);
    request.setOlds(struct({}));
    request.setNews(struct(properties));
    return call((answer) => client.check(request, answer));
  };
  const diff = async (olds: object, news: object): Promise<number> => {
    const request = new protos.DiffRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    return (await call<protos.DiffResponse>((answer) => client.diff(request, answer))).getChanges();
  };
  const read = async (state: object): Promise<protos.ReadResponse> => {
    const request = new protos.ReadRequest();
    request.setId("image");
    request.setUrn(urn);
    request.setProperties(struct(state));
    return call((answer) => client.read(request, answer));
  };

  it("tells its version and its schema", async () => {
    const info = await call<{ getVersion(): string }>((answer) =>
      client.getPluginInfo(new emptyProtos.Empty(), answer),
    );
    assert.equal(info.getVersion(), "0.1.0");
    const schema = await call<protos.GetSchemaResponse>((answer) =>
      client.getSchema(new protos.GetSchemaRequest(), answer),
    );
    const { resources } = JSON.parse(schema.getSchema()) as { resources: object };
    assert.deepEqual(Object.keys(resources).sort(), [
      "slipway:index:EnvironmentSecret",
      "slipway:index:GithubEnvironment",
      "slipway:index:ImageName",
      "slipway:index:PinName",
    ]);
  });

  it("checks secrets and unknown values as the CLI sends them, and keeps them so", async () => {
    const unknown = { ...inputs("sha256:x"), sources: rpc.unknownValue };
    const answer = await check(unknown);
    assert.deepEqual(answer.getFailuresList(), []);
    assert.deepEqual(answer.getInputs()?.toJavaScript(), unknown);
    const faulty = await check({ ...unknown, contentName: "-", registries: [] });
    assert.deepEqual(
      faulty.getFailuresList().map((failure) => failure.getProperty()),
      ["contentName", "registries"],
    );
  });

  it("creates, refreshes, updates and deletes, with the credentials a secret all the way", async () => {
    const first = await push(sampleImage(), repository);
    const created = await create(inputs(first));
    assert.equal(created.getId(), "image");
    const state = created.getProperties()!.toJavaScript() as { credentials: object };
    assert.deepEqual(state, {
      ...inputs(first),
      digest: first,
      contentDigest: first,
      references: { [`${registry.host}/image`]: `${registry.host}/image@${first}` },
      names: { [`${registry.host}/image:a-k1`]: first, [`${registry.host}/image:a`]: first },
    });
    const { DIFF_NONE, DIFF_SOME } = protos.DiffResponse.DiffChanges;
    const newLogin = { [registry.host]: { username: "other", password: "other" } };
    assert.equal(await diff(state, inputs(first, newLogin)), DIFF_NONE);

    const second = await push(sampleImage(), repository, "a");
    const refreshed = (await read(state)).getProperties()!.toJavaScript() as { names: object };
    assert.deepEqual(refreshed, {
      ...state,
      names: { [`${registry.host}/image:a-k1`]: first, [`${registry.host}/image:a`]: second },
    });
    assert.equal(await diff(refreshed, inputs(first)), DIFF_SOME);

    const update = new protos.UpdateRequest();
    update.setUrn(urn);
    update.setOlds(struct(refreshed));
    update.setNews(struct(inputs(second)));
    const updated = await call<protos.UpdateResponse>((answer) => client.update(update, answer));
    assert.deepEqual(updated.getProperties()?.toJavaScript(), { ...state, ...inputs(second) });
    assert.equal(await repository.manifests.digest("a"), first);

    const removal = new protos.DeleteRequest();
    removal.setUrn(urn);
    removal.setProperties(struct(state));
    await call((answer) => client.delete(removal, answer));
    assert.equal(await repository.manifests.digest("a"), first);
  });

  it("words a refused login without the password, and a fault of a refresh without a stack", async () => {
    const digest = await push(sampleImage(), repository);
    const wrong = { [registry.host]: { username: "slipway", password: "marker-of-a-password" } };
    await assert.rejects(create(inputs(digest, wrong)), (error: Error) => {
      assert.match(error.message, /the login configured for localhost:\d+ was refused/);
      assert.doesNotMatch(error.message, /marker|\n {4}at /);
      return true;
    });
    await assert.rejects(read(inputs(digest)), /an ImageName cannot be imported/);
    if (errors === "") await once(log, "data");
    assert.match(errors, /an ImageName cannot be imported/);
    assert.doesNotMatch(errors, /marker|\n {4}at /);
  });

  it("refuses types it does not have", async () => {
    await assert.rejects(
      create({}, "urn:pulumi:test::slipway::slipway:index:Ship::image"),
      /slipway:index:Ship: Slipway's provider has no such resource type; it has slipway:index:ImageName, /,
    );
  });
});
