// Each stack is the plan of stack main with one fault in it. Does not prove that there are no other faults.
import assert from "node:assert/strict";
import { policies } from "../../policy/all.ts";
import { judge } from "../../policy/judgement.ts";
import { enforcement, UNKNOWN, type Value } from "../../policy/policy.ts";
import { TYPES } from "../../policy/types.ts";
import { badAccess } from "./support/bad-access.ts";
import { badImages } from "./support/bad-images.ts";
import { planOf } from "./support/plans.ts";

const all = [...badAccess, ...badImages];

describe("the policies refuse a stack", () => {
  for (const { stack, policy, change } of all) {
    it(stack, async () => {
      const { violations } = judge(policies, change(await planOf("main")));
      assert.deepEqual([...new Set(violations.map((one) => one.policy))], [policy]);
      for (const { severity } of violations) assert.equal(enforcement(severity), "mandatory");
    });
  }

  it("in at least forty ways, each of them with a sentence of its own", () => {
    assert.ok(all.length >= 40, String(all.length));
    assert.equal(new Set(all.map(({ stack }) => stack)).size, all.length);
  });

  it("by every policy that is not advice alone", () => {
    const used = new Set(all.map(({ policy }) => policy));
    const idle = [...policies.resource, ...policies.stack]
      .filter(({ severity }) => enforcement(severity) === "mandatory")
      .filter(({ name }) => !used.has(name));
    assert.deepEqual(idle, []);
  });

  it("or say that they did not judge it, where nothing of the fault is known", async () => {
    for (const { stack, policy, change } of all) {
      const plan = change(await planOf("main"));
      for (const { type, resource } of judge(policies, plan).violations) {
        const index = plan.findIndex((one) => one.type === type && one.name === resource);
        const found = plan[index]!;
        const names = Object.keys(found.properties);
        const properties = Object.fromEntries<Value>(names.map((name) => [name, UNKNOWN]));
        const { violations, notJudged } = judge(
          policies,
          plan.with(index, { ...found, properties }),
        );
        const told = [...violations, ...notJudged].some((one) => one.policy === policy);
        assert.ok(told, `${stack}: ${policy} says nothing of ${resource}`);
      }
    }
  });

  it("only for types that the list of types knows", () => {
    const known: readonly string[] = Object.values(TYPES);
    const named = policies.resource.flatMap(({ types }) => types);
    assert.deepEqual(
      named.filter((type) => !known.includes(type)),
      [],
    );
  });
});
