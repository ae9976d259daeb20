import { readIamPolicy } from "../../rules/iam-document.ts";
import { ASSUME_BY_TOKEN, coversAction, evaluate } from "../../rules/iam-evaluation.ts";
import { findHoles } from "../../rules/trust-check.ts";
import { grantWords } from "../../rules/trust-grants.ts";
import { grantedJob } from "../../rules/trust-jobs.ts";
import type { MatrixSetting } from "../../rules/trust-matrix.ts";
import type { TrustArgs } from "../../rules/trust-policy.ts";
import { trustTable } from "../../rules/trust-table.ts";
import { AWS_ACTIONS } from "../rules/support/roles-example.ts";
import { contextOf, TOKEN_FORMS, tokenOf } from "../../rules/trust-tokens.ts";

/** A trust document as a role has it. */
export interface DeployedTrust {
  readonly provider: string;
  readonly trust: TrustArgs;
  readonly setting: MatrixSetting;
}

/**
 * What a trust document does besides what its grants say, by the questions that the tests ask: the truth table, the check of
 * anybody's trust, other actions and other providers. Empty for one that is as it should be.
 */
export function trustFaults(document: unknown, deployed: DeployedTrust): readonly string[] {
  const read = readIamPolicy(document);
  // AWS refuses what cannot be read, so that a role that has it cannot be made.
  if ("problems" in read) return read.problems.map(({ message }) => message);
  const { policy } = read;
  const { provider, trust, setting } = deployed;
  const wrong = trustTable(policy, provider, trust, setting).filter(({ subjects }) =>
    Object.values(subjects).some((one) => one.wrong),
  );
  const { owner, name } = trust.repository;
  const others = [
    provider.replace(/\d{12}/, "111122223333"),
    provider.replace(/\/.*/, "/gitlab.com"),
    "accounts.google.com",
  ];
  const granted = trust.grants.flatMap((grant) =>
    TOKEN_FORMS.map((form) => ({
      words: grantWords(grant),
      context: contextOf(tokenOf(grantedJob(trust.repository, grant), form)),
    })),
  );
  const passing = granted.flatMap(({ words, context }) => [
    ...[...AWS_ACTIONS.keys()]
      .filter((action) => policy.statements.some((one) => coversAction(one, action)))
      .filter((action) => action !== ASSUME_BY_TOKEN)
      .filter((action) => evaluate(policy, { provider, action, context }).allowed)
      .map((action) => `${words}: ${action}`),
    ...others
      .filter(
        (other) => evaluate(policy, { provider: other, action: ASSUME_BY_TOKEN, context }).allowed,
      )
      .map((other) => `${words}: by ${other}`),
  ]);
  return [
    ...wrong.map(({ token }) => token),
    ...findHoles(policy, [{ owner, name }]).map(({ what }) => what),
    ...passing,
  ];
}
