import * as pulumi from "@pulumi/pulumi";

/** Inputs of a {@link Thing}; a changed `kind` or `owner` replaces it. */
export interface ThingArgs {
  readonly value?: pulumi.Input<unknown>;
  readonly kind?: pulumi.Input<string>;
  readonly owner?: pulumi.Input<string>;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<unknown>>>;
  readonly identity?: pulumi.Input<string>;
}

/** A resource of the in-memory {@link Service}. */
export class Thing extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<unknown>;
  declare readonly kind: pulumi.Output<string>;
  declare readonly owner: pulumi.Output<string>;
  declare readonly tags: pulumi.Output<Record<string, unknown>>;
  declare readonly serial: pulumi.Output<number>;

  constructor(name: string, args: ThingArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    super("test:index:Thing", name, { ...args, serial: undefined }, opts);
  }
}

export class Group extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions = {}) {
    super("test:index:Group", name, {}, opts);
  }

  tell(outputs: pulumi.Inputs): void {
    this.registerOutputs(outputs);
  }
}

export class TestProvider extends pulumi.ProviderResource {
  constructor(name: string, args: pulumi.Inputs = {}, opts: pulumi.ResourceOptions = {}) {
    super("test", name, args, opts);
  }
}
