import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { UserError } from "../rules/problems.ts";

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
  readonly default?: unknown;
  /** Of a key in another namespace: its value for every stack. */
  readonly value?: unknown;
  readonly secret?: boolean;
}

/**
 * Reads Pulumi.yaml and Pulumi.STACK.yaml.
 *
 * A `secure:` value is encrypted for the Pulumi CLI: this engine cannot read it and hands it over empty. What keys there
 * are and what their values must be is the program's to say, which says it of all of them at once.
 *
 * @throws {UserError} when a file is missing or is no YAML.
 * @see https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration
 */
export async function loadProject(root: string, stack: string): Promise<Project> {
  const projectFile = join(root, "Pulumi.yaml");
  const stackFile = `Pulumi.${stack}.yaml`;
  // One after the other: where there is no project, a stack of it is not what is missed.
  const project = await readYaml(
    projectFile,
    `${projectFile}: not found; run this in the folder of a Pulumi project`,
  );
  const settings = await readYaml(join(root, stackFile), await noStack(root, stack));
  const name = project["name"];
  if (typeof name !== "string") {
    throw new UserError("Pulumi.yaml: name: missing; write the project's name, e.g. name: slipway");
  }
  const full = (key: string): string => (key.includes(":") ? key : `${name}:${key}`);
  const schema = new Map(
    Object.entries(asMap(project["config"])).map(([key, entry]) => [full(key), asSchema(entry)]),
  );
  const values = new Map(
    Object.entries(asMap(settings["config"])).map(([key, value]) => [full(key), value]),
  );

  const config: Record<string, string> = {};
  const secretKeys = new Set<string>();
  for (const [key, { default: byDefault, value, secret }] of schema) {
    if (secret === true) secretKeys.add(key);
    const instead = byDefault ?? value;
    if (instead !== undefined) config[key] = asText(instead);
  }
  for (const [key, value] of values) {
    if (isSecure(value)) secretKeys.add(key);
    // Empty, so that the program sees that the key is there.
    config[key] = isSecure(value) ? "" : asText(value);
  }
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
    // The latter for an alias of nothing, and for aliases that repeat without end.
    if (error instanceof YAMLParseError || error instanceof ReferenceError) {
      throw new UserError(`${path}: ${error.message}`);
    }
    throw error;
  }
}

async function noStack(root: string, stack: string): Promise<string> {
  const files = await readdir(root).catch(() => []);
  const stacks = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
  const there = stacks.length === 0 ? "none" : `${stacks.join(", ")}; name one with --stack`;
  return `Pulumi.${stack}.yaml: not found; stacks with a file are: ${there}`;
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
