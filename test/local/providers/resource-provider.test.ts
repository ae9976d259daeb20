// The rules that all local providers share, on a type of resource that is made up and kept in memory.
import assert from "node:assert/strict";
import {
  specialResourceSig,
  specialSecretSig,
  specialSigKey,
  unknownValue,
} from "@pulumi/pulumi/runtime/rpc.js";
import { z } from "zod";
import { providerConfig } from "../../../local/providers/provider-config.ts";
import { resourceProvider } from "../../../local/providers/resource-provider.ts";
import { resourceType } from "../../../local/providers/resource-type.ts";
import { ProblemsError, UserError } from "../../../rules/problems.ts";
import { Subject, urnOf } from "./lifecycle.ts";

const inputs = z.strictObject({
  name: z.string(),
  size: z.number().default(1),
  kind: z.enum(["soft", "hard"]).default("soft"),
  labels: z.array(z.string()).default([]),
  password: z.string().optional(),
  parts: z.array(z.strictObject({ on: z.boolean() })).optional(),
});
const outputs = z.object({ serial: z.number(), made: z.string() });

class Refusal extends Error {}

function memory(ready?: () => Promise<void>) {
  const things = new Map<string, z.output<typeof inputs>>();
  const thing = resourceType({
    inputs,
    outputs,
    stables: ["made"],
    replaceOn: ["name", "kind"],
    name: "name",
    same: { labels: (a, b) => [...a].sort().join() === [...b].sort().join() },
    faults: ({ size, kind }) =>
      size > 1 && kind === "hard" ? [{ path: "size", message: "hard ones are small" }] : [],
    async create(wanted) {
      if (wanted.name === "refused") throw new Refusal("no");
      if (wanted.name === "broken") throw new TypeError("a fault of ours");
      things.set(wanted.name, wanted);
      return { id: wanted.name, outputs: { serial: 1, made: "here" } };
    },
    idOf: ({ name }) => (name === "unnamed" ? undefined : name),
    async read(id, known) {
      const found = things.get(id);
      return found && { ...found, serial: known.serial ?? 0, made: "here" };
    },
    async update(id, state, wanted) {
      things.set(id, wanted);
      return { serial: state.serial + 1, made: state.made };
    },
    async delete(id) {
      things.delete(id);
    },
  });
  return resourceProvider({
    name: "memory",
    resources: { "memory:index:Thing": thing },
    functions: { "memory:index:echo": async (args) => args },
    explain: (error) => (error instanceof Refusal ? "it was refused" : undefined),
    ...(ready && { ready }),
  });
}

const THING = "memory:index:Thing";
const secret = (value: unknown) => ({ [specialSigKey]: specialSecretSig, value });

describe("local providers", () => {
  it("fill in defaults", async () => {
    const checked = await new Subject(memory(), THING).inputs({ name: "a" });
    assert.deepEqual(checked, { name: "a", size: 1, kind: "soft", labels: [] });
  });

  it("list all faults at once, with the path of each", async () => {
    const faults = await new Subject(memory(), THING).faults({
      size: "big",
      kind: "wooden",
      parts: [{ on: true }, { on: 1, off: 2 }],
      colour: "red",
    });
    assert.deepEqual(faults.sort(), [
      "colour: the local memory provider does not implement this property; leave it out",
      'kind: "wooden"; write "soft" or "hard"',
      "name: missing; write a string",
      "parts[1].off: the local memory provider does not implement this property; leave it out",
      "parts[1].on: is a number; write a boolean",
      "size: is a string; write a number",
    ]);
  });

  it("hold rules over several properties", async () => {
    assert.deepEqual(
      await new Subject(memory(), THING).faults({ name: "a", size: 2, kind: "hard" }),
      ["size: hard ones are small"],
    );
  });

  it("never show the value of a wrong property that may be secret", async () => {
    const faults = await new Subject(memory(), THING).faults({
      name: "a",
      password: secret({ deep: "canary" }),
    });
    assert.deepEqual(faults, ["password: is an object; write a string"]);
  });

  it("let values pass that are not known yet, and check the others", async () => {
    const subject = new Subject(memory(), THING);
    const news = { name: unknownValue, parts: [{ on: unknownValue }] };
    assert.deepEqual(await subject.inputs(news), { ...news, size: 1, kind: "soft", labels: [] });
    assert.deepEqual(await subject.faults({ ...news, size: "big" }), [
      "size: is a string; write a number",
    ]);
  });

  it("take a resource in the place of its id", async () => {
    const reference = { [specialSigKey]: specialResourceSig, urn: urnOf(THING), id: "other" };
    assert.equal((await new Subject(memory(), THING).inputs({ name: reference }))["name"], "other");
  });

  it("keep secrets of the CLI in their envelopes and see through them", async () => {
    const subject = new Subject(memory(), THING);
    const news = { name: "a", password: secret("p") };
    assert.deepEqual((await subject.inputs(news))["password"], secret("p"));
    await subject.create(news);
    assert.deepEqual(subject.state["password"], secret("p"));
    assert.deepEqual(await subject.diff(news), []);
    assert.deepEqual(await subject.diff({ name: "a", password: secret("q") }), ["password"]);
    await subject.update({ name: "a", password: secret("q") });
    assert.deepEqual(subject.state["password"], secret("q"));
  });

  it("go the whole way", async () => {
    await new Subject(memory(), THING).live({ name: "a" }, { name: "a", size: 2 }, ["size"]);
  });

  it("find what is there already by its name, and nothing where the service has no id for it", async () => {
    const subject = await new Subject(memory(), THING).create({ name: "a" });
    assert.equal(await subject.find({ name: "a", size: 3, password: secret("p") }), "a");
    assert.equal(await subject.find({ name: "b" }), undefined);
    await subject.create({ name: "unnamed" });
    assert.equal(await subject.find({ name: "unnamed" }), undefined);
  });

  it("see no difference in spelling, nor between absent and empty", async () => {
    const subject = await new Subject(memory(), THING).create({ name: "a", labels: ["x", "y"] });
    assert.deepEqual(await subject.diff({ name: "a", labels: ["y", "x"], parts: [] }), []);
  });

  it("replace what cannot change in place, and delete first unless the name changes too", async () => {
    const subject = await new Subject(memory(), THING).create({ name: "a" });
    const diff = async (news: object) => {
      const inputs = await subject.inputs({ ...news });
      return subject.provider.diff(subject.id, subject.urn, subject.state, inputs);
    };
    assert.deepEqual(await diff({ name: "a", kind: "hard" }), {
      changes: true,
      diffs: ["kind"],
      replaces: ["kind"],
      deleteBeforeReplace: true,
      stables: ["made"],
    });
    assert.equal((await diff({ name: "b", kind: "hard" })).deleteBeforeReplace, false);
    assert.deepEqual((await diff({ name: unknownValue })).replaces, ["name"]);
  });

  it("refuse types and functions that they do not have, by name", async () => {
    const provider = memory();
    await assert.rejects(
      provider.check(urnOf("memory:index:Other"), {}, {}),
      new UserError(
        "memory:index:Other: the local memory provider does not implement this resource type; it has memory:index:Thing",
      ),
    );
    await assert.rejects(
      provider.invoke("memory:index:other", {}),
      new UserError(
        "memory:index:other: the local memory provider does not implement this function",
      ),
    );
  });

  it("word a service's refusal for the user and leave faults of their own as they are", async () => {
    const subject = new Subject(memory(), THING);
    await assert.rejects(subject.create({ name: "refused" }), {
      name: "UserError",
      message: "create it (memory:index:Thing): it was refused",
    });
    await assert.rejects(subject.create({ name: "broken" }), TypeError);
  });

  it("ask nothing of a service that is not the right one", async () => {
    const wrong = memory(() => Promise.reject(new UserError("wrong account")));
    await assert.rejects(new Subject(wrong, THING).create({ name: "a" }), /wrong account/);
    await assert.rejects(wrong.invoke("memory:index:echo", {}), /wrong account/);
  });

  it("read configuration whose values Pulumi's SDK wrote as JSON text", () => {
    const schema = z.strictObject({
      list: z.array(z.string()),
      flag: z.boolean(),
      text: z.string(),
    });
    assert.deepEqual(
      providerConfig("x", schema, {
        list: '["a"]',
        flag: "true",
        text: secret("{no json"),
        version: "1.2.3",
      }),
      { list: ["a"], flag: true, text: "{no json" },
    );
    assert.throws(
      () => providerConfig("x", schema, { flag: "yes", text: "t", more: 1 }),
      new ProblemsError("provider x", [
        { path: "list", message: "missing; write an array" },
        { path: "flag", message: "is a string; write a boolean" },
        {
          path: "more",
          message: "the local x provider does not implement this property; leave it out",
        },
      ]),
    );
  });
});
