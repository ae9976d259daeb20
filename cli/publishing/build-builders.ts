import type { BuildNetwork } from "../../local/buildkit-docker.ts";
import { goTool } from "../../local/go-tools.ts";
import { instanceFolder } from "../project-root.ts";
import type { Stack } from "../stack.ts";

/** The BuildKits that a stack's images are built by. */
export interface BuildBuilders {
  /** Path of the buildctl that reaches them all. */
  readonly buildctl: string;
  /** Address of the one for a platform. */
  readonly address: (platform: string) => string;
  /** Builds that each is given at once; it schedules their steps itself, and joins those that are the same. */
  readonly parallel: number;
  /** What to do about a platform that does not build, where a builder of its own may be what it lacks. */
  readonly hint: (platform: string) => string | undefined;
}

/**
 * The stack's `slipway:builders` by platform, and for the others the BuildKit of the local cloud, in a stack of it, or of
 * this machine, which is started.
 * @param network of builds in one that Docker starts
 * @throws UserError when there is no way to a BuildKit
 */
export async function openBuilders(
  { configuration, cloud }: Stack,
  platforms: Iterable<string>,
  onProgress: (line: string) => void,
  network?: BuildNetwork,
): Promise<BuildBuilders> {
  const builders = new Map(Object.entries(configuration.builders));
  const own = [...platforms].some((platform) => !builders.has(platform))
    ? await ownBuilder(cloud?.buildkit.address, onProgress, network)
    : undefined;
  const buildctl = own?.buildctl ?? (await goTool("buildctl", { onProgress }));
  return {
    buildctl,
    address: (platform) => builders.get(platform) ?? own?.address ?? "",
    parallel: PARALLEL,
    hint: (platform) =>
      builders.has(platform) || platform.startsWith(`linux/${MACHINE}`)
        ? undefined
        : `(this machine runs no steps of ${platform} by itself; slipway:builders can name a BuildKit that does)`,
  };
}

/** As good as all at once, for BuildKit to schedule; each is a process here that waits for it. */
const PARALLEL = 16;

/** This machine's processor, as platforms name it. */
const MACHINE = process.arch === "x64" ? "amd64" : process.arch;

async function ownBuilder(
  address: string | undefined,
  onProgress: (line: string) => void,
  network: BuildNetwork | undefined,
): Promise<{ readonly address: string; readonly buildctl: string }> {
  if (address !== undefined) return { address, buildctl: await goTool("buildctl", { onProgress }) };
  // A cloud that runs needs nothing of what starts one.
  const { startBuilder } = await import("../../local/cloud.ts");
  const options = { folder: instanceFolder(), onProgress, ...(network && { network }) };
  return (await startBuilder(options)).buildkit;
}
