import { type Family, readCatalog } from "../catalog.ts";
import type { Scheme } from "../rules/names.ts";
import { UserError } from "../rules/problems.ts";
import { unknownFamily } from "../rules/unknown-family.ts";
import { stackConfiguration } from "./stack-configuration.ts";

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
  // By the stack's file alone: names follow from no cloud, so that none need run.
  const { catalog, families: all } =
    stack === undefined ? await everyFamily() : await stackConfiguration(stack);
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

async function everyFamily() {
  const catalog = await readCatalog();
  return { catalog, families: [...catalog.values()] };
}
