import type { LocalCloud } from "../../../../rules/local-cloud.ts";

/** What a local cloud told of itself, where nothing of it answers any more. */
export function stoppedCloud(cloud: LocalCloud, folder: string): LocalCloud {
  const nobody = { host: "localhost:1", username: "u", password: "p" };
  return {
    ...cloud,
    folder,
    aws: { endpoint: "http://127.0.0.1:1" },
    registries: {
      ecr: nobody,
      "ghcr.io": { ...nobody, host: "localhost:2" },
      "docker.io": { ...nobody, host: "localhost:3" },
    },
  };
}
