import assert from "node:assert/strict";
import { marker, MarkerSearch } from "./support/markers.ts";

describe("a marker", () => {
  it("is found in every form that it may be shown in, and nowhere else", () => {
    const { name, value } = marker("input");
    const search = new MarkerSearch([{ name, value }]);
    for (const before of ["", "a", "ab", "abc"]) {
      const text = `${before}${value}c`;
      const bytes = Buffer.from(text);
      for (const form of [
        text,
        JSON.stringify(JSON.stringify(text)),
        encodeURIComponent(text),
        bytes.toString("base64"),
        bytes.toString("base64url"),
        bytes.toString("hex"),
        bytes.toString("hex").toUpperCase(),
      ]) {
        assert.equal(search.in(form).length, 1, form);
      }
    }
    assert.deepEqual(search.in(`input/ ${"0".repeat(64)}`), []);
  });
});
