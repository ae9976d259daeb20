import assert from "node:assert/strict";
import { invalidRequestMessage } from "../../../local/github/invalid-request.ts";
import type { Fault } from "../../../local/github/invalid-request.ts";

/** The sentences after "Invalid request.". */
function sentences(...faults: Partial<Fault>[]): string {
  const whole = faults.map((fault) => ({
    keyword: "",
    instancePath: "/requestBody/field",
    params: {},
    ...fault,
  }));
  const [head, ...rest] = invalidRequestMessage(whole).split("\n\n");
  assert.equal(head, "Invalid request.");
  return rest.join("\n\n");
}

describe("the wording of an invalid request", () => {
  const missing = (missingProperty: string, instancePath = "/requestBody") => ({
    keyword: "required",
    instancePath,
    params: { missingProperty },
  });

  it("names a missing key, and several of one object in one sentence", () => {
    assert.equal(sentences(missing("key_id")), `"key_id" wasn't supplied.`);
    assert.equal(
      sentences(missing("name"), missing("id", "/requestBody/reviewers/0"), missing("key_id")),
      `"key_id", "name" weren't supplied.\n"id" wasn't supplied.`,
    );
  });

  it("names keys that are too many", () => {
    const unknown = (additionalProperty: string) => ({
      keyword: "additionalProperties",
      params: { additionalProperty },
    });
    assert.equal(sentences(unknown("a")), '"a" is not a permitted key.');
    assert.equal(sentences(unknown("b"), unknown("a")), '"a", "b" are not permitted keys.');
  });

  it("says which type was expected", () => {
    const wrong = (data: unknown, type: unknown) => ({ keyword: "type", data, params: { type } });
    assert.equal(
      sentences(wrong("5", "integer")),
      `For 'properties/field', "5" is not an integer.`,
    );
    assert.equal(sentences(wrong(null, "string")), "For 'properties/field', nil is not a string.");
    assert.equal(
      sentences(wrong(1, ["array", "null"])),
      "For 'properties/field', 1 is not an array or null.",
    );
  });

  it("says what a value does not match or exceeds", () => {
    assert.equal(
      sentences({ keyword: "pattern", data: "x", params: { pattern: "^a$" } }),
      "x does not match /^a$/.",
    );
    assert.equal(
      sentences({ keyword: "minimum", data: -1, params: { limit: 0 } }),
      "-1 must be greater than or equal to 0.",
    );
  });

  it("falls back to the validator's own words", () => {
    assert.equal(
      sentences({ keyword: "format", message: 'must match format "uri"' }),
      `For 'properties/field', must match format "uri".`,
    );
  });

  it("never quotes what was sent as a secret", () => {
    const at = { instancePath: "/requestBody/encrypted_value" };
    const text = sentences(
      { ...at, keyword: "pattern", data: "hunter2", params: { pattern: "^$" } },
      { ...at, keyword: "type", data: { value: "hunter2" }, params: { type: "string" } },
    );
    assert.ok(!text.includes("hunter2"));
  });

  it("says of a value that fits none of its forms only that", () => {
    const rule = "/requestBody/rules/0";
    assert.equal(
      sentences(
        { keyword: "enum", instancePath: `${rule}/type`, params: { allowedValues: ["creation"] } },
        { keyword: "required", instancePath: rule, params: { missingProperty: "parameters" } },
        { keyword: "oneOf", instancePath: rule },
      ),
      "Invalid property /rules/0: data matches no possible input.",
    );
  });
});
