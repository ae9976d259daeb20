import { readFile } from "node:fs/promises";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { getTrustedRoot } from "@sigstore/tuf";
import { instancePaths } from "../../local/instance.ts";
import { SIGSTORE_PATH, trustedRootFile } from "../../local/sigstore/places.ts";
import { withTemporaryFolder } from "../../local/temporary-folder.ts";
import { UserError } from "../../rules/problems.ts";
import type { Stack } from "../stack.ts";

/** The services that signatures of a stack's candidates are made with, and what is trusted of them. */
export interface Sigstore {
  /** Base address of Fulcio, which gives certificates for tokens of jobs. */
  readonly fulcio: string;
  /** Base address of Rekor, the log of signatures. */
  readonly rekor: string;
  /**
   * The keys of both, and of the log of certificates.
   * @throws UserError when they cannot be had
   */
  readonly trustedRoot: () => Promise<TrustedRoot>;
}

/**
 * The public instance of Sigstore, whose keys come by TUF from the root that is in the library.
 * @see https://docs.sigstore.dev/about/the-importance-of-verification/
 */
const PUBLIC: Sigstore = {
  fulcio: "https://fulcio.sigstore.dev",
  rekor: "https://rekor.sigstore.dev",
  trustedRoot: keptRoot((cachePath) => getTrustedRoot({ cachePath })),
};

/**
 * Asks once for keys, however often they are wanted, into a folder of its own: TUF's client writes what it fetches into files that
 * another one may be reading.
 * @param fetch by TUF, into a folder
 */
export function keptRoot(
  fetch: (cachePath: string) => Promise<TrustedRoot>,
): Sigstore["trustedRoot"] {
  let asked: Promise<TrustedRoot> | undefined;
  return () => (asked ??= withTemporaryFolder("slipway-tuf", fetch).catch(refuse));
}

function refuse(error: unknown): never {
  throw new UserError(
    `Sigstore's keys cannot be had (${error instanceof Error ? error.message : "no reason told"}); ` +
      "check that https://tuf-repo-cdn.sigstore.dev can be reached from here",
    { cause: error },
  );
}

/** The public instance of Sigstore, or in a stack of the local cloud that of the cloud, beside its stand-in of GitHub. */
export function sigstoreOf({ cloud }: Pick<Stack, "cloud">): Sigstore {
  if (cloud === undefined) return PUBLIC;
  const address = `${cloud.github.endpoint}${SIGSTORE_PATH}`;
  return localSigstore(address, trustedRootFile(instancePaths.sigstore(cloud.folder)));
}

/**
 * A Sigstore whose keys are in a file.
 * @param address of both Fulcio and Rekor
 */
export function localSigstore(address: string, rootFile: string): Sigstore {
  return {
    fulcio: address,
    rekor: address,
    trustedRoot: async () => {
      try {
        return TrustedRoot.fromJSON(JSON.parse(await readFile(rootFile, "utf8")));
      } catch (error) {
        throw new UserError(
          `${rootFile}: no keys of a Sigstore; start the local cloud anew: slipway local up`,
          { cause: error },
        );
      }
    },
  };
}
