import { join } from "node:path";
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import type { Stack } from "../stack.ts";

/** The services that signatures of a stack's candidates are made with, and what is trusted of them. */
export interface Sigstore {
  /** Who issues the tokens of jobs: the issuer that certificates must name. */
  readonly issuer: string;
  /** Base address of Fulcio, which gives certificates for tokens. */
  readonly fulcio: string;
  /** Base address of Rekor, the log of signatures. */
  readonly rekor: string;
  /** Fetches the keys of both. */
  readonly trustedRoot: () => Promise<TrustedRoot>;
}

/** The public instance of Sigstore, or in a stack of the local cloud its own. */
export function sigstoreOf({ cloud }: Pick<Stack, "cloud">): Sigstore {
  if (cloud !== undefined)
    return localSigstore(cloud.github.endpoint, join(cloud.folder, "sigstore"));
  throw new Error("not there yet");
}

function localSigstore(_endpoint: string, _folder: string): Sigstore {
  throw new Error("not there yet");
}
