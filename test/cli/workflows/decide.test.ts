import assert from "node:assert/strict";
import fc from "fast-check";
import { decidedRun, decideRun, type RunDecision } from "../../../cli/workflows/decide-run.ts";
import { outputLines } from "../../../cli/workflows/decide-output.ts";
import { decisionText, outputsOf } from "../../../cli/workflows/decide.ts";
import type { RepositoryStack } from "../../../cli/workflows/stack-of-run.ts";
import type { Scheme } from "../../../rules/names.ts";
import { deploymentPolicies, publication } from "../../../rules/refs.ts";
import { ref as anyRef } from "../../support/random-refs.ts";

const schemes = new Map<string, Scheme>([
  ["builder", "pytorch"],
  ["ci", "pytorch"],
  ["rock", "therock"],
]);
const PYTORCH = "pytorch/pytorch";
const THEROCK = "ROCm/TheRock";

function stack(name: string, more: Partial<RepositoryStack> = {}): RepositoryStack {
  return {
    ...{ name, repository: PYTORCH, channel: "main", owns: "all", local: false },
    families: ["builder", "ci"],
    ...more,
  };
}
const main = stack("main");
const line = stack("release-2.10", { channel: "release/2.10", owns: "images" });
const therock = stack("therock", { repository: THEROCK, families: ["rock"] });
const stacks = [main, line, therock];

function decided(event: string, ref: string, repository = PYTORCH, all = stacks): RunDecision {
  return decideRun({ event, ref, repository }, all, schemes);
}

function summary(decision: RunDecision): string {
  if (!decision.publish) return "nothing";
  const { stack: name, channel, environment, apply } = decision;
  return `${name} ${channel} ${environment} ${apply}`;
}

describe("what a run of the publishing workflow does", () => {
  it("follows from event and ref, by the rule of each family, and from the repository's stacks", () => {
    for (const [event, ref, repository, expected] of [
      ["push", "refs/heads/main", PYTORCH, "main main docker-build foundation"],
      ["push", "refs/heads/main", THEROCK, "therock main docker-build foundation"],
      ["push", "refs/heads/main", "PyTorch/PyTorch", "main main docker-build foundation"],
      ["push", "refs/heads/release/2.10", PYTORCH, "release-2.10 release/2.10 docker-build images"],
      ["push", "refs/tags/v2.10.0-rc1", PYTORCH, "release-2.10 release/2.10 docker-build nothing"],
      ["push", "refs/heads/stage/docker/x", THEROCK, "therock stage/docker/x docker-stage nothing"],
      ["workflow_dispatch", "refs/heads/x", THEROCK, "therock x docker-stage nothing"],
      ["workflow_dispatch", "refs/heads/main", THEROCK, "therock main docker-build foundation"],
      ["push", "refs/heads/stage/docker/x", PYTORCH, "nothing"],
      ["push", "refs/tags/v2.10.0", PYTORCH, "nothing"],
      ["workflow_dispatch", "refs/heads/main", PYTORCH, "nothing"],
      ["push", "refs/heads/release/2.10", THEROCK, "nothing"],
      ["pull_request", "refs/pull/7/merge", PYTORCH, "nothing"],
      ["pull_request_target", "refs/heads/main", PYTORCH, "nothing"],
      ["schedule", "refs/heads/main", PYTORCH, "nothing"],
      ["push", "refs/heads/main", "somebody/pytorch", "nothing"],
      ["push", "refs/heads/a..b", PYTORCH, "nothing"],
      ["no_such_event", "refs/heads/main", PYTORCH, "nothing"],
    ] as const) {
      assert.equal(
        summary(decided(event, ref, repository)),
        expected,
        `${event} ${ref} ${repository}`,
      );
    }
  });

  it("publishes what a family's rule publishes, in no environment that does not admit the ref", () => {
    const events = fc.constantFrom("push", "workflow_dispatch", "pull_request", "schedule");
    fc.assert(
      fc.property(events, anyRef, (event, ref) => {
        const home = THEROCK;
        const own = publication(
          "therock",
          { event, ref, repository: home, headRepository: home },
          home,
        );
        const decision = decided(event, ref, home);
        assert.equal(decision.publish, own.publish);
        if (!decision.publish || !own.publish) return;
        assert.equal(decision.environment, own.environment);
        assert.equal(decision.apply === "nothing", !own.hasStack);
        assert.ok(deploymentPolicies(["therock"]).has(decision.environment));
      }),
    );
  });

  it("says of each family of the stack whether it is published, and why not", () => {
    const mixed = stack("local", { local: true, families: ["builder", "rock"] });
    const decision = decided("push", "refs/heads/stage/docker/x", PYTORCH, [mixed]);
    assert.equal(summary(decision), "local stage/docker/x docker-stage nothing");
    assert.deepEqual(
      decision.families.map(({ family, publish }) => [family, publish]),
      [
        ["builder", false],
        ["rock", true],
      ],
    );
    assert.match(
      decisionText({ event: "push", ref: "r", repository: PYTORCH }, decision, []),
      /builder: refs\/heads\/stage\/docker\/x is none of/,
    );
  });

  it("is a fault where a channel that publishes has no stack, with the command that makes one", () => {
    assert.throws(() => decided("push", "refs/heads/release/2.11"), {
      name: "UserError",
      message:
        /channel release\/2\.11; make it, and commit its file: slipway channel create release\/2\.11/,
    });
    assert.throws(
      () => decided("push", "refs/tags/v2.11.0-rc1"),
      /slipway channel create release\/2\.11/,
    );
  });

  it("is a fault where two stacks are of the channel", () => {
    const other = stack("other");
    assert.throws(
      () => decided("push", "refs/heads/main", PYTORCH, [main, other]),
      /several stacks are of pytorch\/pytorch, channel main: main, other/,
    );
  });

  it("is a fault where GitHub's variables are missing, each of which is named", () => {
    assert.throws(() => decidedRun({ GITHUB_REF: "" }), {
      name: "ProblemsError",
      message:
        /GITHUB_EVENT_NAME: not set.*\n.*GITHUB_REF: not set.*\n.*GITHUB_REPOSITORY: not set/,
    });
    const GITHUB_REF = "refs/heads/main";
    assert.deepEqual(
      decidedRun({ GITHUB_EVENT_NAME: "push", GITHUB_REF, GITHUB_REPOSITORY: PYTORCH }),
      { event: "push", ref: GITHUB_REF, repository: PYTORCH },
    );
  });

  it("is a fault where GitHub's variables are none that GitHub writes, each of which is named", () => {
    const malformed = {
      ...{ GITHUB_EVENT_NAME: "nonsense", GITHUB_REF: "main", GITHUB_REPOSITORY: "none" },
    };
    assert.throws(() => decidedRun(malformed), {
      name: "ProblemsError",
      message: new RegExp(
        'GITHUB_EVENT_NAME: "nonsense" is no event that starts a workflow.*\n' +
          '.*GITHUB_REF: "main" is not a ref in full; write e\\.g\\. "refs/heads/main".*\n' +
          '.*GITHUB_REPOSITORY: "none" is not owner/name; write e\\.g\\. pytorch/pytorch$',
      ),
    });
    for (const GITHUB_REF of ["refs/pull/7/merge", "refs/tags/v2.10.0", "refs/heads/a/é"]) {
      const run = { GITHUB_EVENT_NAME: "schedule", GITHUB_REF, GITHUB_REPOSITORY: THEROCK };
      assert.equal(decidedRun(run).ref, GITHUB_REF);
    }
  });
});

describe("what a run hands to its jobs", () => {
  const labels = ["builder/cpu", "ci/a", "ci/b", "rock"];

  it("excludes from the matrix what is there, and what the run does not publish", () => {
    const images = [
      { image: "builder/cpu", build: true, reason: "no name" },
      { image: "ci/a", build: false, reason: "there" },
      { image: "ci/b", build: true, reason: "no name" },
    ];
    assert.deepEqual(outputsOf(decided("push", "refs/heads/main"), images, labels), {
      ...{ publish: "true", stack: "main", environment: "docker-build", apply: "foundation" },
      ...{ missing: "true", present: '[{"image":"ci/a"},{"image":"rock"}]' },
    });
  });

  it("is no job where all is there", () => {
    const images = [{ image: "builder/cpu", build: false, reason: "there" }];
    const { missing, present } = outputsOf(decided("push", "refs/heads/main"), images, labels);
    assert.equal(missing, "false");
    assert.equal((JSON.parse(present ?? "") as unknown[]).length, labels.length);
  });

  it("is nothing where nothing is published", () => {
    assert.deepEqual(outputsOf(decided("schedule", "refs/heads/main"), [], labels), {
      ...{ publish: "false", stack: "", environment: "", apply: "nothing" },
      ...{ missing: "false", present: "[]" },
    });
  });

  it("is read from the file as it was written, each value under an end of its own", () => {
    const text = outputLines({ stack: "main", present: '[{"image":"a<<b"}]', empty: "" });
    const ends = [...text.matchAll(/^\w+<<(.+)$/gm)].map(([, end]) => end);
    assert.equal(new Set(ends).size, 3);
    assert.equal(
      text,
      `stack<<${ends[0]}\nmain\n${ends[0]}\npresent<<${ends[1]}\n[{"image":"a<<b"}]\n${ends[1]}\nempty<<${ends[2]}\n\n${ends[2]}\n`,
    );
  });

  it("holds no line break, by which a value could begin another output", () => {
    for (const value of ["a\nstack<<x", "a\r", "\r\n"]) {
      assert.throws(() => outputLines({ stack: value }), /output stack holds a line break/);
    }
  });
});
