import assert from "node:assert/strict";
import fc from "fast-check";
import {
  candidateBuilder,
  provenanceProblems,
  provenanceStatement,
  readStatement,
  runInvocation,
  type CandidateProvenance,
} from "../../../rules/pins/provenance.ts";

const hex = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const provenances: fc.Arbitrary<CandidateProvenance> = fc.record({
  image: fc.string(),
  contentName: fc.string(),
  digest: hex(64).map((digits) => `sha256:${digits}`),
  pullRequest: fc.integer({ min: 1 }),
  head: hex(40),
  merge: hex(40),
  base: hex(40),
  repository: fc.string(),
  repositoryId: fc.integer({ min: 1 }),
  run: fc.string(),
});

describe("the statement about a candidate", () => {
  it("says just what it was made of, in the same words each time", () => {
    fc.assert(
      fc.property(provenances, (provenance) => {
        const statement = provenanceStatement(provenance);
        assert.deepEqual(readStatement(statement), { ...provenance });
        assert.equal(provenanceStatement({ ...provenance }), statement);
      }),
    );
  });

  it("is what is expected only where nothing of it is something else", () => {
    fc.assert(
      fc.property(provenances, provenances, (one, other) => {
        const problems = provenanceProblems(one, other.digest, { ...other, ownerId: 1 });
        const names = [
          "digest",
          "image",
          "contentName",
          "pullRequest",
          "repository",
          "repositoryId",
        ];
        const of = (from: CandidateProvenance, name: string) => {
          const value = from[name as keyof CandidateProvenance];
          return name === "repository" ? String(value).toLowerCase() : value;
        };
        const differing = names.filter((name) => of(one, name) !== of(other, name));
        assert.equal(problems.length, differing.length);
        assert.deepEqual(provenanceProblems(one, one.digest, { ...one, ownerId: 1 }), []);
      }),
    );
  });

  it("is what is expected where the letters of the repository alone have another case", () => {
    const [one] = fc.sample(provenances, 1);
    assert.ok(one !== undefined);
    const found = { ...one, image: "a/b", repository: "ROCm/TheRock" };
    const expected = { ...found, repository: "rocm/therock", ownerId: 1 };
    assert.deepEqual(provenanceProblems(found, one.digest, expected), []);
    assert.deepEqual(provenanceProblems(found, one.digest, { ...expected, image: "A/b" }), [
      'the statement is of the image "a/b", not "A/b"',
    ]);
  });

  it("is refused with whatever else in it, wherever it stands", () => {
    const [sample] = fc.sample(provenances, 1);
    assert.ok(sample !== undefined);
    const places = ["{}", "[]"].flatMap((empty) => {
      const document: unknown = JSON.parse(provenanceStatement(sample));
      return holdersOf(document)
        .filter((holder) => Array.isArray(holder) === (empty === "[]"))
        .map((holder) => ({ document, holder }));
    });
    assert.ok(places.length > 8);
    for (const { document, holder } of places) {
      if (Array.isArray(holder)) holder.push("more");
      else (holder as Record<string, unknown>)["more"] = 1;
      const read = readStatement(JSON.stringify(document));
      assert.ok("fault" in read, JSON.stringify(document));
      if (Array.isArray(holder)) holder.pop();
      else Reflect.deleteProperty(holder, "more");
    }
  });

  it("is a fault, and no error, of any other text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => "fault" in readStatement(text)),
    );
  });
});

describe("who makes candidates", () => {
  it("is one workflow on one branch, and a run of it that has a number for each attempt", () => {
    assert.equal(
      candidateBuilder("ROCm/TheRock"),
      "https://github.com/ROCm/TheRock/.github/workflows/candidate.yml@refs/heads/main",
    );
    assert.equal(
      runInvocation("ROCm/TheRock", 7, 2),
      "https://github.com/ROCm/TheRock/actions/runs/7/attempts/2",
    );
  });
});

/** Every map and list in a document, itself included. */
function holdersOf(value: unknown): readonly object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(holdersOf)];
}
