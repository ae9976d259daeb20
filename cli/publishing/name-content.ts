import type { CredentialsByHost, Registries } from "../../oci/registries.ts";
import { publish } from "../../provider/publish.ts";
import { platformTag } from "../../rules/platform.ts";
import type { SurveyedImage } from "./content-survey.ts";

/** What the names of an image stand for now. */
export interface GivenNames {
  /** `sha256:...` behind the content name; absent while platforms are missing. */
  readonly digest?: string;
  /** Platforms that have no content yet. */
  readonly missing: readonly string[];
  /** Of an image with several platforms, by those that were built: the digest behind the platform's name. */
  readonly platforms: ReadonlyMap<string, string>;
}

/**
 * Gives content its names on all of the image's registries; the first writer of a name wins. Floating names are left alone.
 * @param built by platform, what was built: `host/path@sha256:...`
 * @throws UserError
 */
export async function nameContent(
  image: SurveyedImage,
  built: ReadonlyMap<string, string>,
  registries: Registries,
  credentials: CredentialsByHost,
): Promise<GivenNames> {
  const { family, contentName, repositories } = image;
  const published = await publish(
    {
      platforms: family.platforms,
      sources: { ...foundSources(image), ...Object.fromEntries(built) },
      contentName,
      aliases: [],
      registries: repositories.map((repository) => ({ repository, floatingNames: [] })),
      credentials,
    },
    registries,
  );
  const [first = ""] = repositories;
  const { manifests } = registries.repository(first, credentials);
  const platforms = new Map<string, string>();
  for (const platform of family.platforms.length > 1 ? family.platforms : []) {
    if (!built.has(platform)) continue;
    const digest = await manifests.digest(platformTag(contentName, platform));
    if (digest !== undefined) platforms.set(platform, digest);
  }
  return "missing" in published
    ? { missing: published.missing, platforms }
    : { digest: published.contentDigest, missing: [], platforms };
}

/** Where content is that was found; of an image with one platform, its own, else each platform's. */
function foundSources({
  family,
  content,
  platformContents,
}: SurveyedImage): Record<string, string> {
  const [only = "", ...others] = family.platforms;
  const found = others.length === 0 ? [[only, content] as const] : [...platformContents];
  return Object.fromEntries(
    found.flatMap(([platform, places]) => {
      const [place] = places;
      return place === undefined ? [] : [[platform, `${place[0]}@${place[1]}`]];
    }),
  );
}
