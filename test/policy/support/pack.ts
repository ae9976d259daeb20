/* The policy pack as the Pulumi CLI starts it, spoken to as the CLI speaks. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { type PolicyResource, UNKNOWN, type Value } from "../../../policy/policy.ts";

const FOLDER = join(import.meta.dirname, "../../../policy");
const RUNNER = createRequire(import.meta.url).resolve(
  "@pulumi/pulumi/cmd/run-policy-pack/index.js",
);
/** The engine's word for a text that nobody can know yet. @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** One diagnostic of the pack, and what it says of a policy that does not apply. */
export interface Answer {
  readonly violations: readonly string[];
  readonly notApplicable: readonly string[];
}

export class RunningPack {
  readonly #process: ChildProcess;
  readonly #client: services.AnalyzerClient;

  private constructor(process: ChildProcess, port: string) {
    this.#process = process;
    this.#client = new services.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** Starts `policy/` with the runner of the SDK, in its folder, and reads the port that it prints. */
  static async start(): Promise<RunningPack> {
    const child = spawn(process.execPath, [RUNNER, "127.0.0.1:0", FOLDER], {
      cwd: FOLDER,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
    const lines = createInterface(child.stdout);
    const first = await new Promise<string>((resolve) => {
      lines.once("line", resolve);
      child.once("exit", () => resolve(""));
    });
    lines.close();
    assert.match(first, /^\d+$/, errors);
    return new RunningPack(child, first);
  }

  async stop(): Promise<void> {
    this.#client.close();
    if (this.#process.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill();
    await gone;
  }

  info(): Promise<messages.AnalyzerInfo> {
    return new Promise((resolve, reject) => {
      this.#client.getAnalyzerInfo(new empty.Empty(), (error, info) =>
        error ? reject(error) : resolve(info),
      );
    });
  }

  /** Asks as the engine does before a resource is made or changed. */
  analyze(one: PolicyResource): Promise<Answer> {
    const request = new messages.AnalyzeRequest()
      .setType(one.type)
      .setName(one.name)
      .setUrn(urn(one))
      .setProperties(struct(one))
      .setOptions(new messages.AnalyzerResourceOptions().setProtect(one.protect));
    return new Promise((resolve, reject) => {
      this.#client.analyze(request, (error, response) =>
        error ? reject(error) : resolve(answer(response)),
      );
    });
  }

  /** Asks as the engine does when all is done. */
  analyzeStack(all: readonly PolicyResource[]): Promise<Answer> {
    const request = new messages.AnalyzeStackRequest().setResourcesList(
      all.map((one) =>
        new messages.AnalyzerResource()
          .setType(one.type)
          .setName(one.name)
          .setUrn(urn(one))
          .setProperties(struct(one))
          .setOptions(new messages.AnalyzerResourceOptions().setProtect(one.protect)),
      ),
    );
    return new Promise((resolve, reject) => {
      this.#client.analyzeStack(request, (error, response) =>
        error ? reject(error) : resolve(answer(response)),
      );
    });
  }
}

function answer(response: messages.AnalyzeResponse): Answer {
  return {
    violations: response
      .getDiagnosticsList()
      .map((one) => `${one.getPolicyname()} ${one.getUrn()}: ${one.getMessage()}`),
    notApplicable: response
      .getNotApplicableList()
      .map((one) => `${one.getPolicyName()}: ${one.getReason()}`),
  };
}

export function urn({ type, name }: PolicyResource): string {
  return `urn:pulumi:test::slipway::${type}::${name}`;
}

function struct({ properties }: PolicyResource): structs.Struct {
  return structs.Struct.fromJavaScript(wire(properties) as Record<string, structs.JavaScriptValue>);
}

function wire(value: Value): structs.JavaScriptValue {
  if (value === UNKNOWN) return UNKNOWN_TEXT;
  if (Array.isArray(value)) return (value as readonly Value[]).map(wire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, wire(one)]));
}
