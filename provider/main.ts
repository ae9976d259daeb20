/** Serves Slipway's provider to the Pulumi CLI; see PulumiPlugin.yaml. */
import { main } from "@pulumi/pulumi/provider/server.js";
import { imageNameProvider } from "./image-name.ts";
import { withoutStacks } from "./without-stacks.ts";

// No top-level await: the CLI's loader takes this module with require().
void main(withoutStacks(imageNameProvider()), process.argv.slice(2));
