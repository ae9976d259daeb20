/*
 * The project with values of secret keys in its configuration, as the Pulumi CLI hands them over when it has decrypted
 * them: by stack and full key, in SLIPWAY_TEST_CONFIG.
 */
import { loadProject as load, type Project } from "../../../../../engine/project.ts";

export type { Project } from "../../../../../engine/project.ts";

const configs = JSON.parse(process.env["SLIPWAY_TEST_CONFIG"] ?? "{}") as Readonly<
  Record<string, Readonly<Record<string, string>>>
>;
// No user has it, and processes below this one need not.
delete process.env["SLIPWAY_TEST_CONFIG"];

export async function loadProject(root: string, stack: string): Promise<Project> {
  const project = await load(root, stack);
  const held = configs[stack] ?? {};
  return {
    ...project,
    config: { ...project.config, ...held },
    secretKeys: [...project.secretKeys, ...Object.keys(held)],
  };
}
