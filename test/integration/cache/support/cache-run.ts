/* The work of the commands `slipway cache ...`, by the functions that they call. */
import type { OnStep } from "../../../../cli/cache/store/steps.ts";

/** What a process does; paths are absolute. */
export type CacheRun = { readonly store: string } & (
  | {
      readonly action: "refresh";
      readonly channel: string;
      /** File of the list of images. */
      readonly list: string;
      readonly accelerators: readonly string[];
      readonly hosts: { readonly ecr: string; readonly "ghcr.io": string };
    }
  /** All that may go. */
  | { readonly action: "collect" }
  | { readonly action: "export"; readonly channel: string; readonly directory: string }
  | { readonly action: "verify" }
);

/** @throws Error saying what the command would, when it failed or found something */
export async function runCache(run: CacheRun, onStep: OnStep): Promise<unknown> {
  throw new Error(`not written yet: ${run.action} ${typeof onStep}`);
}
