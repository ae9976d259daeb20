import { parseImageLabel } from "../../../rules/image-label.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import type { HostedPin } from "../../../rules/pins/pins-of-places.ts";
import type { SeenPin } from "../../../rules/pins/protection.ts";
import { registryHost } from "../../../rules/registry-place.ts";
import type { Stack } from "../../stack.ts";
import type { DigestChecks } from "../digest-facts.ts";

/** A pin that is not in the file, and why. */
export interface LeftPin {
  readonly pin: SeenPin;
  readonly detail: string;
}

/** Every pin that was found, by what becomes of it. */
export interface SortedPins {
  readonly there: readonly SeenPin[];
  /** Those that lead nowhere. */
  readonly lost: readonly LeftPin[];
  /** Those that are on their own registry and not on ECR, where there is nothing to keep then. */
  readonly elsewhere: readonly LeftPin[];
}

/**
 * Asks the registries. What could not be looked at, as ECR by who has no role there, is taken for being there: an update of the
 * stack looks itself, and only warns of what it does not find. What only a name nearby tells of is a pin where a registry says
 * that it has it, and is left out elsewhere.
 */
export async function sortedPins(
  pins: readonly HostedPin[],
  stack: Stack,
  checks: DigestChecks,
): Promise<SortedPins> {
  const there: SeenPin[] = [];
  const lost: LeftPin[] = [];
  const elsewhere: LeftPin[] = [];
  await Promise.all(
    pins.map(async ({ host, nearby, ...pin }) => {
      const { repository: path, digest, image } = pin;
      const named = await checks.facts({ host, path, digest });
      if (nearby === true && (named.state === "missing" || named.state === "unchecked")) return;
      const ecr = ecrOf(image, stack);
      const kept = ecr === undefined ? named : await checks.facts({ host: ecr, path, digest });
      if ("detail" in named) lost.push({ pin, detail: `${named.state}: ${named.detail}` });
      else if ("detail" in kept) elsewhere.push({ pin, detail: `not on ECR: ${kept.detail}` });
      else there.push(pin);
    }),
  );
  return { there, lost, elsewhere };
}

/** Those of the file that ECR says it does not have. */
export async function absentPins(
  before: readonly PinnedDigest[],
  stack: Stack,
  checks: DigestChecks,
): Promise<readonly PinnedDigest[]> {
  const answers = await Promise.all(
    before.map(async (pin) => {
      const { image, repository: path, digest } = pin;
      const host = ecrOf(image, stack);
      const facts = host === undefined ? undefined : await checks.facts({ host, path, digest });
      return facts?.state === "missing" ? [pin] : [];
    }),
  );
  return answers.flat();
}

/** The host of ECR, where an image's family is there. */
function ecrOf(image: string, { families, configuration, cloud }: Stack): string | undefined {
  const name = parseImageLabel(image)?.family;
  const isOnEcr = families.find((family) => family.name === name)?.registries.includes("ecr");
  return isOnEcr === true ? registryHost("ecr", configuration, cloud) : undefined;
}
