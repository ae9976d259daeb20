import fc from "fast-check";
import { refProblem } from "../../rules/git-ref.ts";

/** Text of characters of an alphabet. */
export const letters = (alphabet: string, minLength: number, maxLength = minLength) =>
  fc.string({ minLength, maxLength, unit: fc.constantFrom(...Array.from(alphabet)) });

export const objectId = letters("0123456789abcdef", 40);

/** Pieces that names are made of, of every form that some rule knows. */
const part = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...["main", "latest", "release", "stage", "docker"]) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["pin", "sha256", "rc1", "foo", "Main", "LATEST", "v", "k", "h", "heads", "tags", "pull"],
    ),
  },
  { weight: 4, arbitrary: fc.constantFrom(...["2", "2.10", "2.10.0", "v2.10.0", "v2.10.0-rc1"]) },
  objectId,
  objectId.map((id) => `k${id}`),
  letters("0123456789abcdef", 20).map((hash) => `h${hash}`),
  letters("0123456789", 1, 70),
  letters("ab0.-_", 1, 4),
  letters("aA+#%üÜ日", 1, 3),
  fc.constantFrom(37, 40, 41, 63, 64, 65, 122, 127, 128, 129).map((length) => "a".repeat(length)),
);

/** Names of branches and tags near the separators, cases and lengths where rules end. */
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom("/", "-", ".", ""), part), { minLength: 1, maxLength: 4 })
      .map((parts) =>
        parts.map(([between, text], i) => (i === 0 ? text : between + text)).join(""),
      ),
  },
  { weight: 2, arbitrary: part.map((text) => `release/${text}`) },
  {
    weight: 2,
    arbitrary: fc
      .array(part, { minLength: 1, maxLength: 2 })
      .map((t) => `stage/docker/${t.join("/")}`),
  },
  fc.constant("main"),
  fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]) => `release/${a}.${b}`),
  fc
    .tuple(fc.nat(20), fc.nat(20), fc.nat(9), fc.nat(99), fc.constantFrom("", "0", "-x", ".1"))
    .map(([a, b, c, n, more]) => `v${a}.${b}.${c}-rc${n}${more}`),
);

/** Refs in full that git allows, adversarial ones among them. */
export const ref = fc
  .oneof(
    { weight: 6, arbitrary: name.map((text) => `refs/heads/${text}`) },
    { weight: 3, arbitrary: name.map((text) => `refs/tags/${text}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.nat(999), fc.constantFrom("merge", "head"))
        .map(([n, end]) => `refs/pull/${n + 1}/${end}`),
    },
  )
  .filter((text) => refProblem(text) === undefined);
