import { dirname, delimiter } from "node:path";
import { execa } from "execa";
import { loadProject } from "../engine/project.ts";
import { UserError } from "../rules/problems.ts";

/** Whether the Pulumi CLI answers on this machine. */
export async function hasPulumi(): Promise<boolean> {
  const { failed } = await execa("pulumi", ["version"], { reject: false, stdin: "ignore" });
  return !failed;
}

/** Where the Pulumi CLI keeps a stack's state. */
export interface PulumiBackend {
  /** `s3://example-state/slipway?region=us-east-1`; absent where the variable or `pulumi login` says it. */
  readonly url?: string;
  /** The same for people. A URL that somebody else set may hold a password, and is not in it. */
  readonly told: string;
}

/** What of a stack's configuration its backend follows from, by full key. */
type BackendConfig = Readonly<Record<string, string>>;

/**
 * The backend of a stack: what PULUMI_BACKEND_URL says, else `slipway:stateBucket` in the stack's region, else what
 * `pulumi login` left. The state of a stack of the local cloud is nowhere but on this machine.
 * @see https://www.pulumi.com/docs/iac/concepts/state-and-backends/#aws-s3
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/backend.go for the path, which is a folder in the bucket
 */
export function pulumiBackend(
  config: BackendConfig,
  environment: Readonly<Record<string, string | undefined>>,
): PulumiBackend {
  if ((environment["PULUMI_BACKEND_URL"] ?? "") !== "") {
    return { told: "state where PULUMI_BACKEND_URL says" };
  }
  const place = config["slipway:local"] === "true" ? "" : (config["slipway:stateBucket"] ?? "");
  if (place === "") return { told: "state where pulumi login says" };
  const region = config["slipway:awsRegion"] ?? "";
  const query = region === "" ? "" : `?region=${encodeURIComponent(region)}`;
  const url = `s3://${place}${query}`;
  return { url, told: `state in ${url}` };
}

/** The backend of a stack, by its file and this process's environment. */
export async function pulumiBackendOf(root: string, stack: string): Promise<PulumiBackend> {
  return pulumiBackend((await loadProject(root, stack)).config, process.env);
}

/** A secret that is not declared is empty in a workflow, which the CLI would take for a passphrase or token of no letters. */
const EMPTY_IS_NONE = ["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"];

/** What the Pulumi CLI needs in its environment, beside what this process has; undefined is taken out. */
export function pulumiEnvironment({
  url,
}: PulumiBackend): Readonly<Record<string, string | undefined>> {
  const empty = EMPTY_IS_NONE.filter((name) => process.env[name] === "");
  return {
    ...Object.fromEntries(empty.map((name) => [name, undefined])),
    // Its Node program starts with the Node that runs this process, which strips types; the CLI would take the first on PATH.
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    ...(url !== undefined && { PULUMI_BACKEND_URL: url }),
  };
}

/** Runs the Pulumi CLI in the project's folder and passes its output, prompts and exit code through. */
export async function runPulumi(
  root: string,
  args: readonly string[],
  backend: PulumiBackend,
): Promise<number> {
  const { exitCode, failed, code } = await execa("pulumi", args, {
    cwd: root,
    stdio: "inherit",
    reject: false,
    env: pulumiEnvironment(backend),
  });
  if (code === "ENOENT") throw new UserError(MISSING);
  return exitCode ?? (failed ? 1 : 0);
}

/** What is missing and how to get it. */
export const MISSING =
  "the Pulumi CLI was not found on PATH; install it with its own installer (https://www.pulumi.com/docs/install/) and log in to a state backend with `pulumi login`";

/** What `slipway` operations are in the CLI's own words. */
export type PulumiOperation = "up" | "preview" | "refresh" | "destroy";

/**
 * Arguments of the CLI for an operation; a failed image does not stop the others.
 *
 * What is excluded is named one by one: with `--exclude-dependents` the CLI deletes nothing that is no longer declared.
 * With `--run-program` it may be something that is not there yet.
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step_generator.go getExcludeDependencies
 */
export function pulumiArguments(
  operation: PulumiOperation,
  options: {
    stack: string;
    yes?: boolean;
    json?: boolean;
    refresh?: boolean;
    expectNoChanges?: boolean;
    /** URNs of what `up` and `preview` leave as it is. */
    exclude?: readonly string[];
  },
): string[] {
  const args = [operation, "--stack", options.stack];
  if (operation === "up" || operation === "preview") {
    if (options.refresh !== false) args.push("--refresh", "--run-program");
  } else {
    args.push("--run-program");
  }
  if (operation === "up" || operation === "destroy") args.push("--continue-on-error");
  if (options.expectNoChanges === true && operation === "preview") {
    args.push("--expect-no-changes");
  }
  if (operation === "up" || operation === "preview") {
    args.push(...(options.exclude ?? []).flatMap((urn) => ["--exclude", urn]));
  }
  if (options.yes === true && operation !== "preview") args.push("--yes");
  if (options.json === true) args.push("--json");
  return args;
}
