import { relative } from "node:path";
import { scriptsFolder } from "../../context/content-keys.ts";
import type { BuildSource } from "../../local/providers/docker-build/buildctl-arguments.ts";
import { baseContext } from "../../rules/base-context.ts";
import { buildArgsOf } from "../../rules/image-file.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import type { Stack } from "../stack.ts";
import type { WantedImage } from "./build-selection.ts";

/** What BuildKit is told of one platform of an image: the same as when `up` builds it. */
export function buildSource(
  { standIns, configuration: { baseMirror } }: Pick<Stack, "standIns" | "configuration">,
  { family, image }: WantedImage,
  platform: string,
): BuildSource {
  return {
    context: {
      location: relative(PROJECT_ROOT, family.folder),
      named: {
        base: { location: standIns?.base ?? baseContext(image.base, baseMirror) },
        scripts: { location: relative(PROJECT_ROOT, scriptsFolder(family, standIns)) },
      },
    },
    buildArgs: { ...buildArgsOf(family, image) },
    ...(image.target !== undefined && { target: image.target }),
    platforms: [platform],
  };
}
