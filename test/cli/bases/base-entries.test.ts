import assert from "node:assert/strict";
import fc from "fast-check";
import { type BaseEntry, selectBases, writeDigests } from "../../../cli/bases/base-entries.ts";

const [one, two] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

describe("digests in an image.yaml", () => {
  const text = `# bases: first
bases:
  one: { image: "docker.io/a/b:1",   digest: unresolved } # a note
  two:
    digest: "${one}"   # unresolved

    image: docker.io/a/b:2
  three: {digest: '${one}', image: x}
accelerators: { cpu: { base: one } }\r
`;

  it("are replaced in their places, and not a byte else", () => {
    const digests = new Map([
      ["one", two],
      ["two", two],
      ["three", two],
    ]);
    const written = writeDigests(text, digests);
    const expected = text
      .replace("digest: unresolved", `digest: ${two}`)
      .replace(`"${one}"`, `"${two}"`)
      .replace(`'${one}'`, `'${two}'`);
    assert.deepEqual(written, { text: expected, unwritable: [] });
    assert.equal(writeDigests(expected, digests).text, expected);
  });

  it("leave the text as it is where none is given", () => {
    assert.deepEqual(writeDigests(text, new Map()), { text, unwritable: [] });
  });

  it("that are not written in their place as one word are named", () => {
    const odd = `bases:
  alias: { image: a, digest: *d }
  folded: { image: a, digest: "sha\\x32" }
  whole: *base
  block:
    digest: >-
      unresolved
`;
    const names = ["alias", "folded", "whole", "block", "absent"];
    const written = writeDigests(odd, new Map(names.map((name) => [name, two])));
    assert.deepEqual(written, { text: odd, unwritable: names });
  });

  it("are replaced whatever stands around them", () => {
    const scalar = fc.constantFrom("unresolved", one, `"${one}"`, "'unresolved'");
    const entry = fc.tuple(
      scalar,
      fc.constantFrom("flow", "block"),
      fc.constantFrom("", " # note"),
    );
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), (entries) => {
        const write = (digest?: string) =>
          entries
            .map(([scalarText, style, note], index) => {
              const quote = /^["']/.exec(scalarText)?.[0] ?? "";
              const value = digest === undefined ? scalarText : `${quote}${digest}${quote}`;
              return style === "flow"
                ? `  b${index}: { digest: ${value}, image: x }${note}`
                : `  b${index}:\n    image: x\n    digest: ${value}${note}`;
            })
            .join("\n");
        const names = entries.map((_, index) => [`b${index}`, two] as const);
        const written = writeDigests(`bases:\n${write()}\n`, new Map(names));
        assert.deepEqual(written, { text: `bases:\n${write(two)}\n`, unwritable: [] });
      }),
    );
  });
});

describe("the bases that a user names", () => {
  const entry = (family: string, name: string): BaseEntry => {
    return { family, name, image: "x", digest: "unresolved", platforms: [], file: "" };
  };
  const entries = [entry("a", "x"), entry("a", "y"), entry("b", "x")];
  const labels = (wanted: readonly string[]) =>
    selectBases(entries, wanted).map(({ family, name }) => `${family}/${name}`);

  it("are a family's, single ones, or all", () => {
    assert.deepEqual(labels([]), ["a/x", "a/y", "b/x"]);
    assert.deepEqual(labels(["a"]), ["a/x", "a/y"]);
    assert.deepEqual(labels(["b/x", "a/y"]), ["a/y", "b/x"]);
  });

  it("are refused by name, all at once, when there are none such", () => {
    assert.throws(() => labels(["a", "c", "a/z"]), {
      name: "UserError",
      message:
        /^"c" is no family and no base.*\n"a\/z" is no family and no base.*\nthere are: a, a\/x, a\/y, b, b\/x$/,
    });
  });
});
