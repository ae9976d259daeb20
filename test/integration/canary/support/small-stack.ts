import { writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { ProjectCopy } from "../../../cli/support/project-copy.ts";
import { GIVEN } from "./given.ts";

/** One image each of ECR and of ghcr.io alone, and a secret from every source. */
export async function smallStack(project: ProjectCopy): Promise<void> {
  await project.edit("Pulumi.local.yaml", (text) => {
    const file = parse(text) as { config: Record<string, unknown> };
    const { config } = file;
    config["slipway:families"] = ["ci-image", "no_rocm_image_ubuntu24_04"];
    const secret = (source: unknown) => ({
      owner: "bob",
      purpose: "A canary.",
      users: ["benchmarks.yml"],
      expires: "never",
      source,
    });
    const secrets = config["slipway:secrets"] as Record<string, Record<string, unknown>>;
    secrets["gpu-benchmarks"] = {
      ...secrets["gpu-benchmarks"],
      CONFIG_TOKEN: secret({ config: "canaryToken" }),
      SEALED_TOKEN: secret("sealed"),
    };
    return stringify(file);
  });
  await project.edit("images/ci-image/image.yaml", (text) =>
    text.replaceAll(/^ {2}pytorch-linux-(?:noble|.*-benchmarks).*\n/gm, ""),
  );
}

/** What `docker login` leaves for registries by their host. Returns the folder for DOCKER_CONFIG. */
export async function writeDockerLogin(home: string, ...hosts: readonly string[]): Promise<string> {
  const folder = join(home, "docker");
  const auth = Buffer.from(`slipway:${GIVEN.dockerLogin.value}`).toString("base64");
  await mkdir(folder, { recursive: true });
  const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]));
  await writeFile(join(folder, "config.json"), JSON.stringify({ auths }), { mode: 0o600 });
  return folder;
}
