/* Stand-ins of the actions of others, by name. */
import type { StandIn } from "../action-call.ts";
import { checkout } from "./checkout.ts";
import { configureAwsCredentials } from "./configure-aws-credentials.ts";
import { createGithubAppToken } from "./create-github-app-token.ts";
import { downloadArtifact } from "./download-artifact.ts";
import { uploadArtifact } from "./upload-artifact.ts";

/** Programs that the machine of the tests has, or does without. */
function installs(action: string, inputs: Readonly<Record<string, string>>): StandIn {
  return { action, inputs, run: async () => ({}) };
}

export const standIns: readonly StandIn[] = [
  checkout,
  configureAwsCredentials,
  createGithubAppToken,
  downloadArtifact,
  uploadArtifact,
  installs("actions/setup-go", { "go-version": "", cache: "true" }),
  installs("actions/setup-node", { "node-version": "", "package-manager-cache": "true" }),
  // Where there is no Pulumi CLI, commands choose the embedded engine.
  installs("pulumi/actions", { "pulumi-version": "" }),
];
