import assert from "node:assert/strict";
import fc from "fast-check";
import { isRange, RangeContent } from "../../oci/blob-range.ts";

describe("a part of a blob", () => {
  it("is what Content-Range says exactly", () => {
    assert.ok(isRange("bytes 5-9/20", 5, 10, 20));
    assert.ok(isRange("bytes 5-9/*", 5, 10, 20));
    for (const header of [
      undefined,
      "",
      "bytes */20",
      "bytes 5-10/20",
      "bytes 4-9/20",
      "bytes 5-9/21",
      "bytes 5-9",
      "bytes 5-9/20, 11-12/20",
      "items 5-9/20",
    ]) {
      assert.ok(!isRange(header, 5, 10, 20), header);
    }
  });

  it("is another one wherever a number differs", () => {
    const number = fc.nat(1000);
    fc.assert(
      fc.property(number, number, number, number, number, number, (a, b, c, start, end, size) => {
        const same = a === start && b === end - 1 && c === size;
        assert.equal(isRange(`bytes ${a}-${b}/${c}`, start, end, size), same);
      }),
    );
  });

  it("passes when it has its length, and fails when it does not", async () => {
    const passed = async (length: number, ...chunks: string[]): Promise<string> => {
      const content = new RangeContent("r.example.com/a: get blob", length);
      for (const chunk of chunks) content.write(chunk);
      content.end();
      return Buffer.concat(await content.toArray()).toString();
    };
    assert.equal(await passed(5, "ab", "cde"), "abcde");
    assert.equal(await passed(0), "");
    await assert.rejects(
      passed(6, "ab", "cde"),
      /^DamagedContentFault: r\.example\.com\/a: get blob: was sent 5 bytes in place of 6; /,
    );
    await assert.rejects(passed(4, "ab", "cde"), /was sent more bytes in place of 4; /);
  });
});
