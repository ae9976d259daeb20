import pLimit from "p-limit";
import { Registries } from "../../../oci/registries.ts";
import { parseEcrHost } from "../../../rules/aws-partition.ts";
import { parseImageLabel } from "../../../rules/image-label.ts";
import { formatRepository, parseImageReference } from "../../../rules/image-reference.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Stack } from "../../stack.ts";
import type { KnownImages } from "../known-images.ts";
import { RegistryLogins } from "../registry-logins.ts";

/** Requests at once. */
const PARALLEL = 8;

/**
 * The digests that channels hand out, with those that an index among them lists. Indexes are asked for only in families of which a
 * digest may be released. One that no registry shows to this machine adds nothing: ECR itself deletes nothing that an index
 * lists while the index is there.
 * @param unseen what is in the file and nobody was seen to have
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export async function handedOutDigests(
  { all }: KnownImages,
  stack: Stack,
  unseen: readonly PinnedDigest[],
): Promise<ReadonlySet<string>> {
  const handedOut = new Map(all.map((one) => [one.digest, one]));
  const families = new Set(
    unseen.filter(({ digest }) => !handedOut.has(digest)).map(({ image }) => familyOf(image)),
  );
  const asked = [...handedOut.values()].filter(({ image }) => families.has(familyOf(image)));
  const registries = new Registries();
  const logins = new RegistryLogins(stack);
  const limit = pLimit(PARALLEL);
  const listed = await Promise.all(
    asked.map(({ references }) => limit(() => listedBy(references, registries, logins))),
  );
  return new Set([...handedOut.keys(), ...listed.flat()]);
}

/** What an index lists, by the first registry that shows it. */
async function listedBy(
  references: readonly string[],
  registries: Registries,
  logins: RegistryLogins,
): Promise<readonly string[]> {
  for (const text of references) {
    const reference = parseImageReference(text);
    const { host, digest = "" } = reference;
    const login = await logins.of(host);
    if (login === undefined && parseEcrHost(host) !== undefined) continue;
    const own = login === undefined ? {} : { [host]: login };
    try {
      const from = registries.repository(formatRepository(reference), own);
      const { document } = await from.manifests.get(digest);
      return (document.manifests ?? []).map((one) => one.digest);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return [];
}

function familyOf(label: string): string | undefined {
  return parseImageLabel(label)?.family;
}
