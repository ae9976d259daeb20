import { resolve } from "node:path";
import { Option } from "commander";
import { UserError } from "../../rules/problems.ts";
import { callerFolder } from "../project-root.ts";

/** Set on a runner, so that its jobs need not know where its images are kept. */
const VARIABLE = "SLIPWAY_CACHE_STORE";

/** `--store`: the folder that a runner keeps images in. */
export function storeOption(): Option {
  return new Option("--store <folder>", "folder of the kept images").env(VARIABLE);
}

/**
 * The folder that is meant by `--store`, which need not be there.
 * @param option relative to the caller's folder
 * @returns its absolute path
 * @throws UserError when none is named
 */
export function storeFolder(option: string | undefined): string {
  if (option === undefined || option === "") {
    const what = option === undefined ? "no store is named" : "--store is empty";
    throw new UserError(
      `${what}; write --store and the folder that this machine keeps images in, or set ${VARIABLE}`,
    );
  }
  return resolve(callerFolder(), option);
}
