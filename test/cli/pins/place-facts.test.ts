import assert from "node:assert/strict";
import { factsOfPlaces } from "../../../cli/pins/check/place-facts.ts";
import type { DigestReference } from "../../../cli/pins/digest-facts.ts";
import type { KnownImage } from "../../../cli/pins/known-images.ts";
import type { Place } from "../../../rules/pins/place.ts";
import {
  candidate,
  digestOf,
  managed,
  pin,
  tagged,
  without,
} from "../../rules/pins/support/places.ts";

const onDocker = { ...managed, host: "docker.io" };
const ubuntu = {
  ...{ host: "docker.io", path: "library/ubuntu" },
  ...{ accelerators: [], candidate: false },
};

/** Where each digest of some places is asked for. */
async function asked(
  places: readonly Place[],
  known: readonly KnownImage[] = [],
): Promise<readonly string[]> {
  const references: string[] = [];
  const checks = {
    async facts({ host, path, digest }: DigestReference) {
      references.push(`${host}/${path}@${digest.slice(-1)}`);
      return { state: "unchecked" as const, reason: "a test" };
    },
  };
  const repositories = [managed, onDocker, candidate, ubuntu];
  const { facts, hosts } = await factsOfPlaces(
    { places, managed: { repositories } },
    { all: known },
    checks,
    () => undefined,
  );
  assert.equal(facts.size, references.length);
  assert.deepEqual(hosts, [...new Set(references.map((text) => text.split("/")[0]))].sort());
  return references;
}

describe("where the digest of a place is looked for", () => {
  const alone = (more: Partial<Place>) =>
    without(pin("a", { kind: "digest", ...more }), "repository");

  it("is the repository that it names, be it that of candidates", async () => {
    assert.deepEqual(
      await asked([
        pin("a"),
        pin("b", { repository: onDocker }),
        pin("c", { repository: candidate }),
      ]),
      ["ghcr.io/rocm/tools@a", "docker.io/rocm/tools@b", "ghcr.io/rocm/tools-candidate@c"],
    );
  });

  it("is nowhere of a tag alone, and of a digest alone that is of no image that is known", async () => {
    assert.deepEqual(
      await asked([pin(undefined, tagged("latest")), without(alone({}), "image")]),
      [],
    );
  });

  it("is where a list has it, else where its image is first, of a digest alone", async () => {
    const listed = (letter: string): KnownImage => ({
      ...{ image: "tools", digest: digestOf(letter) },
      references: [`docker.io/rocm/tools@${digestOf(letter)}`],
    });
    assert.deepEqual(await asked([alone({})], [listed("b")]), ["ghcr.io/rocm/tools@a"]);
    assert.deepEqual(await asked([alone({})], [listed("b"), listed("a")]), [
      "docker.io/rocm/tools@a",
    ]);
    assert.deepEqual(await asked([alone({ image: "docker.io/library/ubuntu" })]), [
      "docker.io/library/ubuntu@a",
    ]);
    assert.deepEqual(await asked([alone({ image: "tools/cuda12.8" })]), ["ghcr.io/rocm/tools@a"]);
  });
});
