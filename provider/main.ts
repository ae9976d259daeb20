/** Serves Slipway's provider to the Pulumi CLI; see PulumiPlugin.yaml. */
import { main } from "@pulumi/pulumi/provider/server.js";
import { slipwayProvider } from "./slipway.ts";
import { withoutStacks } from "./without-stacks.ts";

// No top-level await: the CLI's loader takes this module with require().
const { GITHUB_TOKEN } = process.env;
void main(
  withoutStacks(slipwayProvider(GITHUB_TOKEN ? { token: GITHUB_TOKEN } : {})),
  process.argv.slice(2),
);
