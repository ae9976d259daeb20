import fc from "fast-check";
import { type ManagedImages, managedImages } from "../../../../rules/pins/managed-images.ts";

/** What was planted where. */
export interface Planted {
  /** From 1. */
  readonly line: number;
  /** Absent where nothing says which of a family's it is. */
  readonly image?: string;
  /** `sha256:...` */
  readonly digest?: string;
  readonly tag?: string;
  /** What stands where the digest belongs and is none. */
  readonly malformed?: string;
  /** The tag's part in its first string, where languages that do not join strings see another string behind it. */
  readonly firstOfTag?: string;
}

export interface RandomFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly planted: readonly Planted[];
}

const FAMILIES = ["builder_x86_64", "builder_rccl_x86_64", "test-image", "ci-image"];
const HOSTS = ["ghcr.io", "docker.io", "123456789012.dkr.ecr.us-east-1.amazonaws.com"];
const ACCELERATORS = ["cpu", "cuda12.8"];

/** Four families, one of them with accelerators, and an image that is listed. */
export const RANDOM_IMAGES: ManagedImages = managedImages(
  {
    owner: "ROCm",
    families: FAMILIES.map((name) => ({
      name,
      hosts: HOSTS,
      accelerators: name === "ci-image" ? ACCELERATORS : [],
    })),
  },
  ["quay.io/pypa/manylinux_2_28_x86_64"],
);

/** The digest that all places of an image have: moved there and back, they are what they were. */
export function plantedDigest(image: string): string {
  const digit = (index: number) =>
    ((image.charCodeAt(index % image.length) * (index + 7)) % 16).toString(16);
  return `sha256:${Array.from({ length: 64 }, (_, index) => digit(index)).join("")}`;
}

/** A reference as it is when a program has read it. */
interface Reference {
  readonly image: string;
  readonly name: string;
  readonly digest?: string;
  readonly tag?: string;
  readonly malformed?: string;
}

const reference: fc.Arbitrary<Reference> = fc
  .record({
    family: fc.constantFrom(...FAMILIES, undefined),
    host: fc.constantFrom(...HOSTS, "GHCR.io", "${REGISTRY}", "${{ env.REGISTRY }}", "$(REG)"),
    owner: fc.constantFrom("rocm", "ROCm", "ROCM"),
    accelerator: fc.constantFrom(...ACCELERATORS),
    end: fc.constantFrom("", "-main", "-2.10"),
    kind: fc.constantFrom("tag", "digest", "both"),
  })
  .map(({ family, host, owner, accelerator, end, kind }) => {
    const several = family === "ci-image";
    const image =
      family === undefined
        ? "quay.io/pypa/manylinux_2_28_x86_64"
        : several
          ? `${family}/${accelerator}`
          : family;
    const name = family === undefined ? image : `${host}/${owner}/${family}`;
    return {
      image,
      name,
      // Without it nobody knows which of the family's images it is.
      ...((several || kind !== "digest") && { tag: `${accelerator}${end}` }),
      ...(kind !== "tag" && { digest: plantedDigest(image) }),
    };
  });

function textOf({ name, tag, digest }: Reference): string {
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** Text with a reference in it; `before` is what stands before its first character. */
interface Snippet {
  readonly before: string;
  /** From the reference's first character on, with line ends. */
  readonly rest: string;
  /** The same where strings that follow each other are not one. */
  readonly firstOfTag?: string;
}

/** Where a reference is in one piece. */
const WHOLE: readonly ((text: string) => Snippet)[] = [
  (text) => ({ before: "image: ", rest: `${text}\n` }),
  (text) => ({ before: 'image: "', rest: `${text}"\n` }),
  (text) => ({ before: "  - { image: '", rest: `${text}', gpu: true }\n` }),
  (text) => ({ before: "uses: docker://", rest: `${text}\n` }),
  (text) => ({ before: "x: &anchor ", rest: `${text} # a comment\n` }),
  (text) => ({ before: "FROM --platform=linux/amd64 ", rest: `${text} AS build\n` }),
  (text) => ({ before: "# Was: ", rest: `${text}\n` }),
  (text) => ({ before: "See `", rest: `${text}\`, which is old.\n` }),
  (text) => ({ before: '  "image": "', rest: `${text}",\n` }),
  (text) => ({ before: ": ${IMAGE:=", rest: `${text}}\n` }),
  (text) => ({ before: "<image>", rest: `${text}</image>\n` }),
];
/** Where it is in strings that only follow each other: in Python they are one, elsewhere a tag ends with its string. */
const FOLLOWING: readonly ((pieces: readonly string[]) => Snippet)[] = [
  (pieces) => ({ before: 'X = (\n    "', rest: `${pieces.join('"\n    "')}"\n)\n` }),
  (pieces) => ({ before: 'X = ("', rest: `${pieces.join('"  # why\n  f"')}")\n` }),
];
/** Where it is in pieces, one way or another. */
const SPLIT: readonly ((pieces: readonly string[]) => Snippet)[] = [
  ...FOLLOWING,
  (pieces) => ({ before: "X = '", rest: `${pieces.join("' + '")}'\n` }),
  (pieces) => ({ before: 'x = "', rest: `${pieces.join('" +\n      "')}";\n` }),
  (pieces) => ({ before: "docker pull ", rest: `${pieces.join("\\\n")} && true\n` }),
];

const planted: fc.Arbitrary<Snippet & { readonly reference: Reference }> = fc
  .record({
    reference,
    whole: fc.constantFrom(...WHOLE),
    split: fc.option(fc.constantFrom(...SPLIT)),
    cuts: fc.array(
      fc.nat(999).map((part) => part / 1000),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ reference, whole, split, cuts }) => {
    const text = textOf(reference);
    if (split === null) return { ...whole(text), reference };
    // An interpolation is one piece, and so is an escape; a name that is found by its tag alone is cut once.
    const start = Math.max(text.lastIndexOf("}"), text.indexOf(")")) + 2;
    const most = reference.digest === undefined ? 1 : cuts.length;
    const places = cuts
      .slice(0, most)
      .map((cut) => start + Math.floor(cut * (text.length - start - 1)));
    const ends = [...new Set(places), text.length].sort((a, b) => a - b);
    const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
    const [first = ""] = pieces;
    const firstOfTag = first.slice(reference.name.length + 1).replace(/[.-]+$/, "");
    const isParted = FOLLOWING.includes(split) && reference.digest === undefined;
    return { ...split(pieces), ...(isParted && firstOfTag !== "" && { firstOfTag }), reference };
  });

const HEX = fc.array(fc.constantFrom(...Array.from("0123456789abcdef")), {
  minLength: 64,
  maxLength: 64,
});
/** What looks like a reference and is none of a managed image. */
const decoy = fc
  .record({
    hex: HEX.map((digits) => digits.join("")),
    family: fc.constantFrom(...FAMILIES),
    form: fc.nat(9),
  })
  .map(({ hex, family, form }) => {
    const forms = [
      `image: ghcr.io/amd/${family}@sha256:${hex}`,
      `image: evil.example/ghcr.io/rocm/${family}:main`,
      `image: ghcr.io/rocm/${family}2@sha256:${hex}`,
      `image: ghcr.io/rocm/x-${family}:main`,
      `COPY images/${family}/Dockerfile .`,
      `The ${family} image is built daily.`,
      `image: ghcr.io/rocm/${family}@sha256:${hex.slice(24)}...`,
      `curl https://example.org/t && echo "${hex}  t" | sha256sum -c`,
      `image: ghcr.io/rocm/${family}/part:main`,
      `runs-on: ubuntu-24.04`,
    ];
    return `${forms[form]}\n`;
  });

/** A reference with something else where its digest belongs. */
const faulty = fc
  .record({
    hex: HEX.map((digits) => digits.join("")),
    family: fc.constantFrom("builder_x86_64", "test-image"),
    fault: fc.constantFrom(
      (hex: string) => hex.slice(1),
      (hex: string) => `${hex}0`,
      (hex: string) => `A${hex.slice(1).toUpperCase()}`,
      (hex: string) => `${hex.slice(1)}g`,
    ),
    whole: fc.constantFrom(...WHOLE),
  })
  .map(({ hex, family, fault, whole }) => {
    const malformed = `sha256:${fault(hex)}`;
    const name = `ghcr.io/rocm/${family}`;
    return { ...whole(`${name}@${malformed}`), reference: { image: family, name, malformed } };
  });

const ENCODINGS = ["ascii", "utf8", "mark", "latin1", "utf16le", "utf16be"] as const;
/** Words that each encoding has; no letter that a reference goes on with. */
const WORDS = { ascii: "plain", latin1: "größer für", other: "größer 日本 🚀" };

const file = fc
  .record({
    parts: fc.array(fc.oneof(planted, decoy, faulty), { minLength: 1, maxLength: 8 }),
    encoding: fc.constantFrom(...ENCODINGS),
    windows: fc.boolean(),
    lastLineEnd: fc.boolean(),
  })
  .map(({ parts, encoding, windows, lastLineEnd }) => {
    const words = encoding === "ascii" || encoding === "latin1" ? WORDS[encoding] : WORDS.other;
    let text = "";
    const found: Planted[] = [];
    for (const part of parts) {
      text += `note: ${words}\n`;
      if (typeof part === "string") {
        text += part;
        continue;
      }
      const { image, tag, digest, malformed }: Reference = part.reference;
      const { firstOfTag }: Snippet = part;
      text += part.before;
      const line = text.split("\n").length;
      const pinned = { ...(digest && { digest }), ...(malformed && { malformed }) };
      const tags = { ...(tag && { tag }), ...(firstOfTag && { firstOfTag }) };
      found.push({ line, image, ...tags, ...pinned });
      text += part.rest;
    }
    if (!lastLineEnd) text = text.trimEnd();
    if (windows) text = text.replaceAll("\n", "\r\n");
    return { bytes: encoded(text, encoding), planted: found };
  });

function encoded(text: string, encoding: (typeof ENCODINGS)[number]): Buffer {
  switch (encoding) {
    case "ascii":
    case "utf8":
      return Buffer.from(text);
    case "mark":
      return Buffer.from(`\uFEFF${text}`);
    case "latin1":
      return Buffer.from(text, "latin1");
    case "utf16le":
      return Buffer.from(`\uFEFF${text}`, "utf16le");
    case "utf16be":
      return Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
  }
}

/** Files whose places are known, since they were planted. */
export const randomTree: fc.Arbitrary<readonly RandomFile[]> = fc
  .array(fc.tuple(fc.constantFrom("py", "yml", "sh", "md", "txt", "Dockerfile"), file), {
    minLength: 1,
    maxLength: 6,
  })
  .map((files) =>
    files.map(([end, { bytes, planted }], index) => ({
      path: `part ${index % 2}/f${index}.${end}`,
      bytes,
      planted: end === "py" ? planted : planted.map(partedTag),
    })),
  );

/** A place as it is where strings that follow each other are not one: of which image of a family its tag may not say any more. */
function partedTag({ firstOfTag, image, ...rest }: Planted): Planted {
  if (firstOfTag === undefined) return { ...rest, ...(image !== undefined && { image }) };
  const isKnown =
    !image?.startsWith("ci-image/") ||
    ACCELERATORS.some((one) => `${firstOfTag}-`.startsWith(`${one}-`));
  return { ...rest, tag: firstOfTag, ...(isKnown && image !== undefined && { image }) };
}
