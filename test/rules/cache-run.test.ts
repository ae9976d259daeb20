/* Which runs of workflows refresh a runner's images. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type PublishingRunFacts, refreshedChannel } from "../../rules/cache-run.ts";

const OURS = 65_600_975;
const RUN: PublishingRunFacts = {
  id: 12,
  ...{ repositoryId: OURS, headRepository: { id: OURS } },
  ...{ path: ".github/workflows/up.yml", event: "push", status: "completed" },
  ...{ conclusion: "success", headBranch: "main" },
};

/** What is said of the good run after a change. */
function problem(change: Partial<PublishingRunFacts>): string {
  const judged = refreshedChannel({ ...RUN, ...change }, OURS);
  assert.ok("problem" in judged, JSON.stringify(change));
  return judged.problem;
}

describe("the run that a refresh follows", () => {
  it("is of the channel that it published", () => {
    for (const headBranch of ["main", "release/2.10"]) {
      assert.deepEqual(refreshedChannel({ ...RUN, headBranch }, OURS), { channel: headBranch });
    }
  });

  const refused: Readonly<Record<string, readonly [Partial<PublishingRunFacts>, RegExp]>> = {
    "of another repository": [
      { repositoryId: 7 },
      /is of another repository \(id 7, not 65600975\)/,
    ],
    "of another workflow": [{ path: ".github/workflows/plan.yml" }, /only .*up\.yml publishes/],
    "of a file with that name elsewhere": [{ path: "up.yml" }, /is of "up\.yml"/],
    "of a pull request": [{ event: "pull_request" }, /started by "pull_request"/],
    "that was dispatched": [{ event: "workflow_dispatch" }, /a push alone/],
    "that failed": [{ conclusion: "failure" }, /did not succeed \("failure"\)/],
    "that was cancelled": [{ conclusion: "cancelled" }, /did not succeed \("cancelled"\)/],
    "that is under way": [
      { status: "in_progress", conclusion: undefined },
      /did not succeed \("in_progress"\)/,
    ],
    "whose state GitHub does not tell": [{ status: "unknown" }, /did not succeed/],
    "of a fork's branch main": [{ headRepository: { id: 8 } }, /id 8, not 65600975/],
    "of a fork that is gone": [{ headRepository: undefined }, /one that is gone/],
    "of a branch that is no channel": [
      { headBranch: "users/me" },
      /"users\/me", which is no channel/,
    ],
    "of a tag": [{ headBranch: "v2.10.0-rc1" }, /no channel/],
    "of a branch two levels down": [{ headBranch: "release/2.10/x" }, /no channel/],
    "of a branch with a command in it": [
      { headBranch: "release/$(id)\n" },
      /"release\/\$\(id\)\\n"/,
    ],
    "without a branch": [{ headBranch: undefined }, /is of no branch/],
  };
  for (const [name, [change, message]] of Object.entries(refused)) {
    it(`is none ${name}`, () => {
      assert.match(problem(change), /^run 12 .*Nothing was changed; .*\(--channel\)$/);
      assert.match(problem(change), message);
    });
  }

  it("is refused with all that is wrong with it", () => {
    const said = problem({ event: "schedule", conclusion: "failure", headBranch: "x" });
    for (const part of [/"schedule"/, /"failure"/, /"x"/]) assert.match(said, part);
  });

  it("is taken only where every fact is right", () => {
    const other: { readonly [Fact in keyof PublishingRunFacts]?: fc.Arbitrary<unknown> } = {
      repositoryId: fc.integer(),
      headRepository: fc.option(fc.record({ id: fc.integer() }), { nil: undefined }),
      path: fc.string(),
      event: fc.string(),
      status: fc.string(),
      conclusion: fc.option(fc.string(), { nil: undefined }),
    };
    for (const [fact, values] of Object.entries(other)) {
      fc.assert(
        fc.property(values, (value) => {
          const changed = { ...RUN, [fact]: value };
          fc.pre(JSON.stringify(changed) !== JSON.stringify(RUN));
          assert.ok("problem" in refreshedChannel(changed, OURS), fact);
        }),
      );
    }
  });
});
