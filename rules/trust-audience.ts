import type { Bound } from "./trust-bounds.ts";
import { AUDIENCE } from "./trust-policy.ts";
import type { Weakness } from "./trust-weakness.ts";
import { textsLike } from "./trust-witness.ts";

/**
 * What lets tokens in that were made for somebody else than AWS.
 * @param bounds what a statement binds `aud` to
 * @param isWeaklyBound whether a condition on it is a weakness already
 */
export function audienceWeaknesses(
  bounds: readonly (readonly Bound[])[],
  isWeaklyBound: boolean,
): readonly Weakness[] {
  if (bounds.some((values) => values.every((one) => !one.open && !isDefaultAudience(one)))) {
    return [];
  }
  const [values] = bounds;
  if (values === undefined) {
    if (isWeaklyBound) return [];
    const what = `no condition demands aud, so that tokens made for another service get in as far as the provider's list of audiences lets them; demand ${AUDIENCE}`;
    return [{ what, changes: [{ aud: "https://github.com/someone-else" }, { aud: undefined }] }];
  }
  return values
    .filter((one) => one.open || isDefaultAudience(one))
    .map(({ open, text }) =>
      open
        ? {
            what: `aud ${text} holds for tokens made for other services`,
            changes: textsLike(text).map((aud) => ({ aud })),
          }
        : {
            what: `aud ${text} is in the token of every job that asks for no audience, whomever it is made for`,
            changes: [{ aud: text }],
          },
    );
}

/** What GitHub writes where a job asks for no audience: the address of the repository's owner. */
function isDefaultAudience({ text }: Bound): boolean {
  return /^https:\/\/github\.com(?:\/|$)/i.test(text);
}
