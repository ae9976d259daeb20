import { getTeamOutput } from "@pulumi/github/getTeam.js";
import { RepositoryRuleset } from "@pulumi/github/repositoryRuleset.js";
import * as pulumi from "@pulumi/pulumi";
import { type Problem, ProblemsError } from "../rules/problems.ts";
import type { DeclaredRuleset } from "../rules/rulesets.ts";

export interface RefRulesetsArgs {
  /** Name of the repository without its owner. */
  readonly repository: string;
  readonly rulesets: readonly DeclaredRuleset[];
  /** Slugs of the teams, of the repository's owner, that restricted refs are left to. */
  readonly creators: readonly string[];
}

/**
 * The rulesets of a repository: which refs only certain teams may create, move and delete.
 *
 * An environment's deployment policy, and an AWS trust, admit refs by their names alone, and who may push may name a
 * branch as they like: without these, every writer is a release manager.
 *
 * @example
 * new RefRulesets("rulesets", {
 *   repository: "pytorch",
 *   rulesets: declaredRulesets(["pytorch"], ["release-managers"]),
 *   creators: ["release-managers"],
 * });
 * @see https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets
 */
export class RefRulesets extends pulumi.ComponentResource {
  /** By name. */
  readonly rulesets: ReadonlyMap<string, RepositoryRuleset>;

  /** @throws ProblemsError when refs are restricted to nobody. */
  constructor(name: string, args: RefRulesetsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const { repository, rulesets, creators } = args;
    const problems = creatorProblems(args);
    if (problems.length > 0) throw new ProblemsError(`rulesets of ${repository}`, problems);
    super("slipway:index:RefRulesets", name, {}, opts);
    const bypassActors = creators.map((slug) => ({
      actorId: teamId(slug, this),
      actorType: "Team",
      bypassMode: "always",
    }));
    this.rulesets = new Map(
      rulesets.map((ruleset) => [
        ruleset.name,
        new RepositoryRuleset(
          `${name}-${ruleset.name}`,
          {
            repository,
            name: `slipway: ${ruleset.name}`,
            target: ruleset.kind,
            enforcement: "active",
            conditions: {
              refName: {
                includes: ruleset.patterns.map((pattern) => `${FOLDERS[ruleset.kind]}${pattern}`),
                excludes: [],
              },
            },
            // No bypass where nothing is restricted to somebody: nobody rewrites main.
            bypassActors: ruleset.restricted ? bypassActors : [],
            rules: {
              creation: ruleset.restricted,
              update: ruleset.restricted,
              deletion: true,
              nonFastForward: true,
            },
          },
          { parent: this },
        ),
      ]),
    );
    this.registerOutputs({ rulesets: [...this.rulesets.keys()] });
  }
}

const FOLDERS = { branch: "refs/heads/", tag: "refs/tags/" } as const;

function creatorProblems({ rulesets, creators }: RefRulesetsArgs): readonly Problem[] {
  if (creators.length > 0 || !rulesets.some(({ restricted }) => restricted)) return [];
  const message = "empty: nobody could create such a ref; name the slug of a team";
  return [{ path: "creators", message }];
}

/** The number by which a ruleset names a team; unknown in a plan, which asks nobody. */
function teamId(slug: string, parent: pulumi.Resource): pulumi.Output<number> {
  return getTeamOutput({ slug, summaryOnly: true }, { parent }).apply(({ id }) => Number(id));
}
