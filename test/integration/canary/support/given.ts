/* Every secret that a user gives Slipway, each a marker, and what makes a command tell the most. */
import { type Marker, marker } from "./markers.ts";

/** The inputs of a user. */
export const GIVEN = {
  variable: marker("RESULTS_TOKEN"),
  otherVariable: marker("another-RESULTS_TOKEN"),
  proof: marker("proof"),
  config: marker("slipway-canaryToken"),
  sealed: marker("SEALED_TOKEN"),
  githubToken: marker("slipway-githubToken"),
  ghcrUser: marker("slipway-ghcrUser"),
  ghcrToken: marker("slipway-ghcrToken"),
  dockerId: marker("slipway-dockerId"),
  dockerToken: marker("slipway-dockerToken"),
  processToken: marker("GITHUB_TOKEN"),
  wrongToken: marker("wrong-token"),
  argument: marker("argument"),
  fromVariable: marker("SEALED_VALUE"),
  clearText: marker("clear-text"),
  stray: marker("stray"),
  dockerLogin: marker("docker-login"),
} as const satisfies Readonly<Record<string, Marker>>;

/** Values that are for GitHub alone: no state may hold them, not even encrypted. */
export const FOR_GITHUB_ALONE = [
  GIVEN.variable,
  GIVEN.otherVariable,
  GIVEN.proof,
  GIVEN.config,
  GIVEN.sealed,
  GIVEN.fromVariable,
];

/** Everything that a debugger would set. */
export const VERBOSE = {
  DEBUG: "*",
  NODE_DEBUG: "undici,fetch",
  PULUMI_DEBUG_COMMANDS: "true",
  PULUMI_DEBUG_PROMISE_LEAKS: "true",
  GRPC_TRACE: "all",
  GRPC_VERBOSITY: "DEBUG",
  RUNNER_DEBUG: "1",
  ACTIONS_STEP_DEBUG: "true",
};

/** Secret keys of every stack's configuration, as Pulumi hands them over. */
const CONFIG = {
  "slipway:githubToken": GIVEN.githubToken.value,
  "slipway:ghcrUser": GIVEN.ghcrUser.value,
  "slipway:ghcrToken": GIVEN.ghcrToken.value,
  "slipway:dockerId": GIVEN.dockerId.value,
  "slipway:dockerToken": GIVEN.dockerToken.value,
};
export const CONFIGS = {
  main: CONFIG,
  therock: CONFIG,
  // Only there is a secret that comes from this key.
  local: { ...CONFIG, "slipway:canaryToken": GIVEN.config.value },
};
