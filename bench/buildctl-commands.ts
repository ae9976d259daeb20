/**
 * Prints, as JSON, the arguments of the buildctl that builds each image of stack `local` and pushes it to the family's first
 * registry: the builds of `slipway build --missing`, and nothing of what it does around them. A list for each image.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buildSource } from "../cli/publishing/build-source.ts";
import { selectImages } from "../cli/publishing/build-selection.ts";
import { instanceFolder, PROJECT_ROOT } from "../cli/project-root.ts";
import { readStack, repositoryName } from "../cli/stack.ts";
import {
  buildctlArguments,
  pushByDigest,
} from "../local/providers/docker-build/buildctl-arguments.ts";
import { cacheReferences } from "../rules/build-cache.ts";

const stack = await readStack("local");
const metadata = join(instanceFolder(), "bench");
await mkdir(metadata, { recursive: true });
const commands = selectImages(stack, {}).map((wanted, index) => {
  const { family, image } = wanted;
  const [registry] = family.registries;
  if (registry === undefined) throw new Error(`${family.name} is on no registry`);
  const repository = repositoryName(stack, family, registry);
  const { accelerator } = image;
  const cached = { repository, ...(accelerator !== undefined && { accelerator }) };
  // A cache of its own: what one side wrote must not help the other.
  const { from, to } = cacheReferences(cached, "release/0.0");
  const [platform = ""] = family.platforms;
  return buildctlArguments(
    {
      ...buildSource(stack, wanted, platform),
      cacheFrom: from,
      ...(to !== undefined && { cacheTo: to }),
    },
    {
      folder: PROJECT_ROOT,
      address: stack.cloud?.buildkit.address ?? "",
      metadataFile: join(metadata, `${index}.json`),
      outputs: [
        pushByDigest({
          names: [repository],
          push: true,
          pushByDigest: true,
          nameCanonical: true,
          ociMediaTypes: false,
        }),
      ],
    },
  );
});
console.log(JSON.stringify(commands));
