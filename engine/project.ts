import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { ProblemsError, UserError } from "../rules/problems.ts";
import type { Problem } from "../rules/problems.ts";
import { suggestion } from "../rules/suggestion.ts";

/** A project with the configuration of one of its stacks, as `pulumi` would hand it to the program. */
export interface Project {
  /** Absolute path of the folder that holds Pulumi.yaml. */
  readonly root: string;
  readonly name: string;
  readonly stack: string;
  /** Every value as text or JSON, by full key (`slipway:owner`); a caller may add to it before a run. */
  readonly config: Readonly<Record<string, string>>;
  /** Full keys that the schema or the stack's file marks as secret. */
  readonly secretKeys: readonly string[];
}

interface KeySchema {
  readonly type?: string;
  readonly default?: unknown;
  /** Of a key in another namespace: its value for every stack. */
  readonly value?: unknown;
  readonly secret?: boolean;
  readonly items?: KeySchema;
}

/**
 * Reads Pulumi.yaml and Pulumi.STACK.yaml.
 *
 * A `secure:` value is encrypted for the Pulumi CLI: this engine cannot read it and counts it as absent.
 *
 * @throws {UserError} when a file is missing or is no YAML; {@link ProblemsError} with every wrong key at once.
 * @see https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration
 */
export async function loadProject(root: string, stack: string): Promise<Project> {
  const projectFile = join(root, "Pulumi.yaml");
  const stackFile = `Pulumi.${stack}.yaml`;
  const [project, settings] = await Promise.all([
    readYaml(projectFile, `${projectFile}: not found; run this in the folder of a Pulumi project`),
    readYaml(join(root, stackFile), await noStack(root, stack)),
  ]);
  const name = project["name"];
  if (typeof name !== "string") {
    throw new ProblemsError("Pulumi.yaml", [
      { path: "name", message: "missing; write the project's name, e.g. name: slipway" },
    ]);
  }
  const full = (key: string): string => (key.includes(":") ? key : `${name}:${key}`);
  const schema = new Map(
    Object.entries(asMap(project["config"])).map(([key, entry]) => [full(key), asSchema(entry)]),
  );
  const values = new Map(
    Object.entries(asMap(settings["config"])).map(([key, value]) => [full(key), value]),
  );

  const problems: Problem[] = [];
  const config: Record<string, string> = {};
  const secretKeys = new Set<string>();
  for (const [key, value] of values) {
    const known = schema.get(key);
    if (known === undefined && key.startsWith(`${name}:`)) {
      problems.push({ path: key, message: unknownKey(key, [...schema.keys()]) });
    } else if (isSecure(value)) {
      secretKeys.add(key);
    } else {
      const fault = known === undefined ? undefined : wrongType(value, known);
      if (fault === undefined) config[key] = asText(value);
      else problems.push({ path: key, message: fault });
    }
  }
  for (const [key, { default: byDefault, value, secret }] of schema) {
    if (secret) secretKeys.add(key);
    const instead = byDefault ?? value;
    if (config[key] !== undefined || problems.some(({ path }) => path === key)) continue;
    if (instead !== undefined) config[key] = asText(instead);
    else if (!values.has(key)) {
      problems.push({
        path: key,
        message: `missing, and Pulumi.yaml gives no default; write it to ${stackFile}`,
      });
    }
  }
  if (problems.length > 0) throw new ProblemsError(stackFile, problems);
  return { root, name, stack, config, secretKeys: [...secretKeys] };
}

async function readYaml(path: string, missing: string): Promise<Record<string, unknown>> {
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new UserError(missing);
    throw error;
  }
  try {
    return asMap(parse(text));
  } catch (error) {
    if (error instanceof YAMLParseError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}

async function noStack(root: string, stack: string): Promise<string> {
  const files = await readdir(root).catch(() => []);
  const stacks = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
  const there = stacks.length === 0 ? "none" : stacks.join(", ");
  return `Pulumi.${stack}.yaml: not found; stacks with a file are: ${there}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  return `is no key of Pulumi.yaml${suggestion(key, known)}; it has ${known.join(", ")}`;
}

function wrongType(value: unknown, { type, items, secret }: KeySchema): string | undefined {
  const wrong = (found: unknown, rule: string): string =>
    `${secret === true ? "the value" : describe(found)} is not ${rule}`;
  switch (type) {
    case undefined:
      return undefined;
    case "string":
      return typeof value === "string" ? undefined : wrong(value, "a string; put it in quotes");
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false"
        ? undefined
        : wrong(value, "a boolean; write true or false");
    case "integer":
      return Number.isInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value))
        ? undefined
        : wrong(value, "an integer");
    case "number":
      return typeof value === "number" ? undefined : wrong(value, "a number");
    case "object":
      return isRecord(value) ? undefined : wrong(value, "an object");
    case "array": {
      if (!Array.isArray(value)) return wrong(value, "an array");
      const faults = (value as unknown[]).map((item, index) => {
        const fault = items === undefined ? undefined : wrongType(item, items);
        return fault === undefined ? [] : [`item ${index}: ${fault}`];
      });
      return faults.flat()[0];
    }
    default:
      return `has the type ${type} in Pulumi.yaml; this engine knows string, boolean, integer, number, object and array`;
  }
}

function describe(value: unknown): string {
  return Array.isArray(value) ? "an array" : isRecord(value) ? "an object" : JSON.stringify(value);
}

function isSecure(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).join() === "secure";
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function asSchema(entry: unknown): KeySchema {
  return isRecord(entry) ? entry : { value: entry };
}

function asMap(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
