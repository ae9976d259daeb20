import { diff } from "./provider-calls.ts";
import type { Providers } from "./providers.ts";
import { kindOf } from "./report.ts";
import type { ResourceState } from "./state.ts";
import { unknown } from "./values.ts";

/**
 * The resources that cannot outlive one that is deleted before it is replaced: those that go with it (`deletedWith`), and
 * those whose provider would replace them if what they take from it became unknown. A dependent comes after what it depends on.
 *
 * Without this a lifecycle policy would be compared with its own record and found the same, although it went with its
 * repository.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step_generator.go calculateDependentReplacements
 */
export async function dependentReplacements(
  root: ResourceState,
  resources: readonly ResourceState[],
  providers: Providers,
): Promise<ResourceState[]> {
  const going = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (let more = true; more;) {
    more = false;
    for (const resource of resources) {
      if (going.has(resource.urn) || resource.replaced || kindOf(resource) !== "resource") continue;
      const taken = Object.entries(resource.propertyDependencies)
        .filter(([, urns]) => urns.some((urn) => going.has(urn)))
        .map(([property]) => property);
      const goesAlong = resource.deletedWith !== undefined && going.has(resource.deletedWith);
      if (taken.length === 0 && !goesAlong) continue;
      const by = await providers.of(resource.type, resource.provider);
      const lost = Object.fromEntries(taken.map((property) => [property, unknown]));
      const wanted = { ...resource.inputs, ...lost };
      const { change } = await diff(by, resource, resource, wanted);
      if (change !== "replace" && !goesAlong) continue;
      going.add(resource.urn);
      found.push(resource);
      more = true;
    }
  }
  return found;
}
