/*
 * What engine/sdk.ts uses of @pulumi/pulumi without a promise from its documentation. When one of these fails after an
 * update of the package, engine/sdk.ts is where to mend it.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import protocol from "@pulumi/pulumi/proto/resource_pb.js";
import type { Invocation, Monitor, Registration } from "../../engine/monitor.ts";
import { rootType, runProgram } from "../../engine/sdk.ts";
import type { PropertyMap } from "../../engine/values.ts";
import { TestProvider, Thing } from "./support/things.ts";
import "../support/engine.ts";

const options = { project: "slipway", stack: "test", preview: false, config: {} };

/** Registers everything with the inputs as outputs, and remembers what it was asked. */
class Recorder implements Monitor {
  readonly registrations: Registration[] = [];
  readonly outputs: [string, PropertyMap][] = [];
  readonly invocations: string[] = [];
  readonly failing: string | undefined;
  /** Milliseconds. */
  latency = 0;

  constructor(failing?: string) {
    this.failing = failing;
  }

  async register(registration: Registration) {
    this.registrations.push(registration);
    if (registration.name === this.failing) return { failed: true as const };
    return { id: `${registration.name}-id`, outputs: registration.inputs };
  }

  async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    this.outputs.push([urn, outputs]);
  }

  /** Takes a while, as a service does. */
  async invoke({ token }: Invocation): Promise<PropertyMap> {
    this.invocations.push(token);
    await sleep(this.latency);
    return { text: "answer" };
  }
}

describe("the SDK's internals", () => {
  it("are where engine/sdk.ts expects them", () => {
    for (const name of [
      "setMockOptions",
      "runInPulumiStack",
      "waitForRPCs",
      "setAllConfig",
      "serializeProperty",
    ]) {
      assert.equal(typeof Reflect.get(pulumi.runtime, name), "function", `pulumi.runtime.${name}`);
    }
    assert.equal(rootType, "pulumi:pulumi:Stack");
    assert.equal(protocol.Result.FAIL, 1);
    assert.equal(protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS, 0);
    pulumi.runtime.getProject(); // makes the store
    const { globalStore } = globalThis as { globalStore?: Record<string, unknown> };
    assert.ok(globalStore?.["pendingResourceRegistrations"] instanceof Map);
  });

  it("are in use by nothing else in this project's version of the SDK", () => {
    assert.equal(pulumi.runtime.unknownValue, "04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    assert.equal(pulumi.runtime.specialSigKey, "4dabf18193072939515e22adb298388d");
    assert.equal(pulumi.runtime.specialSecretSig, "1b47061264138c4ac30d75fd1eb44270");
  });

  it("carry every option of a resource in its request", async () => {
    const monitor = new Recorder();
    const end = await runProgram(options, monitor, async function program() {
      const provider = new TestProvider("p");
      const other = new Thing("other");
      new Thing(
        "a",
        { value: pulumi.secret("s"), owner: other.id },
        {
          provider,
          protect: true,
          retainOnDelete: false,
          deleteBeforeReplace: true,
          deletedWith: other,
          replaceWith: [other],
          ignoreChanges: ["tags"],
          additionalSecretOutputs: ["serial"],
          aliases: [{ name: "old" }],
          dependsOn: provider,
        },
      );
      return {};
    });
    assert.deepEqual(end, { errors: [], skipped: [] });
    const urn = (type: string, name: string): string =>
      `urn:pulumi:test::slipway::${type}::${name}`;
    const found = monitor.registrations.find(({ name }) => name === "a");
    assert.ok(found);
    const { source, ...registration } = found;
    assert.match(source ?? "", /sdk\.test\.ts:\d+$/);
    const other = urn("test:index:Thing", "other");
    const provider = urn("pulumi:providers:test", "p");
    assert.deepEqual(registration, {
      urn: urn("test:index:Thing", "a"),
      type: "test:index:Thing",
      name: "a",
      custom: true,
      parent: urn(rootType, "slipway-test"),
      inputs: {
        value: { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value: "s" },
        owner: "other-id",
      },
      dependencies: [provider, other],
      propertyDependencies: { value: [], owner: [other] },
      provider: `${provider}::p-id`,
      protect: true,
      retainOnDelete: false,
      deleteBeforeReplace: true,
      deletedWith: other,
      replaceWith: [other],
      ignoreChanges: ["tags"],
      additionalSecretOutputs: ["serial"],
      aliases: [urn("test:index:Thing", "old")],
      unsupported: [],
    });
  });

  it("tell the stack's outputs with their envelopes", async () => {
    const monitor = new Recorder();
    await runProgram(options, monitor, async () => ({ s: pulumi.secret("x"), p: 1 }));
    assert.deepEqual(monitor.outputs, [
      [
        `urn:pulumi:test::slipway::${rootType}::slipway-test`,
        {
          s: { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value: "x" },
          p: 1,
        },
      ],
    ]);
  });

  it("give a failed registration on to what needs it, and to nothing else", async () => {
    const monitor = new Recorder("bad");
    const end = await runProgram(options, monitor, async () => {
      const bad = new Thing("bad");
      const next = new Thing("next", { value: bad.serial });
      new Thing("last", { value: next.serial });
      new Thing("fine");
      return { bad: bad.serial };
    });
    assert.deepEqual(end.errors, []);
    assert.deepEqual(end.skipped.map(({ name }) => name).sort(), ["last", "next"]);
    assert.ok(monitor.registrations.some(({ name }) => name === "fine"));
  });

  it("wait for what an apply makes", async () => {
    const monitor = new Recorder();
    const late = (): Thing => new Thing("late");
    await runProgram(options, monitor, async () => {
      const { id } = new Thing("a");
      id.apply(() => void late());
      return {};
    });
    assert.ok(monitor.registrations.some(({ name }) => name === "late"));
  });

  it("wait for a function that is under way, even when the program is at fault", async () => {
    const monitor = new Recorder();
    monitor.latency = 1500; // longer than a program at fault is waited for when nothing is under way
    const fault = new Error("the program is at fault");
    const end = await runProgram(options, monitor, async () => {
      const answer = pulumi.runtime.invokeOutput<{ text: string }>("test:index:echo", {});
      new Thing("late", { value: answer.text });
      throw fault;
    });
    assert.deepEqual(end.errors, [fault]);
    assert.ok(monitor.registrations.some(({ name }) => name === "late"));
  });

  it("do not reach the monitor with a function that is called after the run", async () => {
    const monitor = new Recorder();
    await runProgram(options, monitor, async () => {
      await pulumi.runtime.invoke("test:index:during", {});
      return {};
    });
    void pulumi.runtime.invoke("test:index:after", {});
    await sleep(50);
    assert.deepEqual(monitor.invocations, ["test:index:during"]);
    await runProgram(options, new Recorder(), async () => ({}));
  });
});
