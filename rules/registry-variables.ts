import type { RegistryName } from "./image-file-schema.ts";

/** A registry's login in environment variables, as workflows give it. ECR's is made from a role. */
export const LOGIN_VARIABLES = {
  "ghcr.io": { username: "GHCR_USER", password: "GHCR_TOKEN" },
  "docker.io": { username: "DOCKER_ID", password: "DOCKER_TOKEN" },
} as const satisfies Readonly<
  Record<Exclude<RegistryName, "ecr">, { readonly username: string; readonly password: string }>
>;

/** The environment variables that stand in for a secret key of the configuration that is not set. */
export const SECRET_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["githubToken", "GITHUB_TOKEN"],
  ["ghcrUser", LOGIN_VARIABLES["ghcr.io"].username],
  ["ghcrToken", LOGIN_VARIABLES["ghcr.io"].password],
  ["dockerId", LOGIN_VARIABLES["docker.io"].username],
  ["dockerToken", LOGIN_VARIABLES["docker.io"].password],
]);
