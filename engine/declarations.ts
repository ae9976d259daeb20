import { UserError } from "../rules/problems.ts";
import { unsupportedText } from "./messages.ts";
import type { Registration } from "./monitor.ts";
import { resourceText } from "./resource-name.ts";
import { foreignValues, markSecrets } from "./values.ts";

/** What the program declared so far, and the rules for what it may declare. */
export class Declarations {
  readonly #byUrn = new Map<string, Registration>();

  has(urn: string): boolean {
    return this.#byUrn.has(urn);
  }

  /**
   * Adds a resource, with the options that it has from its parent.
   *
   * @param recorded Whether the state knows a URN: an alias matters only for a resource that is there under its old name.
   * @throws {UserError} for a second resource of the same URN, and for whatever this engine would have to ignore.
   * @see https://www.pulumi.com/docs/iac/concepts/resources/options/ which options are inherited
   */
  add(declared: Registration, recorded: (urn: string) => boolean): Registration {
    const first = this.#byUrn.get(declared.urn);
    if (first !== undefined) {
      throw new UserError(
        `${resourceText(declared.urn)}: declared twice${places(first, declared)}; give one of them another name`,
      );
    }
    const parent = declared.parent === undefined ? undefined : this.#byUrn.get(declared.parent);
    const inherited = {
      ...(parent?.retainOnDelete === undefined ? {} : { retainOnDelete: parent.retainOnDelete }),
      ...(parent?.deletedWith === undefined ? {} : { deletedWith: parent.deletedWith }),
      ...declared,
      // The SDK of a provider names its secrets so even where it reads one from the environment without an envelope.
      inputs: markSecrets(declared.inputs, declared.inputs, declared.additionalSecretOutputs),
    };
    this.#byUrn.set(declared.urn, inherited);
    const unsupported = [
      ...declared.unsupported,
      ...(declared.aliases.some((alias) => alias !== declared.urn && recorded(alias))
        ? ["aliases"]
        : []),
      ...(declared.custom ? foreignValues(declared.inputs) : []),
    ];
    if (unsupported.length > 0) {
      throw new UserError(
        `${resourceText(declared.urn)}: ${unsupportedText(unsupported.join(", "))}`,
      );
    }
    return inherited;
  }
}

function places(...both: [Registration, Registration]): string {
  const known = both.flatMap(({ source }) => source ?? []);
  return known.length === 0 ? "" : `, at ${known.join(" and at ")}`;
}
