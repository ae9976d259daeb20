import assert from "node:assert/strict";
import { DIGEST, ECR, HEX, scanned, told } from "./support/scanned.ts";

const NAME = "ghcr.io/rocm/build_manylinux";
const PIN = `${NAME}@${DIGEST}`;
const IMAGE = "build_manylinux";
const [A, B] = [HEX.slice(0, 21), HEX.slice(21)];

/** What it is, the file, its text and what is found there. */
const FORMS: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["a container of a job", "w.yml", `    container: ${PIN}\n`, [PIN]],
  ["an image of a container", "w.yml", `container:\n  image: '${NAME}:main'\n`, [`${NAME}:main`]],
  ["a service", "w.yml", `services: { db: { image: "${PIN}" } }\n`, [PIN]],
  ["a step of docker", "w.yml", `- uses: docker://${PIN}\n`, [PIN]],
  ["a variable", "w.yml", `env:\n  IMAGE: ${NAME}:main@${DIGEST}\n`, [`${NAME}:main@${DIGEST}`]],
  ["a matrix", "w.yml", `image: [${PIN}, "${NAME}:1"]\n`, [PIN, `${NAME}:1`]],
  ["a choice of an expression", "a.yml", `\${{ inputs.image || '${PIN}' }}`, [PIN]],
  ["an action of docker", "action.yml", `runs: {using: docker, image: 'docker://${PIN}'}`, [PIN]],
  ["an anchor of YAML", "a.yml", `image: &image ${PIN}\nother: *image\n`, [PIN]],
  ["a folded scalar", "a.yml", `image: >-\n  ${PIN}\n`, [PIN]],
  ["a quoted scalar over two lines", "a.yml", `image: "${NAME}@\\\n  ${DIGEST}"\n`, [PIN]],
  ["a build's base", "Dockerfile", `FROM ${PIN}\n`, [PIN]],
  ["a base with a platform", "Dockerfile", `FROM --platform=linux/amd64 ${PIN} AS build`, [PIN]],
  ["a base's argument", "Dockerfile", `ARG BASE=${PIN}\nFROM \${BASE}`, [PIN]],
  ["a copy from an image", "Dockerfile", `COPY --from=${PIN} /a /b`, [PIN]],
  ["a line that goes on", "Dockerfile", `FROM ${NAME}@\\\n  ${DIGEST}`, [PIN]],
  ["a named context", "bake.hcl", `contexts = { base = "docker-image://${PIN}" }`, [PIN]],
  ["strings that follow each other", "a.py", `A = (\n    "${NAME}@"\n    "${DIGEST}"\n)`, [PIN]],
  ["a sum of strings", "a.py", `A = "${NAME}" + \\\n    '@${DIGEST}'`, [PIN]],
  ["a sum over lines", "a.ts", `const a =\n  "${NAME}@" +\n  "${DIGEST}";`, [PIN]],
  ["a name that is split", "a.py", `"ghcr.io/rocm/build_" "manylinux@${DIGEST}"`, [PIN]],
  ["a split with a comment", "a.py", `("${NAME}@"  # of "main"\n    r'${DIGEST}')`, [PIN]],
  ["a split with a block comment", "a.c", `"${NAME}@" /* pin */ "${DIGEST}"`, [PIN]],
  ["digits that are split", "a.py", `"${NAME}@sha256:${A}"\nf"${B}"`, [PIN]],
  ["a tag that is split", "a.py", `"${NAME}:ma" "in"`, [`${NAME}:main`]],
  [
    "an f-string's registry",
    "a.py",
    `f"{REGISTRY}/rocm/${IMAGE}@${DIGEST}"`,
    [`{REGISTRY}/rocm/${IMAGE}@${DIGEST}`],
  ],
  [
    "an f-string's owner",
    "a.py",
    `f"ghcr.io/{OWNER}/${IMAGE}:main"`,
    [`ghcr.io/{OWNER}/${IMAGE}:main`],
  ],
  ["a digest given elsewhere", "a.py", `f"${NAME}@{DIGEST}"`, [`${NAME}@{DIGEST}`]],
  ["a digest added", "a.ts", `"${NAME}@" + DIGEST`, [`${NAME}@`]],
  [
    "a registry of an expression",
    "w.yml",
    `image: \${{ env.REGISTRY }}/rocm/${IMAGE}:main`,
    [`\${{ env.REGISTRY }}/rocm/${IMAGE}:main`],
  ],
  [
    "host and owner in one",
    "w.yml",
    `image: \${{ env.REGISTRY }}/${IMAGE}:main`,
    [`\${{ env.REGISTRY }}/${IMAGE}:main`],
  ],
  [
    "a variable of make",
    "Makefile",
    `\tdocker pull $(REGISTRY)/rocm/${IMAGE}:main`,
    [`$(REGISTRY)/rocm/${IMAGE}:main`],
  ],
  ["a format", "a.py", `"%s/rocm/${IMAGE}@${DIGEST}" % host`, [`%s/rocm/${IMAGE}@${DIGEST}`]],
  ["a word of a shell", "a.sh", `docker run --rm -it ${PIN} bash`, [PIN]],
  ["words that go on", "a.sh", `docker run \\\n  --rm \\\n  "${PIN}" \\\n  bash`, [PIN]],
  [
    "quotes in a word",
    "a.sh",
    `docker pull ghcr.io/"$OWNER"/${IMAGE}@'${DIGEST}'`,
    [`ghcr.io/$OWNER/${IMAGE}@${DIGEST}`],
  ],
  ["quotes before a tag", "a.sh", `docker pull "${NAME}":main`, [`${NAME}:main`]],
  ["two words", "a.sh", `docker run "${NAME}:main" "bash"`, [`${NAME}:main`]],
  ["two images", "a.sh", `docker tag "${NAME}:main" "${NAME}:1"`, [`${NAME}:main`, `${NAME}:1`]],
  ["a default", "a.sh", `IMAGE=\${IMAGE:-${PIN}}`, [PIN]],
  [
    "a default in a variable's registry",
    "a.sh",
    `\${IMAGE:-\${HOST}/rocm/${IMAGE}:main}`,
    [`\${HOST}/rocm/${IMAGE}:main`],
  ],
  ["a document in a shell", "a.sh", `cat <<EOF\nFROM ${PIN}\nEOF\n`, [PIN]],
  ["a line in a string", "a.c", `puts("\\n${PIN}\\n");`, [PIN]],
  ["JSON", "a.json", `{"image": "${PIN}", "tag": "main"}`, [PIN]],
  ["JSON with escapes", "a.json", `"ghcr.io\\/rocm\\/${IMAGE}@${DIGEST}"`, [PIN]],
  ["a part of a URL", "a.md", `?image=${encodeURIComponent(PIN)}`, [encodeURIComponent(PIN)]],
  ["an entity", "a.html", `<code>${NAME}&#64;${DIGEST}</code>`, [`${NAME}&#64;${DIGEST}`]],
  ["TOML", "a.toml", `image = "${PIN}"`, [PIN]],
  ["an INI file", "a.ini", `image=${PIN}`, [PIN]],
  ["a quotation in Markdown", "a.md", `Use \`${PIN}\`, please.`, [PIN]],
  ["a link", "a.md", `[image](https://${PIN})`, [PIN]],
  ["a sentence's end", "a.md", `This is ${NAME}:main.`, [`${NAME}:main`]],
  ["a table", "a.md", `|${PIN}|${NAME}:1|`, [PIN, `${NAME}:1`]],
  ["a difference", "a.md", `-${NAME}:1\n+${NAME}:2\n`, [`${NAME}:1`, `${NAME}:2`]],
  ["a comment", "a.lua", `-- see ${PIN}`, [PIN]],
  [
    "an owner in capital letters",
    "a.yml",
    `image: GHCR.io/ROCm/${IMAGE}:main`,
    [`GHCR.io/ROCm/${IMAGE}:main`],
  ],
  ["letters around that are not ASCII", "a.md", `“${PIN}” – ä`, [PIN]],
];

describe("a reference to a managed image is found as", () => {
  for (const [what, path, text, expected] of FORMS) {
    it(what, () => {
      assert.deepEqual(
        told(path, text),
        expected.map((written) => `${IMAGE} ${written}`),
      );
    });
  }
});

describe("the image of a reference", () => {
  const cases: readonly (readonly [string, string])[] = [
    [`${ECR}/rocm/ci-image:jammy-rocm`, "ci-image/jammy-rocm"],
    [`${ECR}/rocm/ci-image:jammy-rocm-main`, "ci-image/jammy-rocm"],
    [`${ECR}/rocm/ci-image:jammy-rocm-benchmarks-main`, "ci-image/jammy-rocm-benchmarks"],
    ["ghcr.io/rocm/ci-image-candidate:jammy-rocm-1", "ci-image/jammy-rocm"],
    ["ghcr.io/rocm/ci-image:noble", "?"],
    [`ghcr.io/rocm/ci-image@${DIGEST}`, "?"],
    ["rocm/ci-image:jammy-rocm", "ci-image/jammy-rocm"],
    ["index.docker.io/rocm/ci-image:jammy-rocm", "ci-image/jammy-rocm"],
    ["${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/rocm/ci-image:jammy-rocm", "ci-image/jammy-rocm"],
    [`ghcr.io/rocm/build_manylinux_rccl@${DIGEST}`, "build_manylinux_rccl"],
    ["ubuntu:24.04", "docker.io/library/ubuntu"],
    [`docker.io/ubuntu@${DIGEST}`, "docker.io/library/ubuntu"],
    ["library/ubuntu:24.04", "docker.io/library/ubuntu"],
    ["docker.io/library/ubuntu:24.04", "docker.io/library/ubuntu"],
    [`quay.io/pypa/manylinux_2_28_x86_64@${DIGEST}`, "quay.io/pypa/manylinux_2_28_x86_64"],
  ];
  for (const [written, image] of cases) {
    it(`${written.replace(HEX, "...")} is ${image}`, () => {
      assert.deepEqual(told("a.txt", `image: ${written}\n`), [`${image} ${written}`]);
    });
  }
});

describe("what stands where a digest belongs", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a digit too few", NAME, `sha256:${HEX.slice(1)}`],
    ["a digit too many", NAME, `${DIGEST}0`],
    ["digits behind a tag", `${NAME}:main`, `${DIGEST}0`],
    ["capital letters", NAME, `sha256:${HEX.toUpperCase()}`],
    ["a capital algorithm", NAME, `SHA256:${HEX}`],
    ["other letters", NAME, `sha256:${"g".repeat(64)}`],
    ["the first digits", NAME, `sha256:${HEX.slice(0, 12)}`],
    ["a digest as files are called", NAME, `sha256-${HEX}`],
    ["a digest without its algorithm", NAME, HEX],
    ["an object's name in git", NAME, `sha1:${HEX.slice(0, 40)}`],
    ["a tag", NAME, "latest"],
    ["a tag behind a tag", `${NAME}:main`, "latest"],
    ["a version", NAME, "v1.2.3"],
  ];
  for (const [what, name, digest] of cases) {
    it(`and is none is told, and is no digest: ${what}`, () => {
      for (const [path, text] of [
        ["a.yml", `image: ${name}@${digest}\n`],
        ["a.py", `X = "${name}@"  # main\n  "${digest.slice(0, 9)}" "${digest.slice(9)}"`],
        ["a.md", `Use \`${name}@${digest}\`.`],
      ] as const) {
        const [place, ...more] = scanned(path, text);
        assert.deepEqual(more, []);
        assert.equal(place?.malformed, digest);
        assert.equal(place.image, IMAGE);
        assert.equal(place.digest, undefined);
        assert.equal(place.written, `${name}@${digest}`);
      }
    });
  }

  it("and is nothing is told where the line ends", () => {
    for (const [path, text] of [
      ["a.yml", `image: ${NAME}@\n`],
      ["a.yml", `image: ${NAME}@ # later\r\n`],
      ["Dockerfile", `FROM ${NAME}:main@`],
    ] as const) {
      const [place, ...more] = scanned(path, text);
      assert.deepEqual(more, []);
      assert.equal(place?.malformed, "");
      assert.ok(place.written.endsWith("@"));
    }
  });

  it("ends with its string", () => {
    const [place] = scanned("a.sh", `run "${NAME}@sha256:${HEX.slice(1)}" "abc"`);
    assert.equal(place?.malformed, `sha256:${HEX.slice(1)}`);
  });
});

describe("a family's name on a registry of the stack that it is not published on", () => {
  const places = (text: string) => scanned("a.yml", text);
  const name = "docker.io/rocm/build_manylinux";

  it("is a place of the family, and of no image", () => {
    for (const written of [`${name}@${DIGEST}`, `${name}:main`, `index.${name}:main`]) {
      const [place, ...more] = places(`image: ${written}\n`);
      assert.deepEqual(more, []);
      assert.equal(place?.written, written);
      assert.equal(place.repository?.published, false);
      assert.equal(place.repository.family, IMAGE);
      assert.equal(place.image, undefined);
      assert.equal(place.unattributed, "build_manylinux is not published on docker.io");
    }
  });

  it("is where it is published, if the registry is not known", () => {
    const [place] = places(`image: \${REGISTRY}/rocm/${IMAGE}:main`);
    assert.equal(place?.image, IMAGE);
  });

  it("waits for no digest", () => {
    const [place] = places(`image: ${name}\ndigest: ${DIGEST}`);
    assert.deepEqual([place?.kind, place?.repository], ["digest", undefined]);
  });
});

describe("what is no reference to a managed image", () => {
  const decoys: readonly (readonly [string, string])[] = [
    ["another owner's", `ghcr.io/other/${IMAGE}@${DIGEST}`],
    ["another registry's", `quay.io/rocm/${IMAGE}@${DIGEST}`],
    ["another registry's, by its port", `localhost:5000/rocm/${IMAGE}@${DIGEST}`],
    ["a mirror's", `evil.io/${PIN}`],
    ["a mirror's, added", `"evil.io/" + "${PIN}"`],
    ["a longer host", `notghcr.io/rocm/${IMAGE}@${DIGEST}`],
    ["a longer name", `${NAME}2@${DIGEST}`],
    ["a longer name after a hyphen", `${NAME}-2@${DIGEST}`],
    ["a longer name after a dot", `${NAME}.2:main`],
    ["a longer name that is split", `"${NAME}" + "2@${DIGEST}"`],
    ["a name with an interpolation", `${NAME}\${SUFFIX}:main`],
    ["the build cache", `${NAME}-cache:main`],
    ["a longer owner", `ghcr.io/x-rocm/${IMAGE}:main`],
    ["a name in a name", `ghcr.io/rocm/x-${IMAGE}:main`],
    ["a deeper path", `${NAME}/x:main`],
    ["a path after a port", `${NAME}:8080/x`],
    ["an e-mail", `me@${NAME}:main`],
    ["prose", `the image ${NAME} is built here`],
    ["a package's page", `https://github.com/ROCm/TheRock/pkgs/container/${IMAGE}:main`],
    ["a path", `images/${IMAGE}/Dockerfile:12`],
    ["a family without its registry", `rocm/${IMAGE}@${DIGEST}`],
    ["a digest left out", `${NAME}@sha256:0123...`],
    ["most of a digest left out", `${NAME}@sha256:${HEX.slice(0, 40)}...`],
    ["a digest left out by one letter", `${NAME}@sha256:${HEX.slice(0, 12)}…`],
    ["what stands for a digest", `${NAME}@sha256:DIGEST ${NAME}@sha256:<digest>`],
    ["digits with an interpolation", `${NAME}@sha256:${HEX.slice(0, 40)}\${REST}`],
    ["letters without end", `${NAME}@sha256:${HEX.repeat(4)}`],
    ["a word for a digest", `${NAME}@digest ${NAME}@DIGEST ${NAME}@latest-digest ${NAME}@1.x`],
    ["a name that goes on elsewhere", `["${NAME}@", digest], '${NAME}:main@'`],
    ["digits left out", `${NAME}@${HEX.slice(0, 40)}... ${NAME}@1.2...`],
    ["an e-mail at a listed image's name", "ubuntu@latest ubuntu@24.04 library/ubuntu@main"],
    ["another algorithm", `${NAME}@sha512:${HEX}${HEX}`],
    ["a value of a map", `{"${NAME}":5}`],
    ["a word of a listed image", "ubuntu is a distribution"],
    ["a URL of a listed image's name", "https://ubuntu:80/x"],
    ["a variable of its name", "${ubuntu:0:3} $ubuntu:x"],
    ["a folder of its name", "${FOLDER}/ubuntu:22.04"],
    ["another owner's image of its name", `someone/ubuntu@${DIGEST}`],
  ];
  for (const [what, text] of decoys) {
    it(`is ${what}`, () => {
      assert.deepEqual(told("a.ts", `x = ${text}\n`), []);
    });
  }
});
