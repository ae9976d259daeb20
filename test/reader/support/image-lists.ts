import fc from "fast-check";
import { imageListText, type ImageEntry, type ImageList } from "../../../rules/image-list.ts";
import { spoiled } from "./spoiled.ts";

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from("0123456789abcdef")),
    minLength: length,
    maxLength: length,
  });
const commit = fc.oneof(hex(40), hex(64));
const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const familyName = fc.stringMatching(/^[a-z0-9]{1,5}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}$/);
const accelerator = fc.oneof(
  fc.constant("default"),
  fc.stringMatching(/^[a-z0-9]{1,5}(?:[._-][a-z0-9]{1,5}){0,2}$/),
);
const branch = fc.oneof(
  fc.constantFrom("main", "release/2.10"),
  fc.stringMatching(/^[a-z/.\-"'$é]{1,20}$/),
);
const host = fc.constantFrom(
  "ghcr.io",
  "localhost:5000",
  "localhost",
  "1.dkr.ecr.us-east-1.amazonaws.com",
);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);

const entry: fc.Arbitrary<ImageEntry> = fc
  .record({
    digest: hex(64),
    contentName: tag,
    commit,
    platforms: fc.uniqueArray(fc.constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7"), {
      minLength: 1,
    }),
    registries: fc.uniqueArray(fc.constantFrom("ecr", "ghcr.io", "docker.io")),
    place: fc.tuple(host, word, familyName),
    tags: fc.uniqueArray(tag, { maxLength: 3 }),
  })
  .map(({ digest, registries, place: [at, owner, path], tags, ...rest }) => ({
    ...rest,
    digest: `sha256:${digest}`,
    references: Object.fromEntries(
      registries.map((registry) => [registry, `${at}/${owner}/${path}@sha256:${digest}`]),
    ),
    names: tags.map((one) => `${at}/${owner}/${path}:${one}`),
  }));

/** Any list that Slipway may write. */
export const imageList: fc.Arbitrary<ImageList> = fc
  .record({
    version: fc.constant(1 as const),
    repository: fc.tuple(word, word).map(([owner, name]) => `${owner}/${name}`),
    channel: branch,
    ref: branch.map((name) => `refs/heads/${name}`),
    commit,
    families: fc.dictionary(
      familyName,
      fc.record({ images: fc.dictionary(accelerator, entry, { maxKeys: 3 }) }),
      { maxKeys: 3 },
    ),
  })
  .map(onceEach);

/** Without names that another image has. */
function onceEach(list: ImageList): ImageList {
  const taken = new Set<string>();
  for (const { images } of Object.values(list.families)) {
    for (const image of Object.values(images)) {
      image.names = image.names.filter((name) => !taken.has(name));
      for (const name of image.names) taken.add(name);
    }
  }
  return list;
}

/** What somebody may put in the place of anything: near misses of every form, and any JSON. */
const wrong: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, 0, 1, 2, "1", "", [], {}, true, "main", "refs/heads/", "refs/heads/main\n", "a/b\n"],
    ...["linux/amd64", "linux/amd64\n", "linux", `sha256:${"1".repeat(64)}`, "c".repeat(40)],
    ...[
      "C".repeat(40),
      `ghcr.io/a/b@sha256:${"1".repeat(64)}`,
      "ghcr.io/a/b:c",
      "a/b:c",
      "ghcr.io/A:c",
    ],
    ...[
      `ghcr.io/a/b:c@sha256:${"1".repeat(64)}`,
      "localhost/a:5/b:c",
      `ghcr.io/${"a".repeat(256)}:c`,
    ],
    ...["ghcr.io/a/b:-c", "ghcr.io:443/a:c", "ghcr.io/a@b:c", "x y/a:c", "\u001b[31m", "`$(id)`"],
    ...[
      ["linux/amd64", "linux/amd64"],
      ["ghcr.io/a/b:c", "ghcr.io/a/b:c"],
    ],
  ),
  fc.jsonValue(),
);

/** The text of a list in which something was changed, added or taken away, at any place. */
export const spoiledList: fc.Arbitrary<string> = spoiled(
  imageList.map(imageListText),
  wrong,
  fc.constantFrom("extra", "__proto__", "constructor", "Upper", "a..b", "a__b", "quay.io", "ecr"),
);
