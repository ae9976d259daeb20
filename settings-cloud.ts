import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAMESPACE } from "./rules/configuration.ts";
import { LocalCloud } from "./rules/local-cloud.ts";
import type { Problem } from "./rules/problems.ts";

/** The local cloud of a stack, or why there is none. */
export type FoundCloud = { readonly cloud: LocalCloud } | { readonly problem: Problem };

/** Looks for the cloud of this machine, which describes itself in its folder. */
export function findCloud(home: string): FoundCloud {
  const path = join(home, "cloud.json");
  if (!existsSync(path)) {
    return problem(`no local cloud is in ${home}; start it: npm run local:up`);
  }
  const cloud = LocalCloud.safeParse(parseJson(readFileSync(path, "utf8")));
  if (cloud.success) return { cloud: cloud.data };
  const places = cloud.error.issues.map((issue) => issue.path.join(".") || "the whole file");
  return problem(
    `${path} is not what a local cloud writes (${places.join(", ")}); start it again: npm run local:up`,
  );
}

function problem(why: string): FoundCloud {
  return { problem: { path: `${NAMESPACE}local`, message: `true, but ${why}` } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
