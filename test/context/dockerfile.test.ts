// Does not prove that BuildKit reads the same: builds in the local cloud do.
import assert from "node:assert/strict";
import { parseDockerfile, stageNames, viewOf } from "../../context/dockerfile.ts";

function view(text: string, buildArgs: Record<string, string> = {}, target?: string) {
  const { context, scripts, images } = viewOf(parseDockerfile(text), buildArgs, target);
  return { context, scripts, images };
}

describe("what the build of a Dockerfile's target reads", () => {
  const stages = `
ARG VERSION=12.8
ARG BASE_TARGET=cuda\${VERSION}
FROM base AS common
COPY common.txt /
FROM common AS cuda12.8
RUN --mount=type=bind,from=scripts,source=install_cuda.sh,target=/tmp/i /tmp/i
FROM common AS rocm
COPY ./rocm/ /rocm
FROM \${BASE_TARGET} AS final
ADD last.tar /
`;

  it("is what its stage and the stages under it copy, add and mount", () => {
    assert.deepEqual(view(stages, {}, "cuda12.8"), {
      context: ["common.txt"],
      scripts: ["install_cuda.sh"],
      images: [],
    });
  });

  it("follows build args into FROM, and their defaults where there are none", () => {
    assert.deepEqual(view(stages, {}).scripts, ["install_cuda.sh"]);
    assert.deepEqual(view(stages, { BASE_TARGET: "rocm" }), {
      context: ["common.txt", "last.tar", "rocm"],
      scripts: [],
      images: [],
    });
  });

  it("follows COPY --from and mounts of other stages, by name and by number", () => {
    const text = `
FROM base AS One
COPY one /
FROM base
COPY two /
FROM base AS three
COPY three /
FROM base
COPY --from=one /x /x
COPY --from=1 /y /y
RUN --mount=from=three,target=/t true
`;
    assert.deepEqual(view(text).context, ["one", "three", "two"]);
  });

  it("is the last stage without a target", () => {
    assert.deepEqual(view("FROM base AS a\nCOPY a /\nFROM base AS b\nCOPY b /").context, ["b"]);
  });

  it("takes named contexts before stages of the same name", () => {
    assert.deepEqual(view("FROM base AS scripts\nCOPY a /\nFROM base\nCOPY --from=scripts b /"), {
      context: [],
      scripts: ["b"],
      images: [],
    });
  });

  it("leaves out what comes over the network and what is written in the Dockerfile", () => {
    const text =
      "FROM base\nADD https://example.org/x.tar git@example.org:a.git a /\nRUN echo a > b";
    assert.deepEqual(view(text).context, ["a"]);
  });

  it("reads the forms of COPY: JSON, several lines, flags", () => {
    const text = 'FROM base\nCOPY ["a", "./b/../c", "/d/"]\nCOPY --chown=1:1 \\\n  e \\\n  /f/ g/';
    assert.deepEqual(view(text).context, ["a", "c", "e", "f"]);
  });

  it("reads COPY without what a heredoc writes", () => {
    assert.deepEqual(
      view('FROM base\nCOPY <<A b <<"C" /\nCOPY q /\nA\nCOPY r /\nC\nCOPY c /').context,
      ["b", "c"],
    );
    assert.deepEqual(view('FROM base\nCOPY ["a  b", "/"]').context, ["a  b"]);
  });

  it("reads flags without their quotes, and several mounts over several lines", () => {
    const text = `FROM base
COPY --link --from="scripts" a /
RUN --network=none --mount="from=scripts,source=b,target=/b" \\
  # a note
  --mount=type=cache,target=/c --mount=type=cache,from=scripts,src=c,target=/d \\

  --mount=source=d,target=/e true`;
    assert.deepEqual([view(text).scripts, view(text).context], [["a", "b", "c"], ["d"]]);
  });

  it("follows several ARGs in one line, and takes no build arg for one that is inherited", () => {
    const text = "ARG X=base Y=1\nFROM $X AS a\nCOPY a /\nFROM base AS b\nCOPY b /";
    assert.deepEqual(view(text, {}, "a").context, ["a"]);
    assert.equal(view("ARG constructor\nFROM $constructor").context, "everything");
  });

  it("finds later stages of a name that is read", () => {
    const text = "FROM base AS a\nCOPY --from=b /b /\nFROM base AS b\nCOPY b /\nFROM a";
    assert.deepEqual(view(text).context, ["b"]);
  });

  const beforeCopy: Readonly<Record<string, string>> = {
    "an escaped backslash at a line's end": "RUN echo \\\\",
    "a quoted <<": 'RUN echo "a <<EOF b"',
    "an escaped <<": "RUN echo \\<<EOF",
    "a << inside a word": "RUN echo a<<EOF $((1<<E))",
    "a here-string": "RUN cat <<< x",
    "a heredoc with a descriptor": "RUN 3<<EOF\nFROM other\nEOF",
    "two heredocs": "RUN cat <<A <<-'B'\nFROM x\nA\nFROM y\n\t\tB",
    "a << where none are read": "LABEL x=<<EOF",
    "a comment with one": "# RUN <<EOF",
    "instructions in small letters": "run true",
  };
  for (const [what, before] of Object.entries(beforeCopy)) {
    it(`misses no COPY after ${what}`, () => {
      assert.deepEqual(view(`FROM base\n${before}\ncopy a /`).context, ["a"]);
    });
  }

  it("follows the escape directive, which alone comes before all else", () => {
    const rest = "FROM base\nRUN a `\nCOPY a /";
    assert.deepEqual(view(`# escape=\`\n${rest}`).context, []);
    assert.deepEqual(view(`# note\n# escape=\`\n${rest}`).context, ["a"]);
  });

  it("reads caches only from where they say", () => {
    const cache = "FROM base\nRUN --mount=type=cache,target=/c --mount=type=secret,id=s true";
    assert.deepEqual(view(cache), { context: [], scripts: [], images: [] });
  });

  it("lists the images that the Dockerfile names itself", () => {
    const text =
      "FROM ubuntu:24.04 AS a\nFROM scratch\nCOPY --from=ghcr.io/a/b:c / /\nCOPY --from=a / /";
    assert.deepEqual(view(text).images, ["ghcr.io/a/b:c", "ubuntu:24.04"]);
  });

  const wholeContext: Readonly<Record<string, string>> = {
    "the root": "COPY . /",
    "a wildcard": "COPY *.txt /",
    "a variable": "ARG X=a\nCOPY $X /",
    "a quoted name": "COPY 'a' /",
    "an escaped letter": "COPY a\\b /",
    "JSON that is none": "COPY [a] /",
    "a mount whose type is a variable": "RUN --mount=type=$T,target=/m true",
    "a mount whose type is in capitals": "RUN --mount=type=BIND,target=/m true",
    "a path out of the context": "COPY ../a/.. /",
    "a mount without source": "RUN --mount=type=bind,target=/m true",
  };
  for (const [what, instruction] of Object.entries(wholeContext)) {
    it(`is the whole context with ${what}`, () => {
      assert.equal(view(`FROM base\n${instruction}`).context, "everything");
    });
  }

  const undecided: Readonly<Record<string, string>> = {
    "a variable that is not known": "FROM $TARGETARCH",
    "a default in FROM": "ARG X=base\nFROM ${X:-other}",
    "a quoted default": "ARG X='$Y'\nARG Y=1\nFROM base$X",
    "a default that hides an earlier one": "ARG X=base\nARG X=${Y:-a}\nFROM $X",
    "two stages of one name": "FROM base AS a\nFROM base AS a\nFROM base\nCOPY --from=a / /",
    "a source that is a variable": "FROM base\nCOPY --from=$X / /",
    "a heredoc that is not closed": "FROM base\nRUN <<EOF\nCOPY a /",
    "blanks before a heredoc's name": "FROM base\nRUN cat << EOF\nEOF\nCOPY a /",
    "a quote that is not closed beside a heredoc": "FROM base\nRUN echo don't <<EOF\nEOF",
    "blanks that are none to every parser": "FROM base\nCOPY\u00a0a /",
    "a trigger for later builds": "FROM base\nONBUILD COPY a /",
    "a foreign frontend": "# syntax=example.org/frontend:1\nFROM base",
  };
  for (const [what, text] of Object.entries(undecided)) {
    it(`is everything with ${what}`, () => {
      const { context, scripts } = view(text);
      assert.deepEqual([context, scripts], ["everything", "everything"]);
    });
  }

  it("is everything with a target that there is not", () => {
    assert.equal(view("FROM base AS a", {}, "b").context, "everything");
  });

  it("is what it is with Docker's own frontend", () => {
    assert.deepEqual(view("# syntax=docker/dockerfile:1\nFROM base").context, []);
  });
});

describe("a Dockerfile", () => {
  const frontends: Readonly<Record<string, string | undefined>> = {
    "# syntax=docker/dockerfile:1\nFROM base": "docker/dockerfile:1",
    "#SYNTAX = a/b:1 argument\r\nFROM base": "a/b:1",
    "\uFEFF#!/usr/bin/env x\n# escape=`\n# syntax=a/b\nFROM base": "a/b",
    "//syntax=a/b\nFROM base": "a/b",
    "# A note on syntax = words.\nFROM base": undefined,
    "FROM base\n# syntax=a/b": undefined,
  };
  for (const [text, frontend] of Object.entries(frontends)) {
    it(`has ${frontend ?? "no"} frontend in ${JSON.stringify(text)}`, () => {
      assert.equal(parseDockerfile(text).frontend, frontend);
    });
  }

  it("offers its stages and all its ARGs", () => {
    const parsed = parseDockerfile("ARG A B=1\nFROM base AS One\nARG C\nFROM one\nFROM one AS two");
    assert.deepEqual(stageNames(parsed), ["one", "two"]);
    assert.deepEqual([...parsed.args], ["A", "B", "C"]);
  });
});
