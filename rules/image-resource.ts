import { ONLY_IMAGE } from "./image-list.ts";
import { isMap, type KnownResource, textOf, textsOf } from "./known-resource.ts";

/** An image's names as a resource of the stack declares them. */
export interface NamedImage {
  /** `ci-image/cuda12.8`; of a family with one image `ci-image`. */
  readonly label: string;
  /** Absent while its base is unresolved. */
  readonly contentName?: string;
  /** Digest that its floating names point to in the place of its content. */
  readonly float?: string;
  /** `host/path` of every registry that carries it. */
  readonly repositories: readonly string[];
  /** Floating names in full: `ghcr.io/pytorch/ci-image:cuda12.8`. */
  readonly names: readonly string[];
}

const TYPE = "slipway:index:ImageName";

/** The images that resources name, by label. */
export function namedImages(resources: readonly KnownResource[]): ReadonlyMap<string, NamedImage> {
  return new Map(
    resources
      .filter(({ type }) => type === TYPE)
      .map((resource) => {
        const label = labelOf(resource.name);
        const [contentName, float] = [textOf(resource, "contentName"), textOf(resource, "float")];
        const registries = registriesOf(resource);
        return [
          label,
          {
            label,
            ...(contentName !== undefined && { contentName }),
            ...(float !== undefined && { float }),
            repositories: registries.map(({ repository }) => repository),
            names: registries.flatMap(({ repository, floatingNames }) =>
              floatingNames.map((name) => `${repository}:${name}`),
            ),
          },
        ] as const;
      }),
  );
}

/** What an image is called: its family's name, and its accelerator where the family has several. */
export function imageLabel(family: string, accelerator: string | undefined): string {
  return accelerator === undefined ? family : `${family}/${accelerator}`;
}

/** Of the resource that components/accelerator-image.ts calls `FAMILY/ACCELERATOR-name`. */
function labelOf(resource: string): string {
  const [family = "", ...accelerator] = resource.replace(/-name$/, "").split("/");
  const name = accelerator.join("/");
  return imageLabel(family, name === "" || name === ONLY_IMAGE ? undefined : name);
}

function registriesOf({ properties: { registries } }: KnownResource) {
  const list = Array.isArray(registries) ? (registries as readonly (typeof registries)[]) : [];
  return list.flatMap((registry) => {
    if (!isMap(registry) || typeof registry["repository"] !== "string") return [];
    return {
      repository: registry["repository"],
      floatingNames: textsOf(registry["floatingNames"]),
    };
  });
}
