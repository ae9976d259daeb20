// Does not prove that what nobody marked as secret is none: a token that is written as a role's name is a name here.
import assert from "node:assert/strict";
import fc from "fast-check";
import { inputsOf } from "../../cli/snapshot/declared.ts";
import type { PropertyMap, PropertyValue } from "../../engine/values.ts";
import { readSnapshot, type Snapshot, snapshotText } from "../../rules/snapshot.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";
import { snapshotOf } from "../../rules/snapshot-of.ts";
import { LISTED } from "../../rules/snapshot-properties.ts";
import { declaredBy } from "./support/declared-stacks.ts";

const PLACE = {
  repository: "pytorch/pytorch",
  stack: "main",
  channel: "main",
  commit: "c".repeat(40),
};
const MARK = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const SECRET = fc.stringMatching(/^[A-Za-z0-9]{20,40}$/);

/** What a secret can look like where somebody kept or passed it. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString("base64"),
    bytes.toString("hex"),
    `sealed-${bytes.toString("base64url")}`,
    `scrypt$${Buffer.from(bytes.toReversed()).toString("hex")}`,
    JSON.stringify({ token: secret }),
  ];
}

/** Values with a secret that is marked as one, at any depth, in clear (as after `--show-secrets`) or encrypted. */
function marked(form: string): fc.Arbitrary<PropertyValue> {
  const leaf = fc.constantFrom<PropertyValue>(
    { ...MARK, value: form },
    { ...MARK, value: { deep: [form] } },
    { ...MARK, ciphertext: form },
    { ...MARK, plaintext: JSON.stringify(form) },
  );
  return fc.oneof(
    leaf,
    leaf.map((one) => [one]),
    leaf.map((one) => ({ name: "x", one })),
    leaf.map((one) => [{ repository: "ghcr.io/a/b", floatingNames: [one] }]),
  );
}

/** Values that are of no form on the list and hold a secret that nobody marked: in a key, in a JSON text. */
function misplaced(form: string): fc.Arbitrary<PropertyValue> {
  return fc.constantFrom<PropertyValue>(
    { [form]: "x" },
    { only: { [form]: true } },
    JSON.stringify({ [form]: 1 }),
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "A", [form]: "x" }] }),
    JSON.stringify({ rules: [{ rulePriority: 1, note: form }] }),
    `-----BEGIN PRIVATE KEY-----\n${form}`,
    `ghp_${form.replaceAll(/[^A-Za-z0-9]/g, "")}`,
  );
}

/** Properties that nothing on the list is called like. */
const UNLISTED = fc.constantFrom(
  "api",
  "credentials",
  "value2",
  "sealed",
  "keyId",
  "fingerprint",
  "__defaults",
);

/** Maps of which the list lets any name through: an image.yaml, which is public, gives them. */
const ANY_KEY = new Set(["buildArgs"]);

/** A real state into which the forms of a secret were put at random. */
function planted(resources: readonly Raw[], secret: string): fc.Arbitrary<readonly Raw[]> {
  const forms = formsOf(secret);
  const form = fc.constantFrom(...forms);
  const spoil = (raw: Raw): fc.Arbitrary<Raw> => {
    const names = Object.keys(LISTED[raw.type]?.properties ?? {});
    const properties = names.filter((name) => !ANY_KEY.has(name));
    const listed = fc
      .tuple(fc.constantFrom(...properties), form)
      .chain(([name, one]) =>
        fc.oneof(marked(one), misplaced(one)).map((value) => ({ [name]: value })),
      );
    const encrypted = fc
      .tuple(fc.constantFrom(...names), form)
      .chain(([name, one]) => marked(one).map((value) => ({ [name]: value })));
    const unlisted = fc.tuple(UNLISTED, form).map(([name, one]) => ({ [name]: one }));
    return fc
      .array(fc.oneof(listed, encrypted, unlisted), { minLength: 1, maxLength: 4 })
      .map((changes) => ({
        ...raw,
        inputs: Object.assign({}, raw.inputs, ...changes) as PropertyMap,
      }));
  };
  const stranger = form.map((one) => ({
    ...{ type: "random:index/randomPassword:RandomPassword", name: "password" },
    inputs: { length: 20, result: one },
  }));
  const known = resources.filter(({ type }) => Object.hasOwn(LISTED, type));
  return fc
    .tuple(
      fc.array(fc.constantFrom(...known).chain(spoil), { minLength: 1, maxLength: 12 }),
      fc.array(stranger, { maxLength: 2 }),
    )
    .map((parts) => parts.flat());
}

interface Raw {
  readonly type: string;
  readonly name: string;
  readonly inputs: PropertyMap;
}

function textOf(raws: readonly Raw[]): string {
  const applied = raws.map(({ type, name, inputs }) => ({ type, name, inputs: inputsOf(inputs) }));
  return snapshotText(snapshotOf(PLACE, applied));
}

describe("a snapshot", function () {
  this.timeout(60_000);
  let main: readonly Raw[];
  let local: readonly Raw[];
  before(async () => {
    main = await declaredBy("main");
    local = await declaredBy("local");
  });

  it("never holds a secret, whatever it was made into and wherever it lies", () => {
    fc.assert(
      fc.property(
        SECRET.chain((secret) =>
          fc.tuple(fc.constant(secret), planted([...main, ...local], secret)),
        ),
        ([secret, state]) => {
          const text = textOf(state);
          for (const form of formsOf(secret)) {
            assert.ok(
              !text.includes(form) && !text.includes(JSON.stringify(form).slice(1, -1)),
              form,
            );
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("would show a secret that the list let through, so that silence means something", () => {
    const secret = "Abcdefghijklmnopqrstuvwxyz";
    const text = textOf([{ type: "aws:iam/role:Role", name: "x", inputs: { name: secret } }]);
    assert.ok(text.includes(secret));
  });

  it("says which properties it held back, and nothing of their values", () => {
    const type = "slipway:index:GithubEnvironment";
    const inputs = { environment: "docker-build", waitTimer: { ...MARK, ciphertext: "v1:abcdef" } };
    const snapshot = JSON.parse(textOf([{ type, name: "e", inputs }])) as Snapshot;
    assert.deepEqual(snapshot.resources, [
      { type, name: "e", properties: { environment: "docker-build" }, withheld: ["waitTimer"] },
    ]);
  });

  it("is the same text for one state in any order, and reads back as it was", () => {
    const applied: Declared[] = local.map(({ type, name, inputs }) => ({
      ...{ type, name },
      inputs: inputsOf(inputs),
    }));
    const text = snapshotText(snapshotOf(PLACE, applied));
    fc.assert(
      fc.property(fc.shuffledSubarray(applied, { minLength: applied.length }), (shuffled) => {
        assert.equal(snapshotText(snapshotOf(PLACE, shuffled)), text);
      }),
      { numRuns: 20 },
    );
    const read = readSnapshot(text);
    assert.ok("snapshot" in read);
    assert.equal(snapshotText(read.snapshot), text);
  });

  it("is refused with all that is wrong, whatever the file holds", () => {
    const good = JSON.parse(textOf([])) as Record<string, unknown>;
    const problems = (json: string): readonly string[] => {
      const read = readSnapshot(json);
      assert.ok("problems" in read, json);
      return read.problems.map(({ path }) => path);
    };
    assert.deepEqual(problems("{"), ["(file)"]);
    assert.deepEqual(problems("null"), ["(document)"]);
    assert.deepEqual(problems(JSON.stringify({ ...good, stack: "", commit: "HEAD" })), [
      "stack",
      "commit",
    ]);
    const resource = { type: "aws:iam/role:Role", name: "x", properties: {}, withheld: [] };
    for (const bad of [
      { ...resource, more: 1 },
      { ...resource, name: "\u001b[2J" },
      { ...resource, type: "role" },
      { ...resource, properties: { path: "\u202e" } },
      { ...resource, properties: { tags: { "a\nb": 1 } } },
      { ...resource, properties: { "a b": 1 } },
    ]) {
      const found = problems(JSON.stringify({ ...good, resources: [bad] }));
      assert.ok(
        found.every((path) => path.startsWith("resources[0]")),
        String(found),
      );
    }
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const nested = JSON.stringify({ ...good, resources: [resource] }).replace(
      "{}",
      `{"name":${deep}}`,
    );
    assert.ok(nested.includes(deep));
    assert.deepEqual(problems(nested), ["(file)"]);
    fc.assert(
      fc.property(fc.json(), (json) => {
        problems(json);
      }),
    );
  });

  it("is refused in words that say what was found, the rule and what to do", () => {
    const good = JSON.parse(textOf([])) as Record<string, unknown>;
    const type = "aws:iam/role:Role";
    const resource = { type, name: "x", properties: {}, withheld: [] };
    const told = (change: object): readonly string[] => {
      const read = readSnapshot(JSON.stringify({ ...good, ...change }));
      assert.ok("problems" in read);
      return read.problems.map(({ path, message }) => `${path}: ${message}`);
    };
    assert.deepEqual(told({ version: 2, commit: "HEAD", more: 1 }), [
      "version: 2, and this Slipway reads 1; fetch the snapshot anew (slipway snapshot fetch), or use the Slipway of the version that wrote it",
    ]);
    const KEYS = "the keys here are version, repository, stack, channel, commit, listed, resources";
    assert.deepEqual(
      told({ version: "1", repository: undefined, commit: "HEAD", channel: 1, more: 1 }),
      [
        'version: "1" is not 1, the version that this Slipway reads',
        "repository: missing; must be owner/name",
        "channel: 1 is not a channel, e.g. main",
        'commit: "HEAD" is not a commit\'s 40 hex digits',
        `more: unknown key; ${KEYS}`,
      ],
    );
    assert.deepEqual(
      told({
        listed: { role: [], [type]: "path" },
        resources: [
          { ...resource, properties: { "a b": 1 }, withheld: ["a b"] },
          { ...resource, name: "", properties: { path: "\u202e" } },
          { ...resource, properties: [], withheld: {} },
        ],
      }),
      [
        "listed.role: [] is not under a resource type, e.g. aws:iam/role:Role",
        `listed.${type}: "path" is not a list of at most 100 properties' names`,
        "resources[0].properties.a b: 1 is not under a property's name: letters and digits, e.g. policy",
        'resources[0].withheld[0]: "a b" is not a property\'s name: letters and digits, e.g. policy',
        'resources[1].name: "" is not a printable text of 1 to 300 characters on one line',
        'resources[1].properties.path: "�" is not JSON whose texts print in one line each',
        "resources[2].properties: [] is not a map of properties",
        "resources[2].withheld: {} is not a list of at most 100 properties' names",
      ],
    );
    assert.equal(told({ resources: Array.from({ length: 500 }, () => 1) }).length, 41);
  });

  it("is refused where it tells of what it does not list, whose changes nobody would see", () => {
    const good = JSON.parse(textOf([])) as Snapshot;
    const type = "aws:iam/role:Role";
    const resource = { type, name: "x", properties: { path: "/" }, withheld: ["name"] };
    const read = (listed: Snapshot["listed"]) =>
      readSnapshot(JSON.stringify({ ...good, listed, resources: [resource] }));
    const problemsOf = (listed: Snapshot["listed"]) => {
      const found = read(listed);
      return "problems" in found ? found.problems.map(({ message }) => message) : [];
    };
    assert.deepEqual(problemsOf({ [type]: ["path", "name"] }), []);
    assert.deepEqual(problemsOf({}), [`is of type ${type}, which is not listed`]);
    assert.deepEqual(problemsOf({ [type]: [] }), [
      `has path, which is not listed for ${type}`,
      `has name, which is not listed for ${type}`,
    ]);
  });
});
