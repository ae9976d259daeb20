import assert from "node:assert/strict";
import fc from "fast-check";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import type { FindingSources, PinFinding } from "../../../rules/pins/finding-kind.ts";
import { pinFindings } from "../../../rules/pins/finding.ts";
import { newerImages } from "../../../rules/pins/newer-images.ts";
import type { ManagedRepository } from "../../../rules/pins/managed-images.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { candidate, digestOf, managed, pin, tagged, without } from "./support/places.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const DAY = 86_400_000;

/** Sources that know of every digest what is said of its letter, and else that it is there. */
function sources(
  places: readonly Place[],
  byLetter: Readonly<Record<string, DigestFacts>> = {},
  more: Partial<FindingSources> = {},
): FindingSources {
  const facts = places.flatMap((place) => {
    if (place.digest === undefined) return [];
    const letter = place.digest.text.slice(-1);
    const there: DigestFacts = { state: "there", platforms: ["linux/amd64"], size: 1 };
    return [[place, byLetter[letter] ?? there] as const];
  });
  return {
    facts: new Map(facts),
    latest: () => undefined,
    isListed: () => true,
    platformsOf: () => ["linux/amd64"],
    hostsOf: () => ["ghcr.io", "docker.io"],
    repeated: "",
    now: NOW,
    ...more,
  };
}

const built = (created: string): DigestFacts => ({
  state: "there",
  platforms: ["linux/amd64"],
  created,
  size: 1,
});
const kinds = (findings: readonly PinFinding[]) => findings.map(({ kind }) => kind);
const ubuntu: ManagedRepository = {
  ...{ host: "docker.io", path: "library/ubuntu" },
  ...{ accelerators: [], candidate: false },
};
const hold = (until: string) => ({ hold: { until, because: "the driver is older" } });

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

  it("never call newest what is missing or not whole, be it a candidate, and then say to bump", () => {
    const dated = built("2026-06-15T00:00:00Z");
    for (const state of ["missing", "incomplete"] as const) {
      const lost: DigestFacts = { state, detail: "no such digest" };
      for (const more of [{}, { repository: candidate }]) {
        const places = [pin("a"), pin("b", more)];
        const found = pinFindings(places, sources(places, { a: dated, b: lost }));
        const two = found.filter(({ kind }) => kind === "two-digests");
        assert.deepEqual(
          two.map(({ place }) => place),
          places,
        );
        assert.match(two[0]!.message, /sha256:bbbbbbbbbbbb \(1 place, not there\); which one/);
        assert.equal(two[0]!.command, "slipway pins bump tools");
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
    const found = pinFindings(places, sources(places, { c: gone }, { repeated }));
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

describe("the findings of tags, reasons and digests alone", () => {
  const one = (place: Place) => kinds(pinFindings([place], sources([place])));

  it("tell what is no whole digest, with what was found, whatever tag stands before it", () => {
    const malformed = `sha256:${"a".repeat(63)}`;
    const place = pin(undefined, { malformed, ...tagged("latest") });
    const [found, ...others] = pinFindings([place], sources([place]));
    assert.deepEqual(others, []);
    assert.equal(found?.kind, "malformed");
    assert.ok(found.message.includes(`"${malformed}"`));
    assert.deepEqual(one(pin(undefined, { malformed, ...hold("2027-01-01") })), ["malformed"]);
  });

  it("tell a family's name on a registry that it is not published on, and where it is", () => {
    const repository = { ...managed, host: "quay.io", published: false };
    const place = without(pin("a", { repository }), "image");
    const [found, ...others] = pinFindings([place], { ...sources([place]), facts: new Map() });
    assert.deepEqual(others, []);
    assert.equal(found?.kind, "unpublished");
    assert.match(found.message, /^tools is not published on quay\.io/);
    assert.match(found.remedy ?? "", /ghcr\.io\/rocm\/tools, docker\.io\/rocm\/tools$/);
  });

  it("are at names that move, and not at those of content and records", () => {
    for (const moving of [
      "latest",
      "main",
      "cuda12.8",
      "cuda12.8-main",
      "cuda12.8-2.10",
      "stage-x",
    ]) {
      assert.deepEqual(one(pin(undefined, tagged(moving))), ["floating"], moving);
    }
    const lasting = [
      `k${"a".repeat(40)}`,
      `cuda12.8-k${"0".repeat(40)}`,
      `k${"a".repeat(40)}-stage`,
      "b".repeat(40),
      `cuda12.8-${"b".repeat(64)}`,
      "cuda12.8-v2.10.0-rc1",
      `pin-${"c".repeat(64)}`,
    ];
    for (const tag of lasting) assert.deepEqual(one(pin(undefined, tagged(tag))), [], tag);
  });

  it("are at every tag alone of an image of others, and at none with a digest", () => {
    const image = { repository: ubuntu, image: "docker.io/library/ubuntu" };
    assert.deepEqual(one(pin(undefined, { ...image, ...tagged("b".repeat(40)) })), ["floating"]);
    assert.deepEqual(one(pin("a", { ...image, ...tagged("24.04") })), []);
    assert.deepEqual(one(pin("a", tagged("latest"))), []);
  });

  it("are at a name that moves only when its reason is over", () => {
    assert.deepEqual(one(pin(undefined, { ...tagged("latest"), ...hold("2026-11-21") })), []);
    assert.deepEqual(one(pin(undefined, { ...tagged("latest"), ...hold("2026-11-20") })), [
      "hold-over",
      "floating",
    ]);
  });

  it("tell a reason without a day or words", () => {
    const place = pin("a", { hold: { fault: "it has no day" } });
    const [found] = pinFindings([place], sources([place]));
    assert.equal(found?.kind, "hold-faulty");
    assert.equal(found.message, "it has no day");
  });

  it("tell a digest of which nobody can tell the image", () => {
    const alone = without(pin("a"), "repository", "image");
    const place: Place = { ...alone, kind: "digest", unattributed: "it is known of x and of y" };
    assert.deepEqual(one(place), ["ambiguous"]);
    const beside: Place = { ...place, repository: managed };
    assert.deepEqual(one(beside), ["ambiguous"]);
    // Without a list of the family's images it may be any of them; a candidate is in no list.
    assert.deepEqual(pinFindings([beside], sources([beside], {}, { isListed: () => false })), []);
    assert.deepEqual(one({ ...place, repository: candidate }), []);
    assert.deepEqual(one({ ...without(beside, "digest"), ...tagged("b".repeat(40)) }), []);
  });
});
