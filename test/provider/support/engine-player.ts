import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import type { SlipwayProvider } from "../../../provider/slipway.ts";

type Properties = Record<string, unknown>;

/** What a run did with a resource, and what differed. */
export interface Step {
  readonly did: "create" | "update" | "replace" | "same";
  readonly diffs: readonly string[];
}

/** What an engine does with one resource, with what it keeps of it. */
export class EnginePlayer {
  provider: SlipwayProvider;
  readonly #urn: string;
  /** Whether secrets travel in envelopes, as under the Pulumi CLI. */
  readonly #envelopes: boolean;
  state: { id: string; inputs: Properties; outputs: Properties } | undefined;

  constructor(provider: SlipwayProvider, type: string, envelopes = false) {
    this.provider = provider;
    this.#urn = `urn:pulumi:main::slipway::slipway:index:DeploymentEnvironment$${type}::docker-build`;
    this.#envelopes = envelopes;
  }

  /** The inputs as the provider checked them, or its complaints. */
  async check(props: Properties): Promise<{ inputs: Properties; failures: string[] }> {
    const news = this.#sent(props);
    const checked = await this.provider.check(this.#urn, this.state?.inputs ?? {}, news);
    const failures = (checked.failures ?? []).map(
      ({ property, reason }) => `${property}: ${reason}`,
    );
    return { inputs: checked.inputs as Properties, failures };
  }

  async preview(props: Properties): Promise<Step> {
    return (await this.#decide(props)).step;
  }

  async up(props: Properties): Promise<Step> {
    const { step, inputs } = await this.#decide(props);
    const { provider } = this;
    const old = this.state;
    switch (step.did) {
      case "same":
        if (old) this.state = { ...old, inputs };
        break;
      case "create":
      case "replace": {
        const created = await provider.create(this.#urn, inputs);
        this.state = { id: created.id, inputs, outputs: created.outs as Properties };
        if (old) await provider.delete(old.id, this.#urn, old.outputs);
        break;
      }
      case "update": {
        assert.ok(old);
        const updated = await provider.update(old.id, this.#urn, old.outputs, inputs);
        this.state = { ...old, inputs, outputs: updated.outs as Properties };
      }
    }
    return step;
  }

  /** @returns whether it is still there */
  async refresh(): Promise<boolean> {
    const { state } = this;
    assert.ok(state);
    const found = await this.provider.read(state.id, this.#urn, state.outputs);
    if (!found.id) {
      this.state = undefined;
      return false;
    }
    const { id, props, inputs } = found as { id: string; props: Properties; inputs: Properties };
    this.state = { id, inputs, outputs: props };
    return true;
  }

  async destroy(): Promise<void> {
    assert.ok(this.state);
    await this.provider.delete(this.state.id, this.#urn, this.state.outputs);
    this.state = undefined;
  }

  async #decide(props: Properties): Promise<{ step: Step; inputs: Properties }> {
    const { inputs, failures } = await this.check(props);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    if (this.state === undefined) return { step: { did: "create", diffs: [] }, inputs };
    const { id, outputs } = this.state;
    const { changes, diffs, replaces } = await this.provider.diff(id, this.#urn, outputs, inputs);
    const did = replaces.length > 0 ? "replace" : changes ? "update" : "same";
    return { step: { did, diffs }, inputs };
  }

  #sent(props: Properties): Properties {
    if (!this.#envelopes) return props;
    const { api, value, ...rest } = props as { api: Properties; value?: unknown };
    return {
      ...rest,
      api: { ...api, ...(api["token"] !== undefined && { token: envelope(api["token"]) }) },
      ...(value !== undefined && { value: envelope(value) }),
    };
  }
}

export function envelope(value: unknown): Properties {
  return { [rpc.specialSigKey]: rpc.specialSecretSig, value };
}
