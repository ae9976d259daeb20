/** An operating system and an architecture as images name them: `linux/amd64`, `linux/arm/v7`. */
export const PLATFORM = /^linux\/[a-z0-9]+(?:\/v[0-9]+)?$/;

/** What a label names: one image, and of a family with several platforms one platform's part of it. */
export interface ImageLabel {
  readonly family: string;
  /** Absent in a family with one image. */
  readonly accelerator?: string;
  /** Absent in a family with one platform. */
  readonly platform?: string;
}

/** What must be known of a family to label its images. */
export interface LabelledFamily {
  readonly name: string;
  readonly platforms: readonly string[];
  readonly images: readonly { readonly accelerator?: string }[];
}

/** Neither families nor accelerators hold a slash or an "@", so that a label is read in one way only. */
const LABEL = /^(?<family>[^/@\s]+)(?:\/(?<accelerator>[^/@\s]+))?(?:@(?<platform>[^@\s]+))?$/;

/** `ci-image/pytorch-linux-jammy-rocm-n-py3`, `no_rocm_image_ubuntu24_04`, `tools/cpu@linux/arm64`. */
export function formatImageLabel({ family, accelerator, platform }: ImageLabel): string {
  const image = accelerator === undefined ? family : `${family}/${accelerator}`;
  return platform === undefined ? image : `${image}@${platform}`;
}

/**
 * The labels of a family, one for each build: image by image in the catalogue's order, and of a family with several
 * platforms one a platform. A job of a workflow builds one of them.
 */
export function imageLabels({ name, platforms, images }: LabelledFamily): readonly string[] {
  const several = platforms.length > 1;
  return images.flatMap(({ accelerator }) =>
    (several ? platforms : [undefined]).map((platform) =>
      formatImageLabel({
        family: name,
        ...(accelerator !== undefined && { accelerator }),
        ...(platform !== undefined && { platform }),
      }),
    ),
  );
}

/** The parts of a label; undefined when the text is none. Whether the catalogue has what they name is not looked at. */
export function parseImageLabel(text: string): ImageLabel | undefined {
  const { family, accelerator, platform } = LABEL.exec(text)?.groups ?? {};
  if (family === undefined) return undefined;
  if (platform !== undefined && !PLATFORM.test(platform)) return undefined;
  return {
    family,
    ...(accelerator !== undefined && { accelerator }),
    ...(platform !== undefined && { platform }),
  };
}
