import assert from "node:assert/strict";
import fc from "fast-check";
import { type Outputs, readOutputs, ReaderError } from "../../reader/outputs.js";
import { StackOutputs } from "../../rules/stack-outputs.ts";
import { spoiled } from "./support/spoiled.ts";

const word = fc.stringMatching(/^[a-z0-9.:/@-]{0,12}$/);
const key = fc.stringMatching(/^[a-z0-9.:/]{1,12}$/);
const names = fc.array(word, { maxLength: 3 });
const map = <T>(value: fc.Arbitrary<T>) => fc.dictionary(key, value, { maxKeys: 3 });
const byRegistry = (value: fc.Arbitrary<string>) =>
  fc.record({ ecr: value, "ghcr.io": value, "docker.io": value }, { requiredKeys: [] });

const outputs = fc.record({
  version: fc.constant(1),
  registries: byRegistry(key),
  roleArns: map(word.map((rest) => `arn:${rest}`)),
  repositoryUrls: map(byRegistry(word)),
  environments: map(fc.record({ branches: names, tags: names, secrets: names, variables: names })),
  variables: names,
  images: map(map(fc.record({ reference: word, references: map(word), names: map(word) }))),
});
const wrong = fc.oneof(fc.constantFrom("", "arn:", "arn", 1, 2, null, [], {}), fc.jsonValue());

/** What the reader makes of a text; undefined where it refuses. */
function read(json: string): Outputs | undefined {
  try {
    return readOutputs(json);
  } catch (error) {
    assert.ok(error instanceof ReaderError && error.problems.length > 0, String(error));
    return undefined;
  }
}

describe("the reader of a stack's outputs", () => {
  it("takes and refuses what the schema does, where outputs were spoiled anywhere", () => {
    const keys = fc.constantFrom("extra", "constructor", "ecr", "quay.io", "Any name");
    let refused = 0;
    fc.assert(
      fc.property(
        spoiled(
          outputs.map((one) => JSON.stringify(one)),
          wrong,
          keys,
        ),
        (json) => {
          const parsed = StackOutputs.safeParse(JSON.parse(json));
          assert.deepEqual(read(json), parsed.success ? parsed.data : undefined, json);
          if (!parsed.success) refused += 1;
        },
      ),
      { numRuns: 1000 },
    );
    assert.ok(refused > 200, "many are spoiled indeed");
  });

  it("takes all outputs as they are", () => {
    fc.assert(
      fc.property(outputs, (one) => {
        const json = JSON.stringify(one);
        assert.deepEqual(read(json), JSON.parse(json));
      }),
    );
  });

  it("refuses a role whose ARN is none, and a registry without a host", () => {
    const [one] = fc.sample(outputs, { numRuns: 1, seed: 1 });
    for (const change of [{ roleArns: { push: "role/push" } }, { registries: { ecr: "" } }]) {
      assert.equal(read(JSON.stringify({ ...one, ...change })), undefined);
    }
  });

  it("says of outputs of before there was a version, and of another one, only that", () => {
    assert.throws(() => readOutputs("{}"), { message: /version: missing, so that this is no/ });
    assert.throws(() => readOutputs('{"version": 2}'), { message: /version: 2 is none that/ });
    assert.throws(() => readOutputs(""), {
      message: /^outputs: 1 problem\n {2}\(file\): is no JSON/,
    });
    assert.throws(() => readOutputs('{"version": 1, "images": {"__proto__": {}}}'), {
      message: /images\.__proto__: "__proto__" cannot stand here/,
    });
  });

  it("has the types of what it reads", () => {
    // Nothing runs here: the compiler refuses either line when the types part.
    const theirs: Outputs | undefined = undefined as StackOutputs | undefined;
    const ours: keyof StackOutputs = undefined as unknown as keyof Outputs;
    assert.deepEqual([theirs, ours], [undefined, undefined]);
  });
});
