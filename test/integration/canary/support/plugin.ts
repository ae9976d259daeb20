/* The provider as the Pulumi CLI runs it: a plugin, spoken to over gRPC with the SDK's messages. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import protos from "@pulumi/pulumi/proto/provider_pb.js";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import structProtos from "google-protobuf/google/protobuf/struct_pb.js";

type Struct = structProtos.Struct;
type Answer<T> = (error: grpc.ServiceError | null, answer: T) => void;
export type Properties = Readonly<Record<string, unknown>>;

const PROJECT = join(import.meta.dirname, "../../../..");

export function secret(value: unknown): Properties {
  return { [rpc.specialSigKey]: rpc.specialSecretSig, value };
}

/** What is left of properties when what lies in envelopes is taken out. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if (rpc.specialSigKey in value) return "secret";
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]),
  );
}

export class Plugin {
  readonly #client: InstanceType<typeof services.ResourceProviderClient>;
  readonly #process: ReturnType<typeof start>;
  readonly #printed: Promise<readonly string[]>;

  private constructor(
    child: ReturnType<typeof start>,
    port: string,
    printed: Promise<readonly string[]>,
  ) {
    const address = `127.0.0.1:${port}`;
    this.#client = new services.ResourceProviderClient(address, grpc.credentials.createInsecure());
    this.#process = child;
    this.#printed = printed;
  }

  /** @param env besides that of this process */
  static async start(env: Readonly<Record<string, string>>): Promise<Plugin> {
    const child = start(env);
    const errors = text(child.stderr);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const rest = text(child.stdout);
    const printed = Promise.all([rest, errors]);
    return new Plugin(child, line.toString().trim(), printed);
  }

  /** Properties as checked, and what is wrong with them. */
  async check(urn: string, olds: Properties, news: Properties) {
    const request = new protos.CheckRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const answer = await call<protos.CheckResponse>((done) => this.#client.check(request, done));
    const failures = answer.getFailuresList().map((failure) => failure.getReason());
    return { inputs: plain(answer.getInputs()), failures };
  }

  async create(urn: string, inputs: Properties): Promise<Properties> {
    const request = new protos.CreateRequest();
    request.setUrn(urn);
    request.setProperties(struct(inputs));
    const answer = await call<protos.CreateResponse>((done) => this.#client.create(request, done));
    return plain(answer.getProperties());
  }

  async read(urn: string, state: Properties): Promise<Properties> {
    const request = new protos.ReadRequest();
    request.setId("id");
    request.setUrn(urn);
    request.setProperties(struct(state));
    const answer = await call<protos.ReadResponse>((done) => this.#client.read(request, done));
    return { outputs: plain(answer.getProperties()), inputs: plain(answer.getInputs()) };
  }

  async update(urn: string, olds: Properties, news: Properties): Promise<Properties> {
    const request = new protos.UpdateRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const answer = await call<protos.UpdateResponse>((done) => this.#client.update(request, done));
    return plain(answer.getProperties());
  }

  async delete(urn: string, state: Properties): Promise<void> {
    const request = new protos.DeleteRequest();
    request.setUrn(urn);
    request.setProperties(struct(state));
    await call((done) => this.#client.delete(request, done));
  }

  /** Ends the plugin. Returns all that it printed. */
  async end(): Promise<string> {
    this.#client.close();
    this.#process.kill();
    return (await this.#printed).join("\n");
  }
}

function start(env: Readonly<Record<string, string>>) {
  const runner = join(PROJECT, "node_modules/@pulumi/pulumi/cmd/run-plugin");
  // The address of an engine, which nothing here calls back.
  return spawn(process.execPath, [runner, join(PROJECT, "provider"), "127.0.0.1:1"], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function struct(properties: Properties): Struct {
  return structProtos.Struct.fromJavaScript(
    properties as Parameters<typeof structProtos.Struct.fromJavaScript>[0],
  );
}

function plain(properties: Struct | undefined): Properties {
  return properties?.toJavaScript() ?? {};
}

function call<T>(send: (answer: Answer<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}
