import type { Scheme } from "./names.ts";

/** A pattern over branches or tags in the language of GitHub's deployment policies. */
export interface RefPattern {
  readonly kind: "branch" | "tag";
  /** Ruby's `File.fnmatch` with FNM_PATHNAME: `*` stops at `/`. */
  readonly pattern: string;
}

/** The GitHub environment that every publication of a channel runs in. */
export const PUBLISHING_ENVIRONMENT = "docker-build";

/** The branch whose channel is called `main`, and where workflows of the foundation run. */
export const MAIN_BRANCH = "main";

/**
 * The refs that publish. A tag `v*-rc*` admits more than `vX.Y.Z-rcN`, which fnmatch cannot say; one level of
 * `release/` only, so that `release-foo` and `release/2.10/foo` stay out.
 */
const PUBLISHING_REFS: Readonly<Record<Scheme, readonly RefPattern[]>> = {
  pytorch: [
    { kind: "branch", pattern: MAIN_BRANCH },
    { kind: "branch", pattern: "release/*" },
    { kind: "tag", pattern: "v*-rc*" },
  ],
  therock: [{ kind: "branch", pattern: MAIN_BRANCH }],
};

/**
 * The refs that may enter {@link PUBLISHING_ENVIRONMENT}: those that publish in any of the schemes, each once.
 * @see https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
 */
export function deploymentPolicies(schemes: Iterable<Scheme>): readonly RefPattern[] {
  const policies = new Map<string, RefPattern>();
  for (const scheme of schemes) {
    for (const ref of PUBLISHING_REFS[scheme]) policies.set(`${ref.kind} ${ref.pattern}`, ref);
  }
  return [...policies.values()];
}
