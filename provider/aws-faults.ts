import { UserError } from "../rules/problems.ts";

/**
 * An error of AWS, or of the way to it, as a user's; others as they are. Its `cause` is AWS's own.
 * @param where what was asked about: `pytorch/ci-image on ECR (account 308535385114, us-east-1)`
 */
export function explainAwsFault(error: unknown, where: string): unknown {
  if (!(error instanceof Error)) return error;
  const is = (...names: readonly string[]) => names.includes(error.name);
  const isOfTheWay = "code" in error || is("TimeoutError");
  if (!("$fault" in error) && !is("CredentialsProviderError") && !isOfTheWay) return error;
  const advice = is("CredentialsProviderError")
    ? "log in to AWS on this machine"
    : is("AccessDeniedException")
      ? "docs/roles.md says which rights a deploy takes"
      : "check it and run again";
  // What follows the first line may quote the request, with its session token.
  const [said = ""] = error.message.split("\n", 1);
  return new UserError(`${where}: ${error.name}: ${said}; ${advice}`, { cause: error });
}
