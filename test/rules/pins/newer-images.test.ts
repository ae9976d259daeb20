import assert from "node:assert/strict";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import { pinFindings } from "../../../rules/pins/finding.ts";
import { newerImages } from "../../../rules/pins/newer-images.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { sources } from "./support/findings.ts";
import { candidate, digestOf, hold, pin, without } from "./support/places.ts";

describe("images that are published anew", () => {
  const latest = () => ({ digest: digestOf("b"), channel: "main", commit: "c" });
  const newer = (places: readonly Place[], byLetter: Readonly<Record<string, DigestFacts>> = {}) =>
    newerImages(places, sources(places, byLetter, { latest })).map(({ image }) => image);

  it("are told once each where all their pins agree, which is no finding", () => {
    const places = [pin("a"), pin("a", { line: 13 }), pin("c", { image: "base" })];
    assert.deepEqual(newer(places), ["base", "tools"]);
    assert.deepEqual(newerImages(places, sources(places, {}, { latest }))[1], {
      ...{ image: "tools", digest: digestOf("b"), channel: "main" },
      command: "slipway pins bump tools",
    });
    assert.deepEqual(pinFindings(places, sources(places, {}, { latest })), []);
  });

  it("are none that no list has, that is pinned already, or differs, which is a finding", () => {
    assert.deepEqual(newerImages([pin("a")], sources([pin("a")])), []);
    assert.deepEqual(newer([pin("b")]), []);
    assert.deepEqual(newer([pin("a"), pin("c")]), []);
    assert.deepEqual(newer([without(pin("a"), "image")]), []);
  });

  it("are none of what is held, of candidates, and of what a finding calls missing", () => {
    assert.deepEqual(newer([pin("a", hold("2026-11-21"))]), []);
    assert.deepEqual(newer([pin("a", hold("2026-11-20"))]), ["tools"]);
    assert.deepEqual(newer([pin("a", { repository: candidate })]), []);
    assert.deepEqual(newer([pin("a")], { a: { state: "missing", detail: "gone" } }), []);
  });
});
