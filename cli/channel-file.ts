import { Document, isMap, isScalar } from "yaml";
import type { Family, RegistryName } from "../catalog.ts";
import { type Configuration, NAMESPACE, type SecretKey } from "../rules/configuration.ts";
import { type Channel, isChannel, MAIN_BRANCH } from "../rules/names.ts";
import { UserError } from "../rules/problems.ts";

/** The stack that a release line's is made from. */
export interface SourceStack {
  readonly name: string;
  readonly configuration: Configuration;
  /** Its families, in the order of its configuration. */
  readonly families: readonly Pick<Family, "name" | "scheme" | "registries">[];
}

/** The configuration of a release line's stack. */
export interface ChannelFile {
  /** YAML, with comments. */
  readonly text: string;
  readonly families: readonly string[];
  /** The source's families that have no release lines. */
  readonly leftOut: readonly string[];
  /** Secrets that the stack's logins need and that no file holds in clear. */
  readonly secrets: readonly SecretKey[];
}

/** The secrets that log in to a registry; ECR's login is made from the role that runs the stack. */
const LOGINS: Readonly<Record<RegistryName, readonly SecretKey[]>> = {
  ecr: [],
  "ghcr.io": ["ghcrUser", "ghcrToken"],
  "docker.io": ["dockerId", "dockerToken"],
};

/**
 * The file of a stack that publishes a release line and owns images only: of the source's keys those that images follow
 * from. Repositories, roles and environments stay with the source, so none of their keys is taken, and no secret.
 * @throws UserError when the channel is no release line, or the source has no family with release lines
 */
export function channelFile(channel: Channel, source: SourceStack): ChannelFile {
  if (!isChannel(channel) || channel === MAIN_BRANCH) {
    throw new UserError(
      `${JSON.stringify(channel)} is no release line; write release/ and its version, e.g. release/2.10`,
    );
  }
  const families = source.families.filter(({ scheme }) => scheme === "pytorch");
  const leftOut = source.families.filter((family) => !families.includes(family));
  if (families.length === 0) {
    throw new UserError(
      `stack ${source.name} has no family with release lines: ${leftOut.map(({ name }) => name).join(", ")} are of scheme therock, which has none; ` +
        "name another stack with --from",
    );
  }
  const registries = new Set(families.flatMap((family) => family.registries));
  const { owner, repository, awsAccountId, awsRegion, ...rest } = source.configuration;
  const { builders, baseMirror, local, standIns } = rest;
  const values = {
    owner,
    repository,
    families: families.map(({ name }) => name),
    channel,
    owns: "images",
    ...(registries.has("ecr") && { awsAccountId, awsRegion }),
    ...(Object.keys(builders).length > 0 && { builders }),
    ...(baseMirror !== "" && { baseMirror }),
    ...(local && { local }),
    ...(standIns && { standIns }),
  };
  const comments: Partial<Record<keyof Configuration, string>> = {
    ...(leftOut.length > 0 && {
      families: ` Those of stack ${source.name} that have release lines (scheme pytorch).`,
    }),
    owns: " Repositories, roles and environments are those of main's stack.",
  };
  return {
    text: yamlText(values, comments),
    families: values.families,
    leftOut: leftOut.map(({ name }) => name),
    secrets: local ? [] : [...registries].flatMap((name) => LOGINS[name]),
  };
}

function yamlText(
  values: Readonly<Record<string, unknown>>,
  comments: Readonly<Record<string, string>>,
): string {
  const config = Object.entries(values).map(([key, value]) => [`${NAMESPACE}${key}`, value]);
  const document = new Document({ config: Object.fromEntries(config) as unknown });
  const map = document.get("config");
  for (const { key } of isMap(map) ? map.items : []) {
    const comment = comments[isScalar(key) ? String(key.value).slice(NAMESPACE.length) : ""];
    if (isScalar(key) && comment !== undefined) key.commentBefore = comment;
  }
  return document.toString({ lineWidth: 0 });
}
