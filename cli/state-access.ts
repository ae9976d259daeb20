import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Why the Pulumi CLI would find no state in a job of GitHub Actions, which begins on a machine where nobody logged in; it
 * would ask for a login there. Undefined when something says where the state is.
 * @param config of the stack, by full key
 * @see https://www.pulumi.com/docs/iac/concepts/state-and-backends/
 */
export function stateProblem(
  stack: string,
  config: Variables,
  environment: Variables,
  isLoggedIn: boolean = hasPulumiLogin(environment),
): string | undefined {
  if (environment["GITHUB_ACTIONS"] !== "true" || config["slipway:local"] === "true") {
    return undefined;
  }
  const told = [
    config["slipway:stateBucket"],
    environment["PULUMI_ACCESS_TOKEN"],
    environment["PULUMI_BACKEND_URL"],
  ];
  if (isLoggedIn || told.some((value) => (value ?? "") !== "")) return undefined;
  return (
    `nothing tells this job where the state of stack ${stack} is: write slipway:stateBucket in Pulumi.${stack}.yaml (a bucket on S3), ` +
    "or declare the secret PULUMI_ACCESS_TOKEN for the job's environment (Pulumi Cloud), or set PULUMI_BACKEND_URL for the step (anything else); " +
    "see docs/workflows.md, State"
  );
}

/** Whether `pulumi login` left something on this machine. @see https://www.pulumi.com/docs/iac/cli/environment-variables/ for PULUMI_HOME */
function hasPulumiLogin({ PULUMI_HOME = "" }: Variables): boolean {
  const home = PULUMI_HOME === "" ? join(homedir(), ".pulumi") : PULUMI_HOME;
  return existsSync(join(home, "credentials.json"));
}
