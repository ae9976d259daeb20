/* Sizes as people write and read them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatBytes, parseByteSize } from "../../rules/byte-size.ts";

describe("sizes in bytes", () => {
  it("are read in powers of 1000, with an i in powers of 1024, and as plain numbers", () => {
    const sizes = { "0": 0, "1048576": 1_048_576, "12B": 12, "500MB": 500e6, "1.5TB": 1.5e12 };
    const binary = { "1KiB": 1024, "10GiB": 10 * 1024 ** 3, "2TiB": 2 * 1024 ** 4 };
    for (const [text, bytes] of Object.entries({ ...sizes, ...binary, "1kB": 1000, "1KB": 1000 })) {
      assert.equal(parseByteSize(text), bytes, text);
    }
  });

  it("are nothing else: no sign, blank, bare letter, unknown unit, or more than can be counted", () => {
    const texts = ["", "GiB", "-1", "+1", "1e9", " 1", "1 GiB", "10G", "1iB", "1gb", "0x10", "1\n"];
    for (const text of [...texts, "1.", ".5GB", "constructor", "99999999TiB", "9007199254740992"]) {
      assert.equal(parseByteSize(text), undefined, JSON.stringify(text));
    }
  });

  it("are shown with a unit that leaves at most three digits before the point", () => {
    const shown: [number, string][] = [
      ...([
        [0, "0 B"],
        [999, "999 B"],
        [1000, "1.0 kB"],
        [999_949, "999.9 kB"],
      ] as [number, string][]),
      ...([
        [999_950, "1.0 MB"],
        [1.5e9, "1.5 GB"],
        [2e12, "2.0 TB"],
        [3e15, "3.0 PB"],
      ] as [number, string][]),
    ];
    for (const [bytes, text] of shown) assert.equal(formatBytes(bytes), text);
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        assert.match(formatBytes(bytes), /^[0-9]{1,3}(?:\.[0-9])? (?:B|[kMGTP]B)$/);
      }),
    );
  });

  it("are read back within what one digit behind the point leaves open", () => {
    fc.assert(
      fc.property(fc.nat({ max: 9e14 }), (bytes) => {
        const read = parseByteSize(formatBytes(bytes).replace(" ", ""));
        assert.ok(read !== undefined && Math.abs(read - bytes) <= Math.max(bytes * 0.05, 0));
      }),
    );
  });
});
