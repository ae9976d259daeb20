// Does not prove that BuildKit runs a step again: an edit of the applied stack does.
import assert from "node:assert/strict";
import { parseDockerfile, viewOf } from "../../context/dockerfile.ts";
import { stagesWithoutEpoch } from "../../context/epoch.ts";

function found(text: string, buildArgs: Record<string, string> = {}, target?: string) {
  const dockerfile = parseDockerfile(text);
  const stages = stagesWithoutEpoch(dockerfile, viewOf(dockerfile, buildArgs, target), "EPOCH");
  return stages.map((stage) => stage.name ?? dockerfile.stages.indexOf(stage));
}

describe("a stage whose steps do not see the epoch", () => {
  const cases: readonly (readonly [string, string, readonly (string | number)[]])[] = [
    ["has a RUN and no ARG", "FROM base AS a\nRUN x", ["a"]],
    ["has its ARG after a RUN", "FROM base AS a\nRUN x\nARG EPOCH\nRUN y", ["a"]],
    ["has an ARG of another name", "FROM base AS a\nARG EPOCHS\nRUN x", ["a"]],
    ["has the ARG before all stages alone", "ARG EPOCH\nFROM base AS a\nRUN x", ["a"]],
    ["may have no name", "FROM base\nRUN x", [0]],
    [
      "is the lowest of those without",
      "FROM base AS a\nRUN x\nFROM a AS b\nRUN y\nFROM b AS c\nARG EPOCH\nRUN z",
      ["a"],
    ],
    [
      "may be one that is only copied or mounted from",
      "FROM base AS a\nRUN x\nFROM base AS b\nRUN x\nFROM base AS c\nARG EPOCH\nCOPY --from=a /x /x\nRUN --mount=from=b,target=/b y",
      ["a", "b"],
    ],
    ["is told where nothing runs and nothing declares it", "FROM base AS a\nFROM a AS b", ["a"]],
    ["is told where the FROM cannot be, and no ARG is there", "FROM ${X:-base} AS a\nRUN x", ["a"]],
  ];
  for (const [what, text, stages] of cases) {
    it(what, () => assert.deepEqual(found(text), stages));
  }

  const seen: readonly (readonly [string, string])[] = [
    ["declares it before its first RUN", "FROM base\nARG A\nARG EPOCH\nRUN x"],
    ["declares it in one line with others", "FROM base\nARG A=1 EPOCH=0\nRUN x"],
    ["stands on one that does", "FROM base AS a\nARG EPOCH\nRUN x\nFROM a AS b\nRUN y"],
    ["stands on one with neither", "FROM base AS a\nENV A=1\nFROM a\nARG EPOCH\nRUN y"],
    [
      "has no RUN beside one that declares it",
      "FROM base AS a\nFROM base\nARG EPOCH\nRUN y\nCOPY --from=a / /",
    ],
    ["is not built", "FROM base AS a\nRUN x\nFROM base\nARG EPOCH\nRUN y"],
    ["has a FROM that cannot be told, with an ARG there", "FROM ${X:-base}\nARG EPOCH\nRUN x"],
  ];
  for (const [what, text] of seen) {
    it(`is none that ${what}`, () => assert.deepEqual(found(text), []));
  }

  it("depends on what build args and the target choose", () => {
    const text =
      "ARG ON=good\nFROM base AS good\nARG EPOCH\nRUN x\nFROM base AS bad\nRUN x\nFROM ${ON} AS final\nRUN y";
    assert.deepEqual(found(text), []);
    assert.deepEqual(found(text, { ON: "bad" }), ["bad"]);
    assert.deepEqual(found(text, {}, "bad"), ["bad"]);
    assert.deepEqual(found(text, { ON: "bad" }, "good"), []);
  });
});
