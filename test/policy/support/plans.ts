/* The plans of the stacks in this tree, as policies see them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyResources } from "../../../cli/policy-resources.ts";
import type { Registration } from "../../../engine/monitor.ts";
import { loadProject } from "../../../engine/project.ts";
import { runStack } from "../../../engine/run.ts";
import type { PolicyResource } from "../../../policy/policy.ts";
// The globals that the SDK makes.
import "../../support/engine.ts";
import type { LocalCloud } from "../../../rules/local-cloud.ts";

const ROOT = join(import.meta.dirname, "../../..");
const plans = new Map<string, readonly PolicyResource[]>();

/** What a stack of this tree declares; each is planned once, by the whole program. */
export async function planOf(stack: string): Promise<readonly PolicyResource[]> {
  const known = plans.get(stack);
  if (known !== undefined) return known;
  const declared: Registration[] = [];
  // A module runs once, and this one is another for each query.
  const copy = `../../../index.ts?policies-of=${stack}`;
  const result = await runStack({
    project: await loadProject(ROOT, stack),
    operation: "plan",
    program: () => import(copy),
    packages: {},
    stateFile: "",
    onDeclared: (one) => declared.push(one),
  });
  assert.deepEqual(result.failures, []);
  const resources = policyResources(declared);
  plans.set(stack, resources);
  return resources;
}

/** Runs something while there is a cloud on this machine for all that a plan asks: its description. */
export async function withDescribedCloud<T>(body: () => Promise<T>): Promise<T> {
  const outside = process.env["SLIPWAY_HOME"];
  const home = mkdtempSync(join(tmpdir(), "slipway-policies-"));
  const login = (port: number) => ({
    host: `localhost:${port}`,
    username: "marker-user",
    password: "marker-password",
  });
  const cloud: LocalCloud = {
    version: 1,
    folder: home,
    aws: { endpoint: "http://127.0.0.1:34000" },
    github: { endpoint: "http://127.0.0.1:34001", token: "marker-token" },
    registries: { ecr: login(34002), "ghcr.io": login(34003), "docker.io": login(34004) },
    buildkit: { address: "unix:///run/buildkit.sock" },
    standIns: { base: `oci-layout://${home}/stand-ins/base@sha256:${"1".repeat(64)}` },
  };
  writeFileSync(join(home, "cloud.json"), JSON.stringify(cloud));
  process.env["SLIPWAY_HOME"] = home;
  try {
    return await body();
  } finally {
    if (outside === undefined) delete process.env["SLIPWAY_HOME"];
    else process.env["SLIPWAY_HOME"] = outside;
    rmSync(home, { recursive: true, force: true });
  }
}
