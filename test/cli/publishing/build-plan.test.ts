import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import { planOf } from "../../../cli/publishing/build-plan.ts";
import type { SurveyedImage } from "../../../cli/publishing/content-survey.ts";

const amd64 = "linux/amd64";
const arm64 = "linux/arm64";
const first = "ecr.test/x/builder";
const second = "ghcr.io/x/builder";
const [a, b] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

type Places = Record<string, string>;

function image(
  found: { content?: Places; platforms?: Record<string, Places>; wanted?: readonly string[] } = {},
): SurveyedImage {
  const platforms = Object.keys(found.platforms ?? { [amd64]: {} });
  return {
    // Only what is asked of a family here.
    family: { name: "builder", platforms } as unknown as Family,
    image: { accelerator: "cpu", base: { image: "x", digest: a }, buildArgs: {} },
    label: "builder/cpu",
    platforms: found.wanted ?? platforms,
    contentName: "cpu-k1",
    repositories: [first, second],
    content: new Map(Object.entries(found.content ?? {})),
    platformContents: new Map(
      Object.entries(found.platforms ?? {}).map(([platform, places]) => [
        platform,
        new Map(Object.entries(places)),
      ]),
    ),
  };
}

/** What is built, and why; undefined when nothing is to be done. */
function plan(of: SurveyedImage): [readonly string[], string] | undefined {
  const found = planOf(of);
  return found && [found.build, found.reason];
}

describe("what an image lacks", () => {
  it("is nothing where every registry has the same content under its name", () => {
    assert.equal(plan(image({ content: { [first]: a, [second]: a } })), undefined);
  });

  it("is a build where no registry has it", () => {
    assert.deepEqual(plan(image()), [[amd64], `no cpu-k1 on ${first}, ${second}`]);
  });

  it("is a copy where one registry alone has it, whichever that is", () => {
    for (const [there, lacking] of [
      [first, second],
      [second, first],
    ] as const) {
      assert.deepEqual(plan(image({ content: { [there]: a } })), [
        [],
        `cpu-k1 is on ${there} only; it goes to ${lacking} as well`,
      ]);
    }
  });

  it("is a repair where registries have different content under the name", () => {
    const [build, reason] = plan(image({ content: { [first]: a, [second]: b } }))!;
    assert.deepEqual(build, []);
    assert.match(reason, /is not the same on/);
  });

  it("is each platform that is asked for and has no content", () => {
    const platforms = { [amd64]: { [first]: a }, [arm64]: {} };
    assert.deepEqual(plan(image({ platforms })), [
      [arm64],
      `no cpu-k1 for ${arm64} on ${first}, ${second}`,
    ]);
    assert.equal(plan(image({ platforms, wanted: [amd64] })), undefined);
  });

  it("is an index once all platforms are there", () => {
    const platforms = { [amd64]: { [first]: a }, [arm64]: { [first]: b } };
    const [build, reason] = plan(image({ platforms, wanted: [arm64] }))!;
    assert.deepEqual(build, []);
    assert.match(reason, /no index/);
  });

  it("is a copy of a platform's content that the first registry, which makes the index, has not", () => {
    const platforms = { [amd64]: { [second]: a }, [arm64]: {} };
    assert.deepEqual(plan(image({ platforms, wanted: [amd64] })), [
      [],
      `cpu-k1 for ${amd64} is on ${second}, not on ${first}`,
    ]);
  });
});
