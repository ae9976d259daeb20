import { readFile, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { withTemporaryFolder } from "../../temporary-folder.ts";
import type { ImageInputs } from "./inputs.ts";

const UserConfig = z.object({ currentContext: z.string().optional() });

/**
 * Runs something with a Docker configuration folder of its own that holds the given logins and nobody else's, and
 * removes the folder however that ends. Only this user can read it; a login is never on a command line.
 *
 * Docker's contexts are those of the user's own folder, so that an address like `docker-container://` means the same.
 * @see https://docs.docker.com/reference/cli/docker/#configuration-files
 */
export async function withDockerConfig<T>(
  registries: ImageInputs["registries"],
  run: (folder: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder("slipway-docker-config", async (folder) => {
    const users = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
    await symlink(join(users, "contexts"), join(folder, "contexts"));
    const config = { auths: logins(registries), ...(await readUserConfig(users)) };
    await writeFile(join(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
    return run(folder);
  });
}

function logins(registries: ImageInputs["registries"]): Record<string, { auth: string }> {
  return Object.fromEntries(
    registries.map(({ address, username, password }) => [
      address === "docker.io" ? DOCKER_HUB : address,
      { auth: Buffer.from(`${username}:${password}`).toString("base64") },
    ]),
  );
}

/** What Docker calls its own registry in configuration files, since before it had another name. */
const DOCKER_HUB = "https://index.docker.io/v1/";

async function readUserConfig(folder: string): Promise<z.output<typeof UserConfig>> {
  try {
    return UserConfig.parse(JSON.parse(await readFile(join(folder, "config.json"), "utf8")));
  } catch {
    return {};
  }
}
