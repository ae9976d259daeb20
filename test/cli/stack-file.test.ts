import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { withEntries } from "../../cli/stack-file.ts";
import type { SealedValue } from "../../rules/declared-secrets.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
const PLACE = { environment: "docker-build", name: "TOKEN" };
/** An id that is a number to YAML, and one that JavaScript cannot hold. */
const SEALED: SealedValue = {
  keyId: "012345678901234567890",
  value: `${"Abc+/".repeat(200)}==`,
  sealedOn: "2026-11-21",
};

function sealedIn(text: string): unknown {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return config["slipway:sealedSecrets"];
}

const add = (text: string, place = PLACE, sealed = SEALED) =>
  withEntries(text, "Pulumi.main.yaml", [
    { path: ["slipway:sealedSecrets", place.environment, place.name], value: { ...sealed } },
  ]);

describe("a sealed value in a stack's file", () => {
  it("is added behind everything that stands there, of which not a byte changes", async () => {
    for (const stack of ["main", "local", "therock"]) {
      const text = await readFile(join(CHECKOUT, `Pulumi.${stack}.yaml`), "utf8");
      const changed = add(text);
      assert.ok(changed.startsWith(text), stack);
      assert.deepEqual(sealedIn(changed), { "docker-build": { TOKEN: SEALED } });
    }
  });

  it("takes the place of an older one, beside the others", () => {
    const other = add(add("config: {}\n"), { environment: "docker-deploy", name: "KEY" });
    const renewed = { ...SEALED, keyId: "2", sealedOn: "2027-01-31" };
    const changed = add(other, PLACE, renewed);
    assert.deepEqual(sealedIn(changed), {
      "docker-build": { TOKEN: renewed },
      "docker-deploy": { KEY: SEALED },
    });
    assert.equal(changed.split("TOKEN").length, 2);
  });

  it("is text to every reader of YAML, on one line", () => {
    const changed = add("config:\n  slipway:owner: pytorch\n");
    assert.match(changed, /^ {8}keyId: "012345678901234567890"$/m);
    assert.match(changed, /^ {8}sealedOn: "2026-11-21"$/m);
    assert.match(changed, /^ {8}value: "(?:Abc\+\/){200}=="$/m);
  });

  it("keeps comments, blank lines, order and the layout of lists and maps", () => {
    for (const text of [
      '# head\nconfig:\n  # why\n  slipway:z: [1, 2]\n\n  slipway:a:\n    - "x" # one\n    - y\n',
      "config:\n  slipway:a:\n  - x\n  - y\n  slipway:m: { a: 1 }\n",
      "config:\n    slipway:a:\n        - x\n    slipway:m: {a: 1}\n",
    ]) {
      assert.ok(add(text).startsWith(text), add(text));
    }
  });

  it("goes into a map that was written empty", () => {
    const text = "config:\n  slipway:sealedSecrets: {}\n  slipway:protect: true\n";
    assert.equal(
      add(text, PLACE, { ...SEALED, value: "c2VhbGVk" }),
      `config:
  slipway:sealedSecrets:
    docker-build:
      TOKEN:
        keyId: "012345678901234567890"
        value: "c2VhbGVk"
        sealedOn: "2026-11-21"
  slipway:protect: true
`,
    );
  });

  it("changes nothing but itself, whatever the file holds", () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^slipway:[a-r]{1,9}$/), value), (config) => {
        const changed = add(`config: ${JSON.stringify(config)}\n`);
        const after = (parse(changed) as { config: object }).config;
        const expected = {
          ...config,
          "slipway:sealedSecrets": { "docker-build": { TOKEN: SEALED } },
        };
        assert.deepEqual({ ...after }, { ...expected });
      }),
    );
  });

  it("is refused where a map is shared or is something else", () => {
    for (const [text, place] of [
      ["a: &x {}\nconfig:\n  slipway:sealedSecrets: *x\n", /^Pulumi\.main\.yaml: slipway:sealed/],
      [
        "config:\n  slipway:sealedSecrets: 3\n",
        /^Pulumi\.main\.yaml: slipway:sealedSecrets: not a/,
      ],
      ["- x\n", /^Pulumi\.main\.yaml: not a map/],
      ["config: [\n", /^Pulumi\.main\.yaml: /],
    ] as const) {
      assert.throws(() => add(text), { name: "UserError", message: place });
    }
  });
});

describe("settings in a stack's file", () => {
  const write = (text: string) =>
    withEntries(text, "Pulumi.main.yaml", [
      { path: ["slipway:subjectForm"], value: "immutable" },
      { path: ["slipway:ownerId"], value: 21003710 },
    ]);

  it("take the place of older ones or are added, and every other line stays as it is", () => {
    assert.equal(
      write(
        "config:\n    # the owner\n    slipway:ownerId: 1 # by hand\n    slipway:a:\n        - {x: 1}\n",
      ),
      "config:\n    # the owner\n    slipway:ownerId: 21003710 # by hand\n    slipway:a:\n        - {x: 1}\n    slipway:subjectForm: immutable\n",
    );
  });
});
