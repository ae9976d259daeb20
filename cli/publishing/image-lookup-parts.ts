import { RegistryFault } from "../../oci/faults.ts";
import { COMMIT } from "../../rules/image-list.ts";
import { refProblem } from "../../rules/git-ref.ts";
import { UserError } from "../../rules/problems.ts";
import { publication } from "../../rules/refs.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import type { Stack } from "../stack.ts";
import { Checkout } from "./checkout.ts";
import type { WaitParts } from "./image-lookup-wait.ts";
import type { LookedUpImage } from "./image-lookup.ts";
import { Trouble, WorkflowRuns } from "./workflow-runs.ts";

type Environment = Readonly<Record<string, string | undefined>>;

type LookUp = WaitParts["lookUp"];

/**
 * What a wait for an image asks of GitHub: runs of the commit.
 * @param given the commit; the checked-out one without it
 * @throws UserError when there is no commit whose run could make it
 */
export async function waitParts(
  stack: Stack,
  image: LookedUpImage,
  given: string | undefined,
  environment: Environment,
): Promise<Pick<WaitParts, "runs" | "refusal"> & { readonly commit: string }> {
  const { configuration, cloud } = stack;
  const { owner, repository } = configuration;
  const commit = await commitOf(image, given);
  const runs = new WorkflowRuns({
    endpoint:
      cloud?.github.endpoint ?? told(environment["GITHUB_API_URL"]) ?? "https://api.github.com",
    token: cloud?.github.token ?? told(environment["GITHUB_TOKEN"]),
    ...{ owner, repository },
  });
  return {
    commit,
    refusal: refusalOf(image, `${owner}/${repository}`, environment),
    runs: () => runs.ofCommit(commit),
  };
}

/** A look-up whose trouble with its registry is a {@link Trouble} where it may be gone minutes later. */
export function patient(lookUp: LookUp): LookUp {
  return async () => {
    try {
      return await lookUp();
    } catch (error) {
      throw isPassing(error) ? new Trouble(error.message) : error;
    }
  };
}

/** A workflow that hands on a variable that nobody set makes it empty. */
function told(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

/** Whether a registry was asked as often as it makes sense within seconds: minutes later it may answer. */
function isPassing(error: unknown): error is UserError {
  const isFinal = error instanceof RegistryFault || !(error instanceof UserError);
  return !isFinal && error.cause instanceof UserError;
}

async function commitOf({ family, build }: LookedUpImage, given?: string): Promise<string> {
  if (given !== undefined) {
    if (COMMIT.test(given)) return given;
    throw new UserError(
      `--commit: ${JSON.stringify(given)} is not a whole commit; write the 40 hex digits of git rev-parse HEAD`,
    );
  }
  const checkout = await Checkout.open(PROJECT_ROOT);
  if (checkout === undefined) {
    throw new UserError(
      "--wait: the project's folder is no git checkout that tells whose run to wait for; write --commit and the commit",
    );
  }
  const changes = await checkout.changes(`images/${family.name}`);
  if (changes.length === 0) return checkout.head;
  throw new UserError(
    `--wait: ${changes.slice(0, 5).join(", ")}${changes.length > 5 ? " and more" : ""}: not as committed, so that no run of a commit builds it; ` +
      `commit and push, or build it: ${build}`,
  );
}

/**
 * Why the ref of this GitHub Actions run publishes nothing of the family, whatever started the run; undefined when it
 * may, and elsewhere, where only git's branches are known.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
function refusalOf(
  { family }: LookedUpImage,
  home: string,
  environment: Environment,
): string | undefined {
  const ref = environment["GITHUB_REF"] ?? "";
  if (environment["GITHUB_ACTIONS"] !== "true" || refProblem(ref) !== undefined) return undefined;
  const repository = environment["GITHUB_REPOSITORY"] ?? home;
  const run = { ref, repository, headRepository: repository };
  const [pushed, dispatched] = ["push", "workflow_dispatch"].map((event) =>
    publication(family.scheme, { ...run, event }, home),
  );
  return pushed?.publish || dispatched?.publish ? undefined : pushed?.reason;
}
