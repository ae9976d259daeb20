// Does not prove that a text is no secret which the list takes for a name, a sentence or a build argument.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { declaredResources } from "../../cli/snapshot/declared.ts";
import { shortType } from "../../engine/resource-name.ts";
import { containsSecret, type PropertyMap } from "../../engine/values.ts";
import { isSecretName } from "../../rules/secret-text.ts";
import { LEFT_OUT, LISTED, listedInputs, typesNotTold } from "../../rules/snapshot-properties.ts";
import type { Shape } from "../../rules/snapshot-shape.ts";
import { type InputValue, SECRET } from "../../rules/snapshot-value.ts";
import { declaredBy, STACKS } from "./support/declared-stacks.ts";

/** Names of properties that hold logins, keys or what is made of a secret, and are none of a list. */
const TELLING =
  /token|password|passwd|secretkey|accesskey|credential|fingerprint|sealed|keyid|encrypted|^api$|^auth/i;

describe("the list of what a snapshot holds", function () {
  this.timeout(60_000);

  for (const stack of STACKS) {
    it(`knows every type that stack ${stack} declares, or says why it is left out`, async () => {
      const types = (await declaredBy(stack)).flatMap(({ custom, type }) => (custom ? [type] : []));
      assert.ok(types.length > 10);
      for (const type of types) assert.ok(type in LISTED !== type in LEFT_OUT, type);
    });

    it(`lets nothing through that stack ${stack} marks as secret`, async () => {
      const marked = (await declaredBy(stack)).flatMap(({ type, name, inputs }) =>
        Object.keys(inputs)
          .filter((property) => containsSecret(inputs[property]))
          .map((property) => ({ type, name, property })),
      );
      assert.ok(marked.length > 0);
      for (const { type, name, property } of marked) {
        const where = `${type} ${name}: ${property}`;
        assert.equal(Object.hasOwn(LISTED[type]?.properties ?? {}, property), false, where);
      }
    });

    it(`holds back none of the listed properties that stack ${stack} declares`, async () => {
      for (const { type, name, inputs } of declaredResources(await declaredBy(stack))) {
        assert.deepEqual(listedInputs(type, inputs)?.withheld ?? [], [], `${type} ${name}`);
      }
    });
  }

  it("has no type that no stack declares, and none twice", async () => {
    const declared = await Promise.all(STACKS.map(declaredBy));
    const types = new Set(declared.flat().map(({ type }) => type));
    const idle = [...Object.keys(LISTED), ...Object.keys(LEFT_OUT)].filter(
      (one) => !types.has(one),
    );
    // Declared where somebody has pinned something, which is in no file of this project.
    assert.deepEqual(idle, ["slipway:index:PinName"]);
  });

  it("tells what is pinned where, and nothing of the way there", () => {
    const [repository, digest] = ["pytorch/ci-image", `sha256:${"a".repeat(64)}`];
    const account = { accountId: "308535385114", region: "us-east-1", endpoint: "http://x:1" };
    const told = listedInputs("slipway:index:PinName", { account, repository, digest });
    assert.deepEqual(told, { properties: { repository, digest }, withheld: [] });
  });

  it("has no resource that another has type and name of", async () => {
    for (const stack of STACKS) {
      const keys = (await declaredBy(stack))
        .filter(({ custom }) => custom)
        .map(({ type, name }) => `${type} ${name}`);
      assert.equal(new Set(keys).size, keys.length, stack);
    }
  });

  it("has no property, at any depth, that is called like a login, a key or what is made of a secret", () => {
    for (const [type, { properties }] of Object.entries(LISTED)) {
      for (const name of namesIn({ only: properties })) {
        assert.ok(!TELLING.test(name) && !isSecretName(name), `${type}: ${name}`);
      }
    }
  });

  it("keeps of a secret its place and nothing else", () => {
    const { properties } = LISTED["slipway:index:EnvironmentSecret"] ?? {};
    assert.deepEqual(Object.keys(properties ?? {}), ["repository", "environment", "name"]);
  });

  it("is the table of docs/snapshot.md", async () => {
    const text = await readFile(new URL("../../docs/snapshot.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| `([\w.-]+)`[^|]*\| ([^|]+) \|$/gm)].map(
      ([, type, inputs = ""]) => `${type ?? ""}: ${inputs.trim().replaceAll("`", "")}`,
    );
    const listed = Object.entries(LISTED).map(
      ([type, { properties }]) => `${shortType(type)}: ${Object.keys(properties).join(", ")}`,
    );
    assert.deepEqual(rows, listed);
  });

  it("judges a variable's value by the name of the variable", () => {
    const type = "github:index/actionsVariable:ActionsVariable";
    const withheldOf = (variableName: InputValue) =>
      listedInputs(type, { variableName, value: "hunter2.example.com" })?.withheld;
    assert.deepEqual(withheldOf("DOCKER_TOKEN"), ["value"]);
    assert.deepEqual(withheldOf(SECRET), ["variableName", "value"]);
    assert.deepEqual(withheldOf("SLIPWAY_HOST"), []);
  });

  it("holds back a build argument with a login in its address", () => {
    const withheldOf = (value: string) =>
      listedInputs("docker-build:index:Image", { buildArgs: { INDEX: value } })?.withheld;
    for (const login of ["user.TOKEN@", "user:pass@", "user:a/b@", "TOKEN@"]) {
      assert.deepEqual(withheldOf(`https://${login}host/x`), ["buildArgs"], login);
    }
    assert.deepEqual(withheldOf("https://host/x"), []);
    assert.deepEqual(withheldOf("gcc@13"), []);
  });

  it("knows the declared types that a snapshot lists not at all, or in part", () => {
    const role = "aws:iam/role:Role";
    const whole = Object.keys(LISTED[role]?.properties ?? {});
    const declared = [{ type: role }, { type: "pulumi:providers:aws" }];
    assert.deepEqual(typesNotTold({ [role]: whole }, declared), []);
    assert.deepEqual(typesNotTold({ [role]: whole.slice(1) }, declared), [role]);
    assert.deepEqual(typesNotTold({}, declared), [role]);
  });

  it("counts no property as an identity that it does not have", () => {
    for (const [type, { properties, identity }] of Object.entries(LISTED)) {
      for (const name of identity) assert.ok(Object.hasOwn(properties, name), `${type}: ${name}`);
    }
  });

  it("sees through the filter of its own test: a listed type has secrets beside what is listed", async () => {
    const secret = (await declaredBy("main")).find(
      ({ type }) => type === "slipway:index:EnvironmentSecret",
    );
    const inputs: PropertyMap = secret?.inputs ?? {};
    assert.ok(containsSecret(inputs["value"]) && containsSecret(inputs["api"]));
  });
});

function namesIn(shape: Shape): readonly string[] {
  if (typeof shape === "string" || shape instanceof RegExp) return [];
  if ("list" in shape) return namesIn(shape.list);
  if ("json" in shape) return namesIn(shape.json);
  if ("either" in shape) return shape.either.flatMap(namesIn);
  if ("keys" in shape) return namesIn(shape.values);
  const fields = "only" in shape ? shape.only : shape.fields;
  return Object.entries(fields).flatMap(([name, below]) => [name, ...namesIn(below)]);
}
