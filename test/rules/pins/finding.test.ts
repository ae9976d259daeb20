import assert from "node:assert/strict";
import { pinFindings } from "../../../rules/pins/finding.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { kinds, sources } from "./support/findings.ts";
import { candidate, hold, managed, pin, tagged, ubuntu, without } from "./support/places.ts";

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
