// Does not prove what GitHub makes of the rulesets.
import assert from "node:assert/strict";
import { RefRulesets, type RefRulesetsArgs } from "../../components/ref-rulesets.ts";
import { declaredRulesets } from "../../rules/rulesets.ts";
import { runInEngine } from "../support/engine.ts";

const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";
const creators = ["release-managers", "bots"];
const args: RefRulesetsArgs = {
  repository: "pytorch",
  rulesets: declaredRulesets(["pytorch"], creators),
  creators,
};
const functions = {
  "github:index/getTeam:getTeam": ({ slug }: Readonly<Record<string, unknown>>) => ({
    id: slug === "bots" ? "12" : "11",
  }),
};
const inputsOf = (run: Awaited<ReturnType<typeof runInEngine>>, name: string) =>
  run.resources.find((one) => one.type === ruleset && one.name === name)?.inputs;

describe("RefRulesets", () => {
  it("restricts the refs that publish to the teams, by their numbers", async () => {
    const run = await runInEngine(() => new RefRulesets("rulesets", args), { functions });
    assert.deepEqual(inputsOf(run, "rulesets-version-tags"), {
      repository: "pytorch",
      name: "slipway: version-tags",
      target: "tag",
      enforcement: "active",
      conditions: { refName: { includes: ["refs/tags/v*", "refs/tags/v*/**/*"], excludes: [] } },
      bypassActors: [
        { actorId: 11, actorType: "Team", bypassMode: "always" },
        { actorId: 12, actorType: "Team", bypassMode: "always" },
      ],
      rules: { creation: true, update: true, deletion: true, nonFastForward: true },
    });
  });

  it("lets nobody delete or rewrite main, and everybody push to it", async () => {
    const run = await runInEngine(() => new RefRulesets("rulesets", args), { functions });
    const main = inputsOf(run, "rulesets-main");
    assert.deepEqual(main?.["bypassActors"], []);
    assert.deepEqual(main["rules"], {
      creation: false,
      update: false,
      deletion: true,
      nonFastForward: true,
    });
  });

  it("makes nothing of no ruleset", async () => {
    const run = await runInEngine(
      () => new RefRulesets("rulesets", { repository: "pytorch", rulesets: [], creators: [] }),
    );
    assert.deepEqual(run.list(), ["slipway:index:RefRulesets rulesets"]);
  });

  it("refuses to leave refs to nobody", () => {
    assert.throws(() => new RefRulesets("rulesets", { ...args, creators: [] }), {
      message:
        "rulesets of pytorch: 1 problem\n" +
        "  creators: empty: nobody could create such a ref; name the slug of a team",
    });
  });
});
