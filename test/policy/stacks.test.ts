// Does not prove that what is not judged in a plan is as it should be.
import assert from "node:assert/strict";
import { policies } from "../../policy/all.ts";
import { judge } from "../../policy/judgement.ts";
import { type PolicyResource, type Properties, UNKNOWN, type Value } from "../../policy/policy.ts";
import { isList, isMap } from "../../policy/values.ts";
import { planOf, withDescribedCloud } from "./support/plans.ts";

describe("the policies on the stacks of this tree", function () {
  this.timeout(60_000); // Each stack is planned many times.
  for (const stack of ["main", "therock"]) {
    it(`pass stack ${stack}`, async () => {
      assert.deepEqual(judge(policies, await planOf(stack)).violations, []);
    });
  }

  it("pass stack local", async () => {
    const plan = await withDescribedCloud(() => planOf("local"));
    assert.deepEqual(judge(policies, plan).violations, []);
  });

  it("leave open only what a plan cannot know", async () => {
    const { notJudged } = judge(policies, await planOf("main"));
    assert.deepEqual([...new Set(notJudged.map(({ policy, why }) => `${policy}: ${why}`))].sort(), [
      "image-stands-on-digests: context.named.image is not known yet",
      "image-stands-on-digests: nobody looked up the digest of context.named.base, and an update refuses that",
      "name-points-to-digests: the source of linux/amd64 is not known yet",
      "variable-holds-no-secret: value is not known yet",
    ]);
  });

  it("speak of resources that stack main declares, so that silence means something", async () => {
    const types = new Set((await planOf("main")).map(({ type }) => type));
    const idle = policies.resource
      .filter((policy) => !policy.types.some((type) => types.has(type)))
      .map(({ name }) => name);
    // For what Slipway leaves to its own resources, or to the account's own OIDC provider.
    assert.deepEqual(idle, [
      "oidc-provider-is-for-aws-alone",
      "oidc-provider-has-no-thumbprint",
      "secret-value-is-not-in-the-state",
      "image-has-no-index-resource",
    ]);
  });

  it("never fire nor break because something is not known", async () => {
    const plan = await planOf("main");
    // Any two of a type are alike, but for those that differ by name.
    const isLike = (one: PolicyResource) => (other: PolicyResource) =>
      other.type === one.type && other.protect === one.protect && /image/i.test(one.type);
    const samples = plan.filter(
      (one) => plan.find(isLike(one)) === one || !/image/i.test(one.type),
    );
    assert.ok(samples.length > 40);
    for (const resource of samples) {
      const index = plan.indexOf(resource);
      for (const properties of withUnknowns(resource.properties)) {
        const changed: PolicyResource = { ...resource, properties: properties as Properties };
        const { violations } = judge(policies, plan.with(index, changed));
        assert.deepEqual(violations, [], resource.name);
      }
    }
  });
});

/** A value once for each place in it, with that place unknown. */
function* withUnknowns(value: Value): Iterable<Value> {
  if (isList(value)) {
    for (const [index, inner] of value.entries()) {
      for (const changed of variants(inner)) yield value.with(index, changed);
    }
  } else if (isMap(value)) {
    for (const [key, inner] of Object.entries(value)) {
      for (const changed of variants(inner)) yield { ...value, [key]: changed };
    }
  }
}

function variants(inner: Value): readonly Value[] {
  return [UNKNOWN, ...withUnknowns(inner)];
}
