import assert from "node:assert/strict";
import fc from "fast-check";
import { formatPlatform, isOfPlatform, parsePlatform, platformTag } from "../../rules/platform.ts";

const platform = fc
  .tuple(
    fc.constantFrom("linux", "windows"),
    fc.constantFrom("amd64", "arm", "arm64", "386", "ppc64le", "riscv64", "s390x"),
    fc.option(fc.constantFrom("v5", "v6", "v7", "v8"), { nil: undefined }),
  )
  .map(([os, architecture, variant]) =>
    formatPlatform({ os, architecture, ...(variant && { variant }) }),
  );

describe("a platform", () => {
  it("is read and written without loss", () => {
    assert.deepEqual(parsePlatform("linux/amd64"), { os: "linux", architecture: "amd64" });
    fc.assert(
      fc.property(platform, (text) => {
        const parsed = parsePlatform(text);
        assert.ok(parsed !== undefined);
        assert.equal(formatPlatform(parsed), text);
      }),
    );
  });

  it("is none when parts are missing, empty or too many", () => {
    for (const text of [
      "",
      "amd64",
      "linux/",
      "/amd64",
      "linux/arm/v7/x",
      "Linux/amd64",
      "linux/amd64 ",
    ]) {
      assert.equal(parsePlatform(text), undefined, text);
    }
  });

  it("is the same with the variant that goes without saying, and no other", () => {
    const is = (image: string, wanted: string): boolean =>
      isOfPlatform(parsePlatform(image)!, parsePlatform(wanted)!);
    for (const [full, plain] of [
      ["linux/arm64/v8", "linux/arm64"],
      ["linux/arm/v7", "linux/arm"],
      ["linux/amd64/v1", "linux/amd64"],
    ] as const) {
      assert.ok(is(full, plain) && is(plain, full), full);
    }
    assert.ok(!is("linux/arm/v6", "linux/arm"));
    assert.ok(!is("linux/arm64", "linux/arm"));
    assert.ok(!is("windows/amd64", "linux/amd64"));
  });

  it("gives its content a name that no other platform's has", () => {
    assert.equal(platformTag("a-k1", "linux/arm64"), "a-k1-arm64");
    assert.equal(platformTag("a-k1", "linux/arm/v7"), "a-k1-arm-v7");
    assert.equal(platformTag("a-k1", "windows/amd64"), "a-k1-windows-amd64");
    fc.assert(
      fc.property(platform, platform, (one, other) => {
        const same = platformTag("a-k1", one) === platformTag("a-k1", other);
        assert.equal(same, one === other);
      }),
    );
    assert.throws(() => platformTag("a".repeat(125), "linux/amd64"), /is no tag/);
  });
});
