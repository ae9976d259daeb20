import type { CredentialsByHost } from "../../oci/registries.ts";
import { parseImageReference, parseRepository } from "../../rules/image-reference.ts";
import { machineLogin } from "../registry-variables.ts";
import type { Stack } from "../stack.ts";
import type { WantedImage } from "./build-selection.ts";

/**
 * This machine's logins at the registries that base images are pulled from: Docker Hub limits how often it is asked
 * without one.
 */
export async function baseLogins(
  { standIns, configuration: { baseMirror } }: Pick<Stack, "standIns" | "configuration">,
  images: readonly WantedImage[],
): Promise<CredentialsByHost> {
  if (standIns !== undefined) return {};
  const hosts =
    baseMirror === ""
      ? images.map(({ image }) => parseImageReference(image.base.image).host)
      : [parseRepository(baseMirror).host];
  const logins = await Promise.all(
    [...new Set(hosts)].map(async (host) => [host, await machineLogin(host)] as const),
  );
  return Object.fromEntries(
    logins.flatMap(([host, login]) => (login === undefined ? [] : [[host, login]])),
  );
}
