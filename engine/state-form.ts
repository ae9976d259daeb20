import { z } from "zod";
import { UserError, formatProblems } from "../rules/problems.ts";
import { messageOf } from "./messages.ts";
import type { StackState } from "./state.ts";
import { isList, isMap, isSecret } from "./values.ts";
import type { PropertyMap, PropertyValue } from "./values.ts";

/** Rises with every change of the form, what the ciphertexts are bound to included. */
export const stateVersion = 2;

/** Name of the member that takes the place of an envelope's value in the file. */
export const ciphertext = "ciphertext";

const properties = z.record(z.string(), z.json()).superRefine((map: PropertyMap, context) => {
  for (const path of openEnvelopes(map)) {
    context.addIssue({ code: "custom", path, message: "a secret without a ciphertext" });
  }
});
const urn = z.string().regex(/^urn:pulumi:.+::.+::.+::.+/, "not a URN");
const names = z.array(z.string());

const pending = z.strictObject({
  urn,
  type: z.string(),
  custom: z.boolean(),
  parent: urn.exactOptional(),
  provider: urn.exactOptional(),
  inputs: properties,
  outputs: properties,
  dependencies: names,
  propertyDependencies: z.record(z.string(), names),
  protect: z.boolean().exactOptional(),
  retainOnDelete: z.boolean().exactOptional(),
  deletedWith: urn.exactOptional(),
  additionalSecretOutputs: names.exactOptional(),
});
const resource = z.strictObject({
  ...pending.shape,
  id: z.string().exactOptional(),
  replaced: z.literal(true).exactOptional(),
});
const form = z.strictObject({
  version: z.literal(stateVersion),
  project: z.string(),
  stack: z.string(),
  pending: z.array(pending),
  resources: z.array(resource),
});

/**
 * The state in a file's text, still with ciphertext in the envelopes of secrets.
 *
 * @param path Names the file in errors.
 * @throws {UserError} with everything in it that is not the form of {@link stateVersion}.
 */
export function parseState(path: string, text: string): StackState {
  let found: PropertyValue;
  try {
    found = JSON.parse(text) as PropertyValue;
  } catch (error) {
    throw new UserError(`${path}: is no state file (${messageOf(error)}); ${remedy}`);
  }
  const version = isMap(found) ? found["version"] : undefined;
  if (typeof version === "number" && version !== stateVersion) {
    throw new UserError(
      `${path}: is a state of version ${version}, and this Slipway reads version ${stateVersion}; ` +
        "use the Slipway that wrote it, or remove the file: the stack then begins anew",
    );
  }
  const parsed = form.safeParse(found);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: place, message }) => ({
      path: z.core.toDotPath(place) || "the whole file",
      message,
    }));
    throw new UserError(`${formatProblems(path, problems)}\nIt is no state file; ${remedy}`);
  }
  const { project, stack, resources } = parsed.data;
  return { project, stack, resources, pending: parsed.data.pending };
}

const remedy = "put back a copy, or remove it: the stack then begins anew";

/** Paths of the secrets that hold anything but a ciphertext. */
function openEnvelopes(value: PropertyValue): (string | number)[][] {
  if (isSecret(value)) {
    const closed = typeof value[ciphertext] === "string" && Object.keys(value).length === 2;
    return closed ? [] : [[]];
  }
  const entries = isList(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, item]) => openEnvelopes(item).map((path) => [key, ...path]));
}
