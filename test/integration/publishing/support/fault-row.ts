import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { FaultBench, FaultImage, Names } from "./fault-run.ts";
import { type FaultKind, isOf, type Step } from "./publication-steps.ts";

/** What came of a publication one of whose requests failed. */
export interface FaultRow {
  /** Requests that failed; without any, the row proves nothing. */
  readonly hits: number;
  /** What the run said when it gave up; undefined when it went on by itself. */
  readonly error?: string;
  /** Whether the floating names stood for the old content after it, for the new, or some for each. */
  readonly floating: "old" | "new" | "old and new" | "LOST";
  /** Whether the next run made everything as if nothing had failed. */
  readonly healed: boolean;
}

/** The names that a consumer follows. */
const FLOATING = ["docker.io cpu", "docker.io cpu-main"];

/**
 * Publishes an image, then another version of it while one step fails, then the same once more with no fault.
 */
export async function faultRow(bench: FaultBench, step: Step, fault: FaultKind): Promise<FaultRow> {
  const image = await bench.newImage();
  await image.publish("1");
  const old = await image.names();
  const proxy = bench.proxies[step.registry];
  let hits = 0;
  proxy.fault = (seen) => {
    if (!isOf(step, seen) || hits >= fault.times) return undefined;
    hits += 1;
    return fault.of(step);
  };
  let error: string | undefined;
  try {
    await image.publish("2");
  } catch (thrown) {
    assert.ok(thrown instanceof Error);
    error = thrown.message;
  } finally {
    proxy.reset();
  }
  const broken = await namesOrLost(image);
  await image.publish("2");
  const healed = await image.names();
  return {
    hits,
    ...(error !== undefined && { error }),
    floating: broken === undefined ? "LOST" : floatingState(old, broken),
    healed: isWhole(old, healed),
  };
}

/** Undefined when a name leads to content that is not whole. */
async function namesOrLost(image: FaultImage): Promise<Names | undefined> {
  try {
    return await image.names();
  } catch (error) {
    if (error instanceof assert.AssertionError) return undefined;
    throw error;
  }
}

function floatingState(old: Names, now: Names): FaultRow["floating"] {
  const states = new Set(
    FLOATING.map((name) => {
      if (now[name] === undefined) return "LOST";
      return now[name] === old[name] ? "old" : "new";
    }),
  );
  if (states.has("LOST")) return "LOST";
  return states.size > 1 ? "old and new" : ([...states][0] ?? "LOST");
}

/** Every name that was there is, the floating ones moved together, and both registries have the new content's name. */
function isWhole(old: Names, now: Names): boolean {
  const moved = now[FLOATING[0] ?? ""];
  const kept = Object.entries(old).filter(
    ([name]) => !FLOATING.includes(name) && name !== "docker.io list main",
  );
  const contents = (registry: string) =>
    Object.entries(now)
      .filter(([name]) => name.startsWith(`${registry} cpu-k`))
      .map(([name, digest]) => [name.slice(registry.length), digest]);
  return (
    moved !== undefined &&
    FLOATING.every((name) => now[name] === moved && old[name] !== moved) &&
    kept.every(([name, digest]) => now[name] === digest) &&
    isDeepStrictEqual(new Map(contents("ecr") as []), new Map(contents("docker.io") as [])) &&
    contents("ecr").some(([, digest]) => digest === moved) &&
    now["docker.io list main"] !== old["docker.io list main"]
  );
}

/** Whether a row shows what it must: the fault happened, nothing was lost, and the next run healed. */
export function isKept({ hits, floating, healed }: FaultRow): boolean {
  return hits > 0 && floating !== "LOST" && healed;
}
