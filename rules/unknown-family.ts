import { suggestion } from "./suggestion.ts";

/** The stack whose families alone are meant. */
export interface PublishingStack {
  readonly name: string;
  /** By name, every family of `images/`. */
  readonly catalog: { has(name: string): boolean };
}

/**
 * Says that a family is none of those that are meant, and what to write.
 * @param known those that are, by name
 * @param stack whose families they are; all of `images/` without it
 */
export function unknownFamily(
  found: string,
  known: readonly string[],
  stack?: PublishingStack,
): string {
  const quoted = JSON.stringify(found);
  const all = known.join(", ");
  if (stack?.catalog.has(found)) {
    return `stack ${stack.name} does not publish ${quoted}; name one that it does: ${all}, or add it to slipway:families of Pulumi.${stack.name}.yaml`;
  }
  const place = stack === undefined ? "images/" : `stack ${stack.name}`;
  return `${quoted} is no family of ${place}${suggestion(found, known)}; there are: ${all}`;
}
