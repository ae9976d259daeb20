import assert from "node:assert/strict";
import { scanText } from "../../../rules/pins/scan.ts";
import { readTextFile } from "../../../rules/pins/text-file.ts";
import { DIGEST, HEX, IMAGES, scanned, told } from "./support/scanned.ts";

const NAME = "ghcr.io/rocm/build_manylinux";
const PIN = `${NAME}@${DIGEST}`;
const OTHER = `sha256:${"f".repeat(64)}`;

function positions(text: string): readonly string[] {
  return scanned("a.yml", text).map(({ line, column }) => `${line}:${column}`);
}

describe("the position of a place", () => {
  it("is counted from 1, after line ends of every kind", () => {
    assert.deepEqual(positions(`${PIN}\n ${PIN}\r\n  ${PIN}\r   ${PIN}`), [
      "1:1",
      "2:2",
      "3:3",
      "4:4",
    ]);
  });

  it("is counted in characters, not in bytes, and without a byte order mark", () => {
    assert.deepEqual(positions(`\ufeff${PIN} ä€😀 ${NAME}:1`), ["1:1", `1:${PIN.length + 6}`]);
  });

  it("is the same in UTF-16", () => {
    const text = `\ufeffä😀 ${PIN} # 2026-08-18\n`;
    for (const bytes of [
      Buffer.from(text, "utf16le"),
      Buffer.from(text, "utf16le").swap16(),
      Buffer.from(text),
    ]) {
      const file = readTextFile("a", bytes);
      const [place] = file === undefined ? [] : scanText(file, IMAGES);
      assert.deepEqual([place?.line, place?.column, place?.written], [1, 4, PIN]);
      assert.equal(place?.date?.text, "2026-08-18");
      const [span] = place.digest?.spans ?? [];
      assert.equal(file?.text.slice(span?.start, span?.end), HEX);
    }
  });

  it("is where a split reference begins, with the pieces of each part", () => {
    const text = `A = (\n  "${NAME}@"\n  "sha256:${HEX.slice(0, 9)}" + "${HEX.slice(9)}"\n)`;
    const [place] = scanned("a.py", text);
    assert.deepEqual([place?.line, place?.column], [2, 4]);
    assert.equal(place?.repositorySpans.length, 1);
    assert.equal(place.digest?.spans.length, 2);
  });

  it("is right on one long line with many places", () => {
    const places = scanned("a.txt", `ä${PIN} `.repeat(500));
    assert.equal(places.length, 500);
    assert.equal(places.at(-1)?.column, 499 * (PIN.length + 2) + 2);
  });
});

describe("what is said beside a place", () => {
  const dates: readonly (readonly [string, string | undefined])[] = [
    [`image: ${PIN} # 2026-08-18`, "2026-08-18"],
    [`"${PIN}", // 2026-08-18, by hand`, "2026-08-18"],
    [`"${PIN}",  # 2026-07-22T15:21:18.527038581Z`, "2026-07-22T15:21:18.527038581Z"],
    [`${PIN} <!-- built on 2026-08-18 -->`, "2026-08-18"],
    [`\`${PIN}\` (pushed 2026-08-18)`, "2026-08-18"],
    [`FROM ${PIN} AS base # latest of 2026-08-18`, "2026-08-18"],
    [`${PIN} (2026-08-18)`, "2026-08-18"],
    [`Use \`${PIN}\` (2026-08-18), please.`, "2026-08-18"],
    [`"${PIN}" (2026-08-18) # 2026-08-19`, "2026-08-18"],
    [`${PIN} since then (2026-08-18)`, undefined],
    [`${PIN} (2026-08-18 is too late)`, undefined],
    [`${PIN} # expires 2026-08-18`, undefined],
    [`${PIN} # slipway: hold until 2026-08-18 because x`, undefined],
    [`${PIN} # 2026-13-18`, undefined],
    [`${PIN} --since 2026-08-18`, undefined],
    [`${PIN} https://x/2026-08-18`, undefined],
    [`${PIN}\n# 2026-08-18`, undefined],
    [`${NAME}:main # 2026-08-18`, undefined],
  ];
  for (const [text, date] of dates) {
    it(`has ${date ?? "no date"} in ${text.replace(HEX, "...").replace("\n", " / ")}`, () => {
      assert.equal(scanned("a.yml", `${text}\n`)[0]?.date?.text, date);
    });
  }

  it("has the date of the digest before it, where a line has two", () => {
    const found = scanned("a.yml", `${PIN} ${NAME}@${OTHER} # 2026-08-18`);
    assert.deepEqual(
      found.map(({ date }) => date?.text),
      [undefined, "2026-08-18"],
    );
  });

  const hold = "slipway: hold until 2027-03-01 because of a fault";
  const held = { until: "2027-03-01", because: "of a fault" };
  const holds: readonly (readonly [string, string, readonly unknown[]])[] = [
    ["on its line", `${PIN} # ${hold}`, [held]],
    ["on the line before", `# ${hold}\n${PIN}`, [held]],
    ["of Markdown", `<!-- ${hold} -->\n${PIN}`, [held]],
    ["before a split string", `# ${hold}\n"${NAME}@"\n"${DIGEST}"`, [held]],
    ["in a split string", `"${NAME}@"  # ${hold}\n"${DIGEST}"`, [held]],
    ["two lines before", `# ${hold}\n\n${PIN}`, [undefined]],
    ["of the place before", `${PIN} # ${hold}\n${PIN}`, [held, undefined]],
    ["on the line after", `${PIN}\n# ${hold}`, [undefined]],
  ];
  for (const [what, text, expected] of holds) {
    it(`has a hold ${what}`, () => {
      assert.deepEqual(
        scanned("a.py", text).map((place) => place.hold),
        expected,
      );
    });
  }
});

describe("a digest alone", () => {
  const near: readonly (readonly [string, string, boolean])[] = [
    ["a key beside its name's", `repository: ${NAME}\ndigest: ${DIGEST}\n`, true],
    ["a key before its name's", `digest: ${DIGEST}\nrepository: ${NAME}\n`, true],
    ["a digest beside a tag", `repo: ${NAME}\ntag: main\ndigest: ${DIGEST}\n`, true],
    ["a variable's value", `D=${DIGEST}\ndocker pull ${NAME}@$D\n`, true],
    ["a value of its name", `{"${NAME}":"${DIGEST}"}`, true],
    [
      "a name without its registry",
      `registry: ghcr.io\nimage: rocm/build_manylinux\ndigest: ${DIGEST}`,
      true,
    ],
    ["a digest of a whole reference", `image: ${NAME}:main\ndigest: ${DIGEST}`, true],
    ["a string that is joined elsewhere", `concat!("${NAME}@", "${DIGEST}")`, true],
    ["after an interpolation of it", `IMAGE=${NAME}\npull $IMAGE@${DIGEST}`, true],
    ["after a name that may be its", `x: ${NAME}\npull $HOST/rocm/$X@${DIGEST}`, true],
    ["after a name that is not its", `x: ${NAME}\npull ghcr.io/other/$X@${DIGEST}`, false],
    ["no digest of a whole reference", `image: ${NAME}:main\nother: ${DIGEST}`, false],
    ["after a pin", `${PIN}\ndigest: ${OTHER}`, false],
    ["too far away", `${NAME}\n\n\n\n\n\ndigest: ${DIGEST}`, false],
    ["after another image", `${NAME}\nimage: docker.io/a/b:1\ndigest: ${DIGEST}`, false],
    ["one of two", `image: ${NAME}\namd64: ${DIGEST}\narm64: ${OTHER}`, false],
    ["of a file with two images", `${NAME}\ndigest: ${DIGEST}\n\n\n\n\n\n\n${NAME}_rccl`, false],
    ["of a download", `FROM ${NAME}@$D\nADD --checksum=${DIGEST} https://x/y.tar /`, false],
    ["of a path", `${NAME}\n/blobs/${DIGEST}`, false],
    ["with no name", `digest: ${DIGEST}`, false],
  ];
  for (const [what, text, isIts] of near) {
    it(`${isIts ? "belongs to a name" : "belongs to none"}: ${what}`, () => {
      const places = scanned("a.yml", text).filter(({ kind }) => kind === "digest");
      assert.ok(places.length > 0);
      for (const { image, unattributed } of places) {
        assert.equal(image, isIts ? "build_manylinux" : undefined);
        assert.equal(unattributed === undefined, isIts);
      }
    });
  }

  const two = `one: ${NAME}\ntwo: ${NAME}_rccl\n`;
  const both = ["build_manylinux", "build_manylinux_rccl"];
  const possible: readonly (readonly [string, string, readonly string[] | undefined])[] = [
    ["after two", `${two}digest: ${DIGEST}`, both],
    ["between two", `one: ${NAME}\ndigest: ${DIGEST}\ntwo: ${NAME}_rccl\n`, both],
    ["after two and a digest", `${two}first: ${DIGEST}\nsecond: ${OTHER}`, both],
    ["behind an interpolation", `${two}pull $IMAGE@${DIGEST}`, both],
    ["behind another's name", `${two}pull ghcr.io/other/$IMAGE@${DIGEST}`, undefined],
    ["of a whole reference", `a: ${NAME}:1\nb: ${NAME}_rccl:1\ndigest: ${DIGEST}`, both],
    ["beside tags alone", `a: ${NAME}:1\nb: ${NAME}_rccl:1\nother: ${DIGEST}`, undefined],
    ["too far from one", `${NAME}\n\n\n\n${NAME}_rccl\n\nx: ${DIGEST}`, undefined],
    ["beside a pin of one", `one: ${NAME}@${OTHER}\ntwo: ${NAME}_rccl\nx: ${DIGEST}`, undefined],
    ["after another image", `${two}other: docker.io/a/b:1\nx: ${DIGEST}`, undefined],
    ["of a download", `${two}ADD --checksum=${DIGEST} https://x/y.tar /`, undefined],
    ["without its algorithm", `${two}commit: ${HEX}`, undefined],
    ["of one name twice", `one: ${NAME}\ntwo: ${NAME}\nx: ${DIGEST}`, undefined],
  ];
  for (const [what, text, images] of possible) {
    it(`${images === undefined ? "is not said to be" : "may be"} of two images: ${what}`, () => {
      const found = scanned("a.yml", text).filter(({ kind }) => kind === "digest");
      assert.ok(found.length > 0);
      for (const place of found) {
        assert.deepEqual(place.possible, images);
        if (images === undefined) continue;
        const why = `it may be of ${both.join(", ")}: their names stand beside it`;
        assert.deepEqual([place.image, place.unattributed], [undefined, why]);
      }
    });
  }

  it("is found after an interpolation, and not after another image", () => {
    assert.deepEqual(told("a.sh", `pull \${IMAGE}@${DIGEST}`), [`digest ? ${DIGEST}`]);
    assert.deepEqual(told("a.sh", `pull \${IMAGE}:1@${DIGEST}`), [`digest ? ${DIGEST}`]);
    assert.deepEqual(told("a.sh", `pull $HOST/$NAME@${DIGEST}`), [`digest ? ${DIGEST}`]);
    assert.deepEqual(told("a.sh", `pull $HOST/rocm/$NAME@${DIGEST}`), [`digest ? ${DIGEST}`]);
    assert.deepEqual(told("a.sh", `pull ghcr.io/rocm/x-$OS:$TAG@${DIGEST}`), [
      `digest ? ${DIGEST}`,
    ]);
    assert.deepEqual(told("a.sh", `pull docker://$NAME@${DIGEST}`), [`digest ? ${DIGEST}`]);
    assert.deepEqual(told("a.sh", `X=\${X:-$HOST/rocm/$NAME@${DIGEST}}`), [`digest ? ${DIGEST}`]);
    assert.deepEqual(told("a.sh", `pull $HOST/other@${DIGEST}`), []);
    assert.deepEqual(told("a.sh", `pull $HOST/x-\${NAME}-y@${DIGEST}`), []);
    assert.deepEqual(told("a.sh", `pull \${HOST}/other@${DIGEST}`), []);
  });

  it("is found in pieces", () => {
    const [place] = scanned("a.py", `D = "sha256:"  "${HEX.slice(0, 5)}" "${HEX.slice(5)}"`);
    assert.equal(place?.digest?.text, DIGEST);
    assert.equal(place.digest.spans.length, 2);
  });

  it("is found without its algorithm beside a managed name, and never as a part of a word", () => {
    assert.deepEqual(told("a.sh", `# ${NAME}\nHEX=${HEX}\n`), [`digest ? ${HEX}`]);
    assert.deepEqual(told("a.sh", `# ${NAME}\npin-${HEX} ${HEX}a sha256-${HEX}.sig`), []);
    assert.deepEqual(told("a.sh", `HEX=${HEX}\n`), []);
  });
});
