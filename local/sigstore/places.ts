import { join } from "node:path";

/** Before the paths of Fulcio and Rekor, of which no two are the same. */
export const SIGSTORE_PATH = "/_sigstore";

/** The file in a Sigstore's folder that says what to trust of it. */
export function trustedRootFile(folder: string): string {
  return join(folder, "trusted_root.json");
}
