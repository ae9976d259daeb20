/* One fault in a plan: a property, an option or a statement that is other than the stack declares it. */
import assert from "node:assert/strict";
import type { PolicyResource, Properties, Value } from "../../../policy/policy.ts";
import { resource } from "./judged.ts";

export type Plan = readonly PolicyResource[];
export type Change = (plan: Plan) => Plan;

type Json = Record<string, unknown>;

/** Changes the one resource of a name; fails where there is none. */
export function alter(
  name: string,
  change: (one: PolicyResource) => Partial<PolicyResource>,
): Change {
  return (plan) => {
    const index = plan.findIndex(
      (one) => one.name === name && Object.keys(one.properties).length > 0,
    );
    const found = plan[index];
    assert.ok(found, `no resource ${name}`);
    return plan.with(index, { ...found, ...change(found) });
  };
}

/** Sets properties of a resource; undefined takes one away. */
export function set(name: string, properties: Record<string, Value | undefined>): Change {
  return alter(name, (one) => ({
    properties: Object.fromEntries(
      Object.entries({ ...one.properties, ...properties }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as Properties,
  }));
}

/** Changes the JSON document in a property of a resource. */
export function edit(name: string, key: string, change: (document: Json) => void): Change {
  return alter(name, (one) => {
    const text = one.properties[key];
    assert.ok(typeof text === "string", `${name} ${key}`);
    const document = JSON.parse(text) as Json;
    const before = JSON.stringify(document);
    change(document);
    assert.notEqual(JSON.stringify(document), before, `${name} ${key} stayed as it was`);
    return { properties: { ...one.properties, [key]: JSON.stringify(document) } };
  });
}

/** Changes the first statement of a role's trust. */
export function editTrust(
  role: string,
  change: (conditions: Record<string, Json>) => void,
): Change {
  return edit(role, "assumeRolePolicy", (document) => {
    const [statement] = document["Statement"] as { Condition: Record<string, Json> }[];
    change(statement!.Condition);
  });
}

/** Adds statements to a policy. */
export function allow(name: string, ...statements: readonly Json[]): Change {
  return edit(name, "policy", (document) => {
    const all = document["Statement"] as Json[];
    all.push(...statements.map((one) => ({ Effect: "Allow", Resource: "*", ...one })));
  });
}

/** Takes a key out of an object. */
export function without(object: Json, key: string): void {
  assert.ok(Reflect.has(object, key), key);
  Reflect.deleteProperty(object, key);
}

/** Adds a resource. */
export function add(
  type: string,
  properties: Properties,
  more: Partial<PolicyResource> = {},
): Change {
  return (plan) => [...plan, resource(type, properties, more)];
}

/** Takes resources away by their names. */
export function remove(...names: readonly string[]): Change {
  return (plan) => {
    const left = plan.filter(({ name }) => !names.includes(name));
    assert.equal(left.length, plan.length - names.length, names.join());
    return left;
  };
}
