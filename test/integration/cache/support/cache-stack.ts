import assert from "node:assert/strict";
import type { Stack } from "../../../../cli/stack.ts";
import { readConfiguration } from "../../../../rules/configuration.ts";

/** The registries that a stack's images are on: hosts as in references. */
export interface CacheHosts {
  readonly ecr: string;
  readonly "ghcr.io": string;
}

/** A stack of one family whose images are on these registries. */
export function cacheStack(
  family: string,
  accelerators: readonly string[],
  hosts: CacheHosts,
): Stack {
  const read = readConfiguration({
    "slipway:owner": "pytorch",
    "slipway:repository": "pytorch",
    "slipway:families": JSON.stringify([family]),
    "slipway:awsAccountId": "308535385114",
    "slipway:awsRegion": "us-east-1",
    "slipway:local": "true",
    "slipway:standIns": "true",
  });
  assert.ok("configuration" in read);
  const login = { username: "slipway", password: "correct horse" };
  const families = [
    {
      name: family,
      folder: "/nowhere",
      description: "Images that are kept while registries fail",
      scheme: "pytorch",
      registries: ["ecr", "ghcr.io"],
      platforms: ["linux/amd64"],
      epoch: 0,
      contract: { tools: ["sh"] },
      images: accelerators.map((accelerator) => ({
        accelerator,
        base: { image: "docker.io/library/base:1", digest: "unresolved" },
        buildArgs: {},
      })),
    } as const,
  ];
  return {
    name: "local",
    configuration: read.configuration,
    catalog: new Map(families.map((one) => [one.name, one])),
    families,
    cloud: {
      version: 1,
      folder: "/nowhere",
      aws: { endpoint: "http://127.0.0.1:9" },
      github: { endpoint: "http://127.0.0.1:9", token: "none" },
      registries: {
        ecr: { host: hosts.ecr, ...login },
        "ghcr.io": { host: hosts["ghcr.io"], ...login },
        "docker.io": { host: "localhost:9", ...login },
      },
      buildkit: { address: "unix:///nowhere" },
      standIns: { base: `oci-layout:///nowhere@sha256:${"1".repeat(64)}` },
    },
  };
}
