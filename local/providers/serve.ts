import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { main } from "@pulumi/pulumi/provider/server.js";
import { LocalCloud } from "../../rules/local-cloud.ts";
import { UserError } from "../../rules/problems.ts";
import type { LocalProvider } from "./resource-provider.ts";

const PROJECT = join(import.meta.dirname, "../..");

/**
 * Serves a local provider to the Pulumi CLI as a plugin:
 * ```
 * AWS_REGION=us-east-1 GITHUB_OWNER=pytorch PATH=local/providers/plugins:$PATH pulumi up --stack local
 * ```
 * The SDK's plugin server passes no provider configuration on: it comes from the local cloud's `cloud.json` (in
 * `SLIPWAY_HOME`, else `.slipway`) and the two variables, and what the program gives its providers does not count here.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/provider/server.ts
 */
async function provider(name: string | undefined): Promise<LocalProvider> {
  const cloud = await readCloud();
  const { endpoint } = cloud.aws;
  switch (name) {
    case "aws": {
      const { awsProvider } = await import("./aws.ts");
      return awsProvider({
        region: variable("AWS_REGION", "us-east-1"),
        accessKey: "local",
        secretKey: "local",
        endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint }],
      });
    }
    case "github": {
      const { githubProvider } = await import("./github.ts");
      const { endpoint: baseUrl, token } = cloud.github;
      return githubProvider({ owner: variable("GITHUB_OWNER", "pytorch"), token, baseUrl });
    }
    case "docker-build": {
      const { dockerBuildProvider } = await import("./docker-build.ts");
      return dockerBuildProvider(
        { buildkitHost: cloud.buildkit.address },
        { onProgress: (line) => void process.stderr.write(`${line}\n`) },
      );
    }
    default:
      throw new UserError(`${name ?? "no name"}: write aws, github or docker-build`);
  }
}

function variable(name: string, example: string): string {
  const value = process.env[name] ?? "";
  if (value === "") throw new UserError(`${name}: not set; write e.g. ${name}=${example}`);
  return value;
}

async function readCloud(): Promise<LocalCloud> {
  const folder = resolve(process.env["SLIPWAY_HOME"] ?? join(PROJECT, ".slipway"));
  const file = join(folder, "cloud.json");
  try {
    return LocalCloud.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new UserError(`${file}: no local cloud; start it with npm run local:up`, {
      cause: error,
    });
  }
}

try {
  const [name, ...args] = process.argv.slice(2);
  await main(await provider(name), args);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
