import assert from "node:assert/strict";
import type { Properties } from "../../../provider/property-values.ts";
import type { LocalProvider } from "../../../local/providers/resource-provider.ts";

export function urnOf(type: string, name = "it"): string {
  return `urn:pulumi:local::slipway::slipway:index:Parent$${type}::${name}`;
}

/** One resource and its way through a provider, with what an engine would keep of it between calls. */
export class Subject {
  readonly provider: LocalProvider;
  readonly urn: string;
  id = "";
  state: Properties = {};

  constructor(provider: LocalProvider, type: string) {
    this.provider = provider;
    this.urn = urnOf(type);
  }

  /** Inputs after a check that must find no fault. */
  async inputs(news: Properties): Promise<Properties> {
    const { inputs, failures } = await this.provider.check(this.urn, {}, news);
    assert.deepEqual(failures, []);
    return inputs;
  }

  async faults(news: Properties): Promise<string[]> {
    const { failures } = await this.provider.check(this.urn, {}, news);
    return failures.map(({ property, reason }) => `${property}: ${reason}`);
  }

  async create(news: Properties): Promise<this> {
    const { id, outs } = await this.provider.create(this.urn, await this.inputs(news));
    this.id = id;
    this.state = outs;
    return this;
  }

  /** Id of what is there already by what makes it the only one of its kind. */
  async find(news: Properties): Promise<string | undefined> {
    return this.provider.find(this.urn, await this.inputs(news));
  }

  /** Outputs that the provider promises to stay as they are in the update to other inputs. */
  async stables(news: Properties): Promise<Properties> {
    const inputs = await this.inputs(news);
    const { stables } = await this.provider.diff(this.id, this.urn, this.state, inputs);
    return Object.fromEntries(stables.map((name) => [name, this.state[name]]));
  }

  /** The state as it is now in the service; false when the resource is gone. */
  async refresh(): Promise<boolean> {
    const { id, props } = await this.provider.read(this.id, this.urn, this.state);
    if (id === undefined || props === undefined) return false;
    this.state = props;
    return true;
  }

  /** Names of the properties that differ, with ! at those that need a replacement. */
  async diff(news: Properties): Promise<string[]> {
    const inputs = await this.inputs(news);
    const { diffs, replaces } = await this.provider.diff(this.id, this.urn, this.state, inputs);
    return diffs.map((name) => (replaces.includes(name) ? `${name}!` : name));
  }

  async update(news: Properties): Promise<void> {
    const inputs = await this.inputs(news);
    const { outs } = await this.provider.update(this.id, this.urn, this.state, inputs);
    this.state = outs;
  }

  async delete(): Promise<void> {
    await this.provider.delete(this.id, this.urn, this.state);
  }

  /**
   * Goes the whole way: create, find, read back without a difference, change, read back without a difference and with
   * every output as it was that was called stable, delete twice, find it gone.
   */
  async live(first: Properties, second: Properties, changed: readonly string[]): Promise<void> {
    assert.equal(await this.find(first), undefined, "found before create");
    await this.create(first);
    assert.equal(await this.find(first), this.id, "found after create");
    assert.deepEqual(await this.diff(first), [], "after create");
    assert.ok(await this.refresh(), "there after create");
    assert.deepEqual(await this.diff(first), [], "after create and read");
    assert.deepEqual(await this.diff(second), changed);
    if (!changed.some((name) => name.endsWith("!"))) {
      const stables = await this.stables(second);
      await this.update(second);
      assert.ok(await this.refresh(), "there after update");
      assert.deepEqual(await this.diff(second), [], "after update and read");
      assert.deepEqual({ ...this.state, ...stables }, this.state, "stable in an update");
    }
    await this.delete();
    assert.equal(await this.refresh(), false, "gone after delete");
    assert.equal(await this.find(first), undefined, "found after delete");
    await this.delete();
  }
}
