import { z } from "zod";
import { mapOf } from "./document-problems.ts";
import { form, list, LONGEST, MOST, oneOf, text } from "./preview-report-form.ts";

/** A token that begins or ceases to assume a role: a row of the truth table. */
const TokenAccess = mapOf(
  {
    kind: z.literal("token"),
    change: oneOf(["begins", "ceases"]),
    /** Name of the role. */
    role: text(LONGEST.name),
    /** Whose token it is, in words: `own pull request`. */
    token: text(LONGEST.path),
    /** The claims of one such token, by name (`sub`, `repository_id`, ...). */
    claims: z
      .record(form(/^[a-z_]{1,40}$/, "a claim's name"), text(LONGEST.path), "a map of claims")
      .refine(
        (claims) => Object.keys(claims).length <= MOST.claims,
        `a map of ${MOST.claims} claims`,
      ),
  },
  "a map",
);

/** A statement of a policy that comes or goes. */
const StatementAccess = mapOf(
  {
    kind: z.literal("statement"),
    /** Which policy of the holder. */
    policy: oneOf(["permissions", "boundary", "trust", "repository policy"]),
    /** Name of a role, boundary or repository. */
    holder: text(LONGEST.name),
    /** Whether the policy gains or loses the statement; a gained `Deny` takes something away. */
    change: oneOf(["gains", "loses"]),
    effect: oneOf(["Allow", "Deny"]),
    /** `ecr:PutImage`; `all but` stands before what is meant of all others. */
    actions: list(text(LONGEST.policyText), MOST.policyTexts),
    /** ARNs; none where the policy is on its resource. */
    resources: list(text(LONGEST.policyText), MOST.policyTexts),
    /** `AWS arn:aws:iam::123456789012:root`; none in a policy of permissions. */
    principals: list(text(LONGEST.policyText), MOST.policyTexts),
    /** `StringEquals aws:ResourceTag/slipway:owner pytorch`. */
    conditions: list(text(LONGEST.policyText), MOST.policyTexts),
  },
  "a map",
);

/** Anything else that says who may do what. */
const SettingAccess = mapOf(
  {
    kind: z.literal("setting"),
    /** What it is a setting of. */
    of: oneOf([
      "role",
      "boundary",
      "environment",
      "secret",
      "variable",
      "ruleset",
      "repository",
      "stack",
    ]),
    /** Name of the role, the environment, ...; of a secret `ENVIRONMENT/NAME`. */
    holder: text(LONGEST.name),
    /** In words: `reviewers`, `admits branches`, `longest session in seconds`, `declared`. */
    setting: text(LONGEST.path),
    /** Absent where there was none. */
    old: text(LONGEST.policyText).optional(),
    /** Absent where none is left. */
    new: text(LONGEST.policyText).optional(),
  },
  "a map",
);

/** What begins or ceases to be allowed to whom. */
export const Access = z.discriminatedUnion(
  "kind",
  [TokenAccess, StatementAccess, SettingAccess],
  "an access change of kind token, statement or setting",
);
