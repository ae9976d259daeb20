import { join } from "node:path";
import { type Catalog, type Family, readCatalog } from "../catalog.ts";
import { readStackFiles } from "../context/stack-files.ts";
import { loadProject } from "../engine/project.ts";
import { checkedConfiguration } from "../rules/configuration-faults.ts";
import type { Configuration } from "../rules/configuration.ts";
import { ProblemsError } from "../rules/problems.ts";
import { PROJECT_ROOT } from "./project-root.ts";

/** What a stack's file says, beside the catalogue. */
export interface StackConfiguration {
  readonly configuration: Configuration;
  /** Every family of the project, those of other stacks too. */
  readonly catalog: Catalog;
  /** The stack's own families, in the order of its configuration. */
  readonly families: readonly Family[];
}

/**
 * Reads the file of a stack, as the program does; asks nobody, and no secret is decrypted.
 * @throws ProblemsError that lists every fault of the configuration at once
 */
export async function stackConfiguration(stack: string): Promise<StackConfiguration> {
  const [{ config }, catalog] = await Promise.all([
    loadProject(PROJECT_ROOT, stack),
    readCatalog(join(PROJECT_ROOT, "images")),
  ]);
  const file = `Pulumi.${stack}.yaml`;
  const setting = { stack, catalog, stacks: readStackFiles(PROJECT_ROOT), dryRun: true };
  const { configuration, problems } = checkedConfiguration(config, setting);
  if (configuration === undefined || problems.length > 0) throw new ProblemsError(file, problems);
  const families = configuration.families.flatMap((name) => catalog.get(name) ?? []);
  return { configuration, catalog, families };
}
