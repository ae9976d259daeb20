import type { Problem } from "./problems.ts";

/** What a stack publishes, as far as two stacks could get into each other's way. */
export interface PublishingStack {
  readonly name: string;
  /** Registries take it in any case and keep it in lower case. */
  readonly owner: string;
  readonly families: readonly string[];
  readonly channel: string;
  /** Stacks of the local cloud push to its registries alone. */
  readonly local: boolean;
}

/**
 * Stacks of one owner that publish one channel: where they have families in common each would move the other's floating
 * names back, and in any case they would write one list of images, of which each would drop the other's. A channel has
 * one stack, so that it cannot touch another channel's names.
 * @param others the project's other stacks
 */
export function channelClashes(
  stack: PublishingStack,
  others: Iterable<PublishingStack>,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const other of others) {
    if (other.name === stack.name || other.local !== stack.local) continue;
    if (other.channel !== stack.channel) continue;
    if (other.owner.toLowerCase() !== stack.owner.toLowerCase()) continue;
    const shared = [...new Set(stack.families)].filter((name) => other.families.includes(name));
    for (const family of shared) {
      problems.push({
        path: "slipway:families",
        message: `${JSON.stringify(family)} is published by stack ${other.name} too (Pulumi.${other.name}.yaml), under the same names of channel ${stack.channel}; leave it to one of them, or give this stack a channel of its own`,
      });
    }
    if (shared.length === 0) {
      problems.push({
        path: "slipway:channel",
        message: `${stack.channel} of ${stack.owner} is published by stack ${other.name} too (Pulumi.${other.name}.yaml), and both would write one list of images (slipway-images); put the families into one of them, or give this stack a channel of its own`,
      });
    }
  }
  return problems;
}

/**
 * What a stack's file says it publishes, as far as it can be told: faults of another stack are told when that one runs.
 * @param config the values of the file, by full key
 */
export function publishingStack(
  name: string,
  config: Readonly<Record<string, unknown>>,
): PublishingStack | undefined {
  const {
    owner,
    families,
    channel = "main",
    local = false,
  } = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^slipway:/, ""), value]),
  );
  const list = listOf(families);
  if (typeof owner !== "string" || typeof channel !== "string" || list === undefined) {
    return undefined;
  }
  const names = list.filter((family) => typeof family === "string");
  return { name, owner, families: names, channel, local: String(local) === "true" };
}

/** A list as YAML has it, or as the text of JSON, which the configuration takes as well. */
function listOf(value: unknown): readonly unknown[] | undefined {
  try {
    const list: unknown = typeof value === "string" ? JSON.parse(value) : value;
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
