import { MAIN_BRANCH, type Scheme } from "./names.ts";
import { covers } from "./ref-cover.ts";
import type { RefPattern } from "./refs.ts";
import type { Grant } from "./trust-policy.ts";

/** A ruleset of the repository: what nobody may do to some refs, and who may all the same. */
export interface DeclaredRuleset {
  /** Its name on GitHub, and the end of its resource's name. */
  readonly name: string;
  readonly kind: RefPattern["kind"];
  /** Patterns of names below `refs/heads/` or `refs/tags/`, in the language of deployment policies. */
  readonly patterns: readonly string[];
  /** Whether it keeps everybody but the creators from making and moving such refs; it always keeps from deleting and forcing. */
  readonly restricted: boolean;
}

/** A use that is only as safe as who may create a ref. */
export interface RefUse {
  /** `environment docker-build`, `role gha_push` */
  readonly by: string;
  readonly ref: RefPattern;
}

/** Refs that publish or that a role trusts, and that a ruleset must be behind. */
const PROTECTED: Readonly<Record<Scheme, readonly Omit<DeclaredRuleset, "restricted">[]>> = {
  pytorch: [
    { name: "release-branches", kind: "branch", patterns: ["release/**/*"] },
    // A pattern of a trust lets `*` reach over a slash, as no pattern of a ruleset does.
    { name: "version-tags", kind: "tag", patterns: ["v*", "v*/**/*"] },
  ],
  therock: [{ name: "stage-branches", kind: "branch", patterns: ["stage/docker/**/*"] }],
};

/**
 * The rulesets of a repository that families of some schemes publish from: nobody but the creators makes, moves or deletes
 * the refs that publish, and nobody deletes main or rewrites it.
 *
 * `**` before a slash stands for folders of any number, at the end of a pattern it is no more than `*`.
 * @param creators slugs of teams; without one there is no ruleset
 * @see https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository#using-fnmatch-syntax
 */
export function declaredRulesets(
  schemes: Iterable<Scheme>,
  creators: readonly string[],
): readonly DeclaredRuleset[] {
  if (creators.length === 0) return [];
  const restricted = [...new Set(schemes)].flatMap((scheme) => PROTECTED[scheme]);
  return [
    { name: MAIN_BRANCH, kind: "branch", patterns: [MAIN_BRANCH], restricted: false },
    ...restricted.map((ruleset) => ({ ...ruleset, restricted: true })),
  ];
}

/** What {@link unprotectedRefs} judges. */
export interface RefUses {
  readonly rulesets: readonly Pick<DeclaredRuleset, "kind" | "patterns" | "restricted">[];
  readonly environments: readonly {
    readonly name: string;
    readonly policies: readonly RefPattern[];
    readonly holdsSecrets: boolean;
  }[];
  /** What AWS trusts. */
  readonly roles: readonly { readonly roleName: string; readonly grants: readonly Grant[] }[];
}

/**
 * The patterns that something of worth rests on with no ruleset behind them: those of environments that hold a secret or are
 * in a trust, and the branches and tags that a trust names.
 *
 * A pattern of many refs needs a ruleset that keeps others from creating them. One branch by its name is there already: it
 * must be kept from being deleted and made anew.
 */
export function unprotectedRefs({ rulesets, environments, roles }: RefUses): readonly RefUse[] {
  return refUses({ environments, roles })
    .filter(({ holdsSecrets, trusted }) => holdsSecrets || trusted)
    .map(({ by, ref }) => ({ by, ref }))
    .filter(({ ref }) => behind(ref, rulesets) === undefined);
}

/** The ruleset that every ref of a pattern is under. */
export function behind<Ruleset extends RefUses["rulesets"][number]>(
  ref: RefPattern,
  rulesets: readonly Ruleset[],
): Ruleset | undefined {
  const isOne = ref.kind === "branch" && !/[*?[\\]/.test(ref.pattern);
  return rulesets.find(
    ({ kind, patterns, restricted }) =>
      (restricted || isOne) && patterns.some((pattern) => covers({ kind, pattern }, ref)),
  );
}

/** A use with why it is one of worth. */
export interface RatedRefUse extends RefUse {
  readonly holdsSecrets: boolean;
  readonly trusted: boolean;
}

/** Every pattern that an environment or a trust rests on. */
export function refUses({
  environments,
  roles,
}: Omit<RefUses, "rulesets">): readonly RatedRefUse[] {
  const grants = roles.flatMap((role) => role.grants.map((grant) => ({ ...role, grant })));
  const trusted = new Set(
    grants.flatMap(({ grant }) => ("environment" in grant ? [grant.environment] : [])),
  );
  return [
    ...environments.flatMap(({ name, policies, holdsSecrets }) =>
      policies.map((ref) => ({
        by: `environment ${name}`,
        ref,
        holdsSecrets,
        trusted: trusted.has(name),
      })),
    ),
    ...grants.flatMap(({ roleName, grant }) =>
      patternsOf(grant).map((ref) => ({
        by: `role ${roleName}`,
        ref,
        holdsSecrets: false,
        trusted: true,
      })),
    ),
  ];
}

/** The refs of a grant in the language of rulesets; what begins alike, where a trust's pattern says more than that. */
function patternsOf(grant: Grant): readonly RefPattern[] {
  if ("environment" in grant) return [];
  if ("branch" in grant) return [{ kind: "branch", pattern: grant.branch }];
  const wildcard = grant.tag.search(/[*?]/);
  if (wildcard === -1) return [{ kind: "tag", pattern: grant.tag }];
  const begin = grant.tag.slice(0, wildcard);
  return [`${begin}*`, `${begin}*/**/*`].map((pattern) => ({ kind: "tag", pattern }));
}
