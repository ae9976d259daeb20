import { type Catalog, type Family, readCatalog } from "../catalog.ts";
import { loadProject } from "../engine/project.ts";
import { configurationFaults } from "../rules/configuration-faults.ts";
import { readConfiguration } from "../rules/configuration.ts";
import type { Scheme } from "../rules/names.ts";
import { ProblemsError, UserError } from "../rules/problems.ts";
import { unknownFamily } from "../rules/unknown-family.ts";
import { PROJECT_ROOT } from "./project-root.ts";

/** What a user says of the family that is meant. */
export interface FamilyChoice {
  readonly family?: string;
  readonly scheme?: Scheme;
  readonly stack?: string;
}

/** The family that is meant when nothing says otherwise. */
const USUAL_FAMILY = "almalinux-builder";

/**
 * The family that is named; else of the stack's or of all families {@link USUAL_FAMILY} if it has the scheme, else the
 * first that has it.
 * @throws UserError when there is none, or what is said of it contradicts itself
 */
export async function chooseFamily({ family, scheme, stack }: FamilyChoice): Promise<Family> {
  const catalog = await readCatalog();
  const all = stack === undefined ? [...catalog.values()] : await familiesOf(stack, catalog);
  if (family !== undefined) {
    const named = all.find(({ name }) => name === family);
    if (named === undefined) {
      const names = all.map(({ name }) => name);
      const place = stack === undefined ? undefined : { name: stack, catalog };
      throw new UserError(unknownFamily(family, names, place));
    }
    if (scheme !== undefined && named.scheme !== scheme) {
      throw new UserError(
        `family ${family} has the scheme ${named.scheme}, not ${scheme}; leave --scheme out`,
      );
    }
    return named;
  }
  const fitting = all.filter((one) => scheme === undefined || one.scheme === scheme);
  const chosen = fitting.find(({ name }) => name === USUAL_FAMILY) ?? fitting[0];
  if (chosen === undefined) {
    const place = stack === undefined ? "images/" : `stack ${stack}`;
    throw new UserError(
      `${place} has no family of scheme ${scheme ?? ""}; leave --scheme out, or name a stack that has one`,
    );
  }
  return chosen;
}

/** A stack's families by its file alone: names follow from no cloud, so that none need run. */
async function familiesOf(stack: string, catalog: Catalog): Promise<readonly Family[]> {
  const { config } = await loadProject(PROJECT_ROOT, stack);
  const read = readConfiguration(config);
  const faults =
    "problems" in read ? read.problems : configurationFaults(read.configuration, catalog, true);
  if ("problems" in read || faults.length > 0) {
    throw new ProblemsError(`Pulumi.${stack}.yaml`, faults);
  }
  return read.configuration.families.flatMap((name) => catalog.get(name) ?? []);
}
