import { PolicyPack } from "@pulumi/policy";
import { policies } from "./all.ts";
import { resourcePolicy, stackPolicy } from "./crossguard.ts";

// Starts the pack's server, once in a process.
new PolicyPack("slipway", {
  displayName: "Slipway",
  policies: [...policies.resource.map(resourcePolicy), ...policies.stack.map(stackPolicy)],
});
