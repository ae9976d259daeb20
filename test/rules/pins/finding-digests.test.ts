import assert from "node:assert/strict";
import fc from "fast-check";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import { pinFindings } from "../../../rules/pins/finding.ts";
import { newerImages } from "../../../rules/pins/newer-images.ts";
import { built, kinds, sources } from "./support/findings.ts";
import { candidate, digestOf, hold, pin, without } from "./support/places.ts";

describe("the findings of an image with several digests", () => {
  it("are at the older ones, by the published list", () => {
    const places = [pin("a"), pin("b"), pin("b", { line: 40 })];
    const latest = () => ({ digest: digestOf("a"), channel: "main" });
    const found = pinFindings(places, sources(places, {}, { latest }));
    assert.deepEqual(
      found.map(({ kind, place }) => [kind, place]),
      [
        ["two-digests", places[1]],
        ["two-digests", places[2]],
      ],
    );
    assert.equal(
      found[0]?.message,
      "tools is pinned at 2 digests; newer than this is sha256:aaaaaaaaaaaa (published last in channel main; 1 place)",
    );
    assert.equal(found[0].command, "slipway pins bump tools");
    assert.match(found[0].remedy ?? "", /^or say beside the pin why it stays: slipway: hold until/);
  });

  it("are at the older ones, by when they were built where no list has any", () => {
    const places = [pin("a"), pin("b")];
    const facts = { a: built("2026-06-15T00:00:00Z"), b: built("2026-08-18T23:59:59Z") };
    const [first, ...others] = pinFindings(places, sources(places, facts));
    assert.deepEqual(others, []);
    assert.ok(first);
    assert.equal(first.place, places[0]);
    assert.match(first.message, /sha256:bbbbbbbbbbbb \(built on 2026-08-18; 1 place\)/);
    assert.equal(first.command, `slipway pins bump tools --to ${digestOf("b")}`);
  });

  it("never call newest what is missing or not whole, be it a candidate, nor another one wrong for it", () => {
    const dated = built("2026-06-15T00:00:00Z");
    for (const state of ["missing", "incomplete"] as const) {
      const lost: DigestFacts = { state, detail: "no such digest" };
      for (const more of [{}, { repository: candidate }]) {
        const places = [pin("a"), pin("b", more)];
        const found = pinFindings(places, sources(places, { a: dated, b: lost }));
        const kind = state === "missing" && "repository" in more ? "candidate-missing" : state;
        assert.deepEqual(
          found.map((one) => [one.kind, one.place]),
          [[kind, places[1]]],
        );
        const three = [...places, pin("c")];
        const cases: readonly (readonly [DigestFacts, readonly string[]])[] = [
          [built("2026-08-18T00:00:00Z"), ["a", "b"]],
          [{ state: "unchecked", reason: "no login" }, ["a", "c"]],
        ];
        for (const [c, wrong] of cases) {
          const all = pinFindings(three, sources(three, { a: dated, b: lost, c }));
          const two = all.filter((one) => one.kind === "two-digests");
          assert.deepEqual(
            two.map(({ place }) => place.digest?.text.slice(-1)),
            wrong,
          );
        }
      }
    }
    const places = [pin("a"), pin("b", { repository: candidate })];
    const lost: DigestFacts = { state: "missing", detail: "no such digest" };
    const latest = () => ({ digest: digestOf("a") });
    const found = pinFindings(places, sources(places, { b: lost }, { latest }));
    assert.deepEqual(
      found.map(({ kind, place }) => [kind, place]),
      [
        ["two-digests", places[1]],
        ["candidate-missing", places[1]],
      ],
    );
    assert.match(found[0]!.message, /newer than this is sha256:aaaaaaaaaaaa \(published last/);
  });

  it("repeat in each command the options that say which pins are meant", () => {
    const repeated = " --root ../TheRock --stack therock";
    const gone: DigestFacts = { state: "missing", detail: "no such digest" };
    const places = [pin("a"), pin("b", hold("2026-11-20")), pin("c")];
    const published = () => ({ digest: digestOf("d") });
    const more = { repeated, latest: published };
    const found = pinFindings(places, sources(places, { c: gone }, more));
    assert.deepEqual(
      new Set(found.map(({ command }) => command)),
      new Set([`slipway pins bump tools${repeated}`]),
    );
    const latest = () => ({ digest: digestOf("b"), channel: "main" });
    assert.deepEqual(
      newerImages([pin("a")], sources([pin("a")], {}, { latest, repeated })).map(
        ({ command }) => command,
      ),
      [`slipway pins bump tools${repeated}`],
    );
  });

  it("are at all of them where nobody knows which is the newest", () => {
    const undated: DigestFacts = { state: "unchecked", reason: "ghcr.io is in trouble" };
    for (const facts of [{}, { a: built("2026-06-15T00:00:00Z"), b: undated }]) {
      const places = [pin("a"), pin("b"), pin("b", { line: 40 })];
      const found = pinFindings(places, sources(places, facts));
      assert.deepEqual(kinds(found), ["two-digests", "two-digests", "two-digests"]);
      assert.deepEqual(
        found.map(({ place }) => place),
        places,
      );
      assert.match(
        found[0]!.message,
        /sha256:aaaaaaaaaaaa \(1 place\), sha256:bbbbbbbbbbbb \(2 places\); which one is the newest is not known/,
      );
    }
  });

  it("say to name a digest where no list tells what bump would write", () => {
    const gone: DigestFacts = { state: "missing", detail: "no such digest" };
    const places = [pin("a"), pin("b", hold("2026-11-20")), pin("c")];
    const found = pinFindings(places, sources(places, { c: gone }));
    assert.deepEqual(kinds(found), ["two-digests", "hold-over", "two-digests", "missing"]);
    assert.deepEqual(
      new Set(found.map(({ command }) => command)),
      new Set(["slipway pins bump tools --to DIGEST"]),
    );
  });

  it("say to mend a hold that keeps bump from moving the place", () => {
    const places = [pin("a"), pin("b", { hold: { fault: "it has no day" } })];
    const latest = () => ({ digest: digestOf("a") });
    const found = pinFindings(places, sources(places, {}, { latest }));
    assert.deepEqual(kinds(found), ["hold-faulty", "two-digests"]);
    assert.equal(found[1]!.command, undefined);
    assert.match(found[1]!.remedy ?? "", /^mend the hold beside the pin, or take it away/);
  });

  it("are at what is published where a pull request's pins have moved to its candidate", () => {
    const places = [pin("a"), pin("b", { repository: candidate })];
    const latest = () => ({ digest: digestOf("a"), channel: "main" });
    const [found, ...others] = pinFindings(places, sources(places, {}, { latest }));
    assert.deepEqual(others, []);
    assert.ok(found);
    assert.equal(found.place, places[0]);
    assert.match(found.message, /the candidate/);
  });

  it("are none where a digest is held, until its day is over", () => {
    const places = [pin("a"), pin("b", hold("2026-11-21"))];
    assert.deepEqual(pinFindings(places, sources(places)), []);
    const over = [pin("a"), pin("b", hold("2026-11-20"))];
    const latest = () => ({ digest: digestOf("a") });
    const found = pinFindings(over, sources(over, {}, { latest }));
    assert.deepEqual(kinds(found), ["hold-over", "two-digests"]);
    assert.match(
      found[0]!.message,
      /until 2026-11-20 because the driver is older; today is 2026-11-21/,
    );
  });

  it("do not mix images, nor digests of a family that nobody can tell apart", () => {
    const unknown = without(pin("b"), "image");
    const places = [pin("a"), pin("b", { image: "other" }), unknown];
    assert.deepEqual(pinFindings(places, sources(places)), []);
  });

  it("are as many as places besides the newest's, in whatever order the places stand", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(letters, fc.constantFrom("a", "b", "c"), (own, newest) => {
        const places = own.map((letter, index) => pin(letter, { line: index + 1 }));
        const latest = () => ({ digest: digestOf(newest) });
        const reversed = [...places].reverse();
        const found = pinFindings(places, sources(places, {}, { latest }));
        const back = pinFindings(reversed, sources(reversed, {}, { latest }));
        assert.deepEqual(
          back.map(({ place }) => place.line).sort((a, b) => a - b),
          found.map(({ place }) => place.line),
        );
        const several = new Set(own).size > 1;
        const wrong = own.includes(newest) ? own.filter((one) => one !== newest) : own;
        assert.equal(found.length, several ? wrong.length : 0);
      }),
    );
  });
});
