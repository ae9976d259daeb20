import assert from "node:assert/strict";
import fc from "fast-check";
import { readTextFile, writeTextFile } from "../../../rules/pins/text-file.ts";

describe("a text file", () => {
  it("is written as it was read, to the byte, whatever its bytes are", () => {
    const marks = fc.constantFrom([], [0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf]);
    fc.assert(
      fc.property(marks, fc.uint8Array({ maxLength: 200 }), (mark, rest) => {
        const bytes = Buffer.from([...mark, ...rest]);
        const before = Buffer.from(bytes);
        const file = readTextFile("a", bytes);
        if (file !== undefined) assert.deepEqual(writeTextFile(file), before);
        assert.deepEqual(bytes, before, "what is given is not changed");
      }),
    );
  });

  it("of UTF-16 is text, whatever stands in it", () => {
    const little = Buffer.from("\ufeffFROM x\r\nä\ud800", "utf16le");
    const file = readTextFile("a", little);
    assert.equal(file?.encoding, "utf-16le");
    assert.equal(file.text, "\ufeffFROM x\r\nä\ud800");
    const big = readTextFile("a", Buffer.from(little).swap16());
    assert.equal(big?.encoding, "utf-16be");
    assert.equal(big.text, file.text);
  });

  it("of UTF-8 has a character a byte", () => {
    assert.equal(readTextFile("a", Buffer.from("ä"))?.text.length, 2);
  });

  it("is none with a NUL, in half a character of UTF-16, or in UTF-32", () => {
    assert.equal(readTextFile("a", Buffer.from("a\0b")), undefined);
    assert.equal(readTextFile("a", Buffer.from([0xff, 0xfe, 0x41])), undefined);
    assert.equal(readTextFile("a", Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0])), undefined);
  });
});
