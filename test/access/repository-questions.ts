import { type IamStatement, readIamPolicy } from "../../rules/iam-document.ts";
import { coversAction } from "../../rules/iam-evaluation.ts";
import { AWS_ACTIONS } from "../rules/support/roles-example.ts";
import { PULL } from "./rights.ts";

/** Who asks for something of a repository. */
interface Caller {
  readonly kind: IamStatement["principals"][number]["kind"];
  /** ARN, or name of a service. */
  readonly value: string;
}

const ON_REPOSITORIES = [...AWS_ACTIONS]
  .filter(([action, { resources }]) => action.startsWith("ecr:") && resources.length > 0)
  .map(([action]) => action);
const STRANGERS: readonly Caller[] = [
  { kind: "AWS", value: "arn:aws:iam::111122223333:root" },
  { kind: "AWS", value: "arn:aws:iam::111122223333:role/somebody" },
  { kind: "Federated", value: "accounts.google.com" },
  {
    kind: "Federated",
    value: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
  },
  { kind: "Service", value: "ec2.amazonaws.com" },
];

/**
 * Every request on a repository that its policy answers in another way than it must, in words.
 * @param accountIds of those that may pull
 */
export function repositoryFaults(
  document: unknown,
  accountIds: readonly string[],
): readonly string[] {
  const read = readIamPolicy(document);
  // ECR refuses what cannot be read.
  if ("problems" in read) return read.problems.map(({ message }) => message);
  const { statements } = read.policy;
  const says = (effect: IamStatement["effect"], caller: Caller, action: string) =>
    statements.some(
      (one) =>
        one.effect === effect &&
        one.conditions.length === 0 &&
        one.principals.some((principal) => isAbout(principal, caller)) &&
        coversAction(one, action),
    );
  const ask = (caller: Caller, isNamed: boolean): readonly string[] =>
    ON_REPOSITORIES.filter((action) => {
      const allowed = says("Allow", caller, action) && !says("Deny", caller, action);
      return allowed !== (isNamed && PULL.includes(action));
    }).map((action) => `${caller.value}: ${action}`);
  return [
    ...accountIds.flatMap((id) =>
      ["root", "role/puller"].flatMap((end) =>
        ask({ kind: "AWS", value: `arn:aws:iam::${id}:${end}` }, true),
      ),
    ),
    ...STRANGERS.flatMap((caller) => ask(caller, false)),
  ];
}

/**
 * Whether a principal of a policy stands for a caller; an account's root stands for all who are in it.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
function isAbout({ kind, value }: Caller, caller: Caller): boolean {
  if (kind !== caller.kind) return kind === "AWS" && value === "*";
  return value === "*" || value === caller.value || value === accountOf(caller.value);
}

function accountOf(arn: string): string {
  return arn.replace(/:[^:]*$/, ":root");
}
