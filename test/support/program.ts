/*
 * Runs of the whole program under the test's monitor, with the configuration of the project's own stacks. No provider, no
 * state, no network.
 *
 *   const all = await runStack("main", { preview: true });
 *   all.resource("aws:iam/role:Role", "push-role").inputs
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Catalog } from "../../catalog.ts";
import type { PropertyMap } from "../../engine/values.ts";
import type * as Program from "../../index.ts";
import { describeCloud } from "./described-cloud.ts";
import { type EngineRun, runInEngine, type RunOptions } from "./engine.ts";

export type Outputs = typeof Program;

/** Every secret that a stack may need, each a marker. */
export const secrets = {
  "slipway:githubToken": "marker-github",
  "slipway:ghcrUser": "marker-ghcr-user",
  "slipway:ghcrToken": "marker-ghcr",
  "slipway:dockerId": "marker-docker-id",
  "slipway:dockerToken": "marker-docker",
};

/** What asks AWS for the login to ECR. */
export const LOGIN_TO_ECR = "aws:ecr/getAuthorizationToken:getAuthorizationToken";

/** Answers to all that the program asks, as a stack expects them. */
export function functionsFor(stack: string) {
  return {
    [LOGIN_TO_ECR]: () => ({ userName: "AWS", password: "marker-ecr" }),
    "github:index/getTeam:getTeam": () => ({ id: "1" }),
    "slipway:index:getRepositoryFacts": () => facts(stack),
  };
}

/** What GitHub says of a stack's repository; by itself, what the stack expects of one without environments. */
export function facts(
  stack: string,
  more: { readonly immutable?: boolean; readonly keys?: PropertyMap } = {},
) {
  const { immutable = false, keys = {} } = more;
  const config = configOf(stack);
  const numbers = {
    ownerId: Number(config["slipway:ownerId"] ?? 1),
    repositoryId: Number(config["slipway:repositoryId"] ?? 2),
  };
  return { subject: { immutable, customised: null, prefix: null }, numbers, keys, secrets: {} };
}

/** A stack's own configuration as the Pulumi CLI hands it over: text, or JSON. */
export function configOf(stack: string): Record<string, string> {
  const file = readFileSync(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url), "utf8");
  const { config } = parse(file) as {
    readonly config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

let copies = 0;

/** The program in a copy of its own: a module runs once. */
export async function program(): Promise<Outputs> {
  const copy = `../../index.ts?copy=${++copies}`;
  return (await import(copy)) as Outputs;
}

export function runStack(stack: string, options: RunOptions = {}): Promise<EngineRun<Outputs>> {
  return runInEngine(program, {
    stack,
    config: configOf(stack),
    functions: functionsFor(stack),
    ...options,
  });
}

/** `family/accelerator` of every image in some families. */
export function imagesOf(catalog: Catalog, families: readonly string[]): string[] {
  return families
    .flatMap((name) =>
      catalog.get(name)!.images.map(({ accelerator = "default" }) => `${name}/${accelerator}`),
    )
    .sort();
}

/** The families that a stack publishes. */
export function familiesOf(stack: string): string[] {
  return JSON.parse(configOf(stack)["slipway:families"] ?? "[]") as string[];
}

/** Names of the resources of a type, sorted. */
export function namesOf(all: EngineRun<unknown>, type: string): string[] {
  return all.resources
    .filter((resource) => resource.type === type)
    .map(({ name }) => name)
    .sort();
}

/** Lets the tests of a suite find a local cloud that nobody started. */
export function onFakeCloud(): void {
  let takeAway: () => void;
  before(() => (takeAway = describeCloud()));
  after(() => takeAway());
}
