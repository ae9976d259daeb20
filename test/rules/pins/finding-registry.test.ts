import assert from "node:assert/strict";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import { pinFindings } from "../../../rules/pins/finding.ts";
import { built, kinds, NOW, sources } from "./support/findings.ts";
import { candidate, hold, pin, ubuntu } from "./support/places.ts";

const DAY = 86_400_000;

describe("the findings of a registry", () => {
  it("tell what is not there, among candidates too", () => {
    const gone: DigestFacts = { state: "missing", detail: "ghcr.io/rocm/tools has no such digest" };
    const places = [pin("a"), pin("a", { repository: candidate })];
    const found = pinFindings(places, sources(places, { a: gone }));
    assert.deepEqual(kinds(found), ["missing", "candidate-missing"]);
    assert.equal(found[0]!.message, "sha256:aaaaaaaaaaaa: ghcr.io/rocm/tools has no such digest");
  });

  it("tell what is not whole: a blob, or a platform that the family is built for", () => {
    const broken: DigestFacts = { state: "incomplete", detail: "blob sha256:1 is not there" };
    const places = [pin("a"), pin("a", { image: "other" })];
    assert.deepEqual(kinds(pinFindings(places, sources(places, { a: broken }))), [
      "incomplete",
      "incomplete",
    ]);
    const platformsOf = () => ["linux/amd64", "linux/arm64"];
    const [found] = pinFindings([places[0]!], sources(places, {}, { platformsOf }));
    assert.equal(
      found?.message,
      "sha256:aaaaaaaaaaaa has no image for linux/arm64, which tools is built for; it has linux/amd64",
    );
    // Some variants go without saying.
    const arm: DigestFacts = { state: "there", platforms: ["linux/arm64/v8"], size: 1 };
    const wantsArm = { platformsOf: () => ["linux/arm64"] };
    assert.deepEqual(pinFindings([places[0]!], sources(places, { a: arm }, wantsArm)), []);
  });

  it("say nothing about platforms of images that are no family's", () => {
    const place = pin("a", { repository: ubuntu, image: "docker.io/library/ubuntu" });
    assert.deepEqual(
      pinFindings([place], sources([place], {}, { platformsOf: () => undefined })),
      [],
    );
  });

  it("tell what is older than pins.yaml takes, unless it is held", () => {
    const facts = { a: built(new Date(NOW - 181 * DAY).toISOString()) };
    const place = pin("a");
    const oldest = 180 * DAY;
    const [found] = pinFindings([place], sources([place], facts, { oldest }));
    assert.equal(found?.kind, "old");
    assert.match(found.message, /was built on 2026-05-24, 181d ago; .* younger than 180d$/);
    assert.deepEqual(pinFindings([place], sources([place], facts)), []);
    assert.deepEqual(pinFindings([place], sources([place], facts, { oldest: 182 * DAY })), []);
    const held = pin("a", hold("2027-01-01"));
    assert.deepEqual(pinFindings([held], sources([held], facts, { oldest })), []);
  });

  it("tell a date that is more than a day from the image's own", () => {
    const dated = (text: string) => pin("a", { date: { text, span: { start: 0, end: 10 } } });
    const facts = { a: built("2026-08-18T23:30:00Z") };
    const of = (text: string) => {
      const place = dated(text);
      return kinds(pinFindings([place], sources([place], facts)));
    };
    for (const near of ["2026-08-17", "2026-08-18", "2026-08-19", "2026-08-19T10:00:00Z"]) {
      assert.deepEqual(of(near), [], near);
    }
    for (const far of ["2026-08-16", "2026-08-20", "2025-08-18"]) {
      assert.deepEqual(of(far), ["stale-date"], far);
    }
    const place = dated("2026-06-15");
    assert.equal(pinFindings([place], sources([place], facts))[0]?.remedy, "write 2026-08-18");
    // An image that does not tell when it was built contradicts nobody.
    assert.deepEqual(pinFindings([place], sources([place])), []);
  });

  it("tell what was not checked, which is no reason to do anything", () => {
    const place = pin("a");
    const facts: DigestFacts = { state: "unchecked", reason: "ghcr.io is in trouble" };
    assert.deepEqual(pinFindings([place], sources([place], { a: facts })), [
      { kind: "unchecked", place, message: "ghcr.io is in trouble" },
    ]);
  });
});
