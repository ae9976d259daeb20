import { join } from "node:path";
import type { EngineEvent, Operation, RunResult, StackOutputs } from "../engine/events.ts";
import type { Registration } from "../engine/monitor.ts";
import type { Packages } from "../engine/providers.ts";
import { loadProject, type Project } from "../engine/project.ts";
import { readOutputs, runStack } from "../engine/run.ts";
import { builderAddresses } from "../rules/builder-name.ts";
import { readConfiguration } from "../rules/configuration.ts";
import { UserError } from "../rules/problems.ts";
import { readLocalCloud } from "./local-cloud.ts";
import { unprotectHint } from "./unprotect-hint.ts";
import { assertBegun } from "./user-fault.ts";
import { instanceFolder, PROJECT_ROOT } from "./project-root.ts";

/** Where the embedded engine keeps what it knows of a stack. */
export function stateFile(stack: string): string {
  return join(instanceFolder(), "state", `${stack}.json`);
}

/**
 * Runs the program under the embedded engine. All but a plan apply to the local cloud only: elsewhere the state has to be
 * shared and backed up, which is what Pulumi's own engine is for.
 */
export async function runEmbedded(
  stack: string,
  operation: Operation,
  options: {
    readonly refresh?: boolean;
    /** URNs of what `preview` and `up` leave as it is. */
    readonly exclude?: readonly string[];
    readonly onEvent?: (event: EngineEvent) => void;
    readonly onBuildProgress?: (line: string) => void;
    readonly onDeclared?: (declared: Registration) => void;
  } = {},
): Promise<RunResult> {
  const project = await loadProject(PROJECT_ROOT, stack);
  if (operation !== "plan" && project.config["slipway:local"] !== "true") {
    throw new UserError(
      `stack ${stack} is not one of the local cloud (slipway:local is not true), and the embedded engine applies to nothing else: ` +
        `use --engine pulumi, or "slipway plan --stack ${stack}" for what it declares`,
    );
  }
  const result = await runStack({
    project,
    operation,
    program: () => import("../index.ts"),
    packages: operation === "plan" ? {} : await localPackages(project, options.onBuildProgress),
    stateFile: stateFile(stack),
    unprotectHint: unprotectHint(stack),
    ...(options.refresh !== undefined && { refresh: options.refresh }),
    ...(options.exclude !== undefined && { exclude: options.exclude }),
    ...(options.onEvent !== undefined && { onEvent: options.onEvent }),
    ...(options.onDeclared !== undefined && { onDeclared: options.onDeclared }),
  });
  assertBegun(result);
  return result;
}

/** Outputs of the last `up`, undefined when there was none. */
export async function readEmbeddedOutputs(stack: string): Promise<StackOutputs | undefined> {
  return readOutputs(stateFile(stack));
}

/** The providers of the local cloud; each is loaded when the program first asks for it. */
async function localPackages(
  { config: values }: Pick<Project, "config">,
  onBuildProgress?: (line: string) => void,
): Promise<Packages> {
  const cloud = await readLocalCloud();
  // What is wrong with a configuration is the program's to say.
  const read = readConfiguration(values);
  const builders = "configuration" in read ? builderAddresses(read.configuration.builders) : {};
  return {
    aws: async (config) => (await import("../local/providers/aws.ts")).awsProvider(config),
    github: async (config) => (await import("../local/providers/github.ts")).githubProvider(config),
    "docker-build": async (config) =>
      (await import("../local/providers/docker-build.ts")).dockerBuildProvider(
        { ...config, buildkitHost: cloud.buildkit.address, builders },
        { projectFolder: PROJECT_ROOT, ...(onBuildProgress && { onProgress: onBuildProgress }) },
      ),
    slipway: async () => (await import("../provider/slipway.ts")).slipwayProvider(),
  };
}
