import type { Fault, Seen } from "../../oci/proxy.ts";

/** The registries that a publication of the tests goes to, in the order of their image.yaml. */
export const REGISTRIES = ["ecr", "docker.io"] as const;

/** One kind of request on the way of content from its build to its last name. */
export interface Step {
  readonly name: string;
  readonly registry: (typeof REGISTRIES)[number];
  readonly method: string;
  /** Of the request's path. */
  readonly path: RegExp;
  /** Who sends it: BuildKit answers faults by its own rules. */
  readonly by: "BuildKit" | "Slipway";
}

/** In the order in which they happen, but for those of giving content its names, which ../../provider/fault-table.ts has. */
export const STEPS: readonly Step[] = [
  slipway("look content up", "ecr", "HEAD", /\/manifests\/cpu-k/),
  buildkit("begin to push a layer", "ecr", "POST", /\/image\d+\/blobs\/uploads\//),
  buildkit("push a layer", "ecr", "PUT", /\/image\d+\/blobs\/uploads\//),
  buildkit("push the manifest by digest", "ecr", "PUT", /\/image\d+\/manifests\/sha256:/),
  buildkit("pull for the contract", "ecr", "GET", /\/image\d+\/manifests\/sha256:/),
  buildkit("write the build cache", "ecr", "PUT", /-cache\/manifests\//),
  slipway("put the pin", "ecr", "PUT", /\/manifests\/pin-/),
  slipway("put the record name", "docker.io", "PUT", /\/manifests\/cpu-[0-9a-f]{40}$/),
  slipway("write the list of images", "docker.io", "PUT", /\/list\d+\/blobs\/uploads\//),
  slipway("name the list of images", "docker.io", "PUT", /\/list\d+\/manifests\/main$/),
];

function slipway(name: string, registry: Step["registry"], method: string, path: RegExp): Step {
  return { name, registry, method, path, by: "Slipway" };
}

function buildkit(name: string, registry: Step["registry"], method: string, path: RegExp): Step {
  return { name, registry, method, path, by: "BuildKit" };
}

/** Whether a request belongs to a step. */
export function isOf({ method, path }: Step, seen: Seen): boolean {
  return seen.method === method && path.test(new URL(seen.url, "http://registry").pathname);
}

/** How a registry fails, and how often. */
export interface FaultKind {
  readonly name: string;
  /** Requests of the step that fail; the others pass. */
  readonly times: number;
  readonly of: (step: Step) => Fault;
}

const ALWAYS = Number.POSITIVE_INFINITY;

/** Faults that a second attempt cannot mend, then those that it can, once and every time. */
export const FAULTS: readonly FaultKind[] = [
  ...[401, 403, 404, 413].map((status) => answer(status, ALWAYS)),
  answer(429, 1, { "retry-after": "0" }),
  answer(500, 1),
  cut(1),
  answer(429, ALWAYS, { "retry-after": "0" }),
  answer(500, ALWAYS),
  cut(ALWAYS),
];

function answer(status: number, times: number, headers?: Record<string, string>): FaultKind {
  return {
    name: `${status} ${times === 1 ? "once" : "always"}`,
    times,
    of: () => ({ status, ...(headers !== undefined && { headers }) }),
  };
}

/** In the middle of a body, where there is one that is long enough. */
function cut(times: number): FaultKind {
  return {
    name: `cut off ${times === 1 ? "once" : "always"}`,
    times,
    of: ({ method, path }) => {
      if (method === "GET" && path.source.includes("blobs")) return { cutAfter: 20_000 };
      return method === "PUT" ? { cutUploadAfter: 20_000 } : "cut";
    },
  };
}
