import { execa } from "execa";
import { z } from "zod";
import { isList, isMap, type PropertyMap, type PropertyValue } from "../../engine/values.ts";
import { nameOf } from "../../engine/state.ts";
import { UserError } from "../../rules/problems.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";
import { holdsSecret, SECRET } from "../../rules/snapshot-value.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { pulumiBackendOf, pulumiEnvironment } from "../pulumi.ts";
import type { AppliedState } from "./applied.ts";
import { inputsOf } from "./declared.ts";

/** In each map of inputs, at any depth: names of the others that a provider gave a default. */
const DEFAULTS = "__defaults";

const Inputs = z.record(z.string(), z.json());
const Resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  inputs: Inputs.default({}),
  outputs: Inputs.nullish(),
  /** Names of what the program or the provider made secret after the inputs. */
  additionalSecretOutputs: z.array(z.string()).nullish(),
  /** An old copy whose replacement exists. */
  delete: z.boolean().default(false),
  /** Only read, and not the stack's. */
  external: z.boolean().default(false),
  /** Deleted, and its replacement was not made. */
  pendingReplacement: z.boolean().default(false),
});
/** @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/deployments.json */
const Export = z.looseObject({
  version: z.union([z.literal(3), z.literal(4)]),
  deployment: z.looseObject({
    resources: z.array(Resource).nullish(),
    pending_operations: z.array(z.looseObject({ resource: Resource })).nullish(),
  }),
});

/**
 * What the Pulumi CLI recorded of a stack, with its secrets encrypted.
 * @throws UserError when the CLI refuses, or writes what this program does not know
 */
export async function pulumiState(stack: string): Promise<AppliedState> {
  const { exitCode, stdout, stderr } = await execa(
    "pulumi",
    ["stack", "export", "--stack", stack],
    {
      cwd: PROJECT_ROOT,
      reject: false,
      stdin: "ignore",
      env: pulumiEnvironment(await pulumiBackendOf(PROJECT_ROOT, stack)),
    },
  );
  if (exitCode !== 0) throw new UserError(`pulumi stack export --stack ${stack}: ${stderr.trim()}`);
  return readPulumiExport(stack, stdout);
}

/**
 * Reads what `pulumi stack export` wrote. What a provider added by itself is left away, since no program declares it.
 * @throws UserError when it is of another form
 */
export function readPulumiExport(stack: string, text: string): AppliedState {
  const { deployment } = parseExport(stack, text);
  return {
    resources: (deployment.resources ?? [])
      .filter((one) => one.custom && !one.delete && !one.external && !one.pendingReplacement)
      .map((one) => ({
        type: one.type,
        name: nameOf(one.urn),
        inputs: withSecrets(one),
      })),
    pending: (deployment.pending_operations ?? []).map(({ resource }) => resource.urn),
  };
}

/** Inputs, where what is secret as an output is so as an input, too: it is the same value. */
function withSecrets(resource: z.output<typeof Resource>): Declared["inputs"] {
  const outputs = inputsOf(resource.outputs ?? {});
  const named = new Set(resource.additionalSecretOutputs);
  const inputs = inputsOf(withoutDefaults(resource.inputs));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const output = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
      const isSecret = named.has(name) || (output !== undefined && holdsSecret(output));
      return [name, isSecret ? SECRET : value];
    }),
  );
}

function parseExport(stack: string, text: string): z.output<typeof Export> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // The parser's own words would quote the state.
    throw new UserError(`pulumi stack export --stack ${stack} wrote no JSON`);
  }
  const parsed = Export.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [place] = parsed.error.issues.map(({ path }) => path.map(String).join("."));
  throw new UserError(
    `pulumi stack export --stack ${stack} wrote a state of a form that this Slipway does not know (${place ?? "the whole"}); ` +
      "it reads deployments of versions 3 and 4",
  );
}

function withoutDefaults(map: PropertyMap): PropertyMap {
  const listed = map[DEFAULTS];
  const defaults = new Set<PropertyValue>(isList(listed) ? listed : []);
  return Object.fromEntries(
    Object.entries(map)
      .filter(([name]) => name !== DEFAULTS && !defaults.has(name))
      .map(([name, value]) => [name, declaredPart(value)]),
  );
}

function declaredPart(value: PropertyValue): PropertyValue {
  if (isList(value)) return value.map(declaredPart);
  return isMap(value) ? withoutDefaults(value) : value;
}
