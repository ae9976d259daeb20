import { join } from "node:path";
import { type Catalog, type Family, readCatalog } from "../catalog.ts";
import { readStackFiles } from "../context/stack-files.ts";
import { loadProject } from "../engine/project.ts";
import { channelClashes } from "../rules/channel-clash.ts";
import { configurationFaults } from "../rules/configuration-faults.ts";
import { type Configuration, readConfiguration } from "../rules/configuration.ts";
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
  const read = readConfiguration(config);
  if ("problems" in read) throw new ProblemsError(file, read.problems);
  const { configuration } = read;
  const faults = [
    ...configurationFaults(configuration, catalog, true),
    ...channelClashes({ name: stack, ...configuration }, readStackFiles(PROJECT_ROOT)),
  ];
  if (faults.length > 0) throw new ProblemsError(file, faults);
  const families = configuration.families.flatMap((name) => catalog.get(name) ?? []);
  return { configuration, catalog, families };
}
