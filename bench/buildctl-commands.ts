/**
 * Prints, as JSON, what `docker buildx bake` would have BuildKit do for the images of stack `local`: for each image the
 * arguments of a buildctl that builds it and pushes it under all its names to all registries of its family, content name and
 * floating names, as one export; then, where the family has a contract, those of the buildctl that checks it.
 *
 *   node bench/buildctl-commands.ts cache      reads and writes a build cache on the registry, as `slipway build --missing`
 *   node bench/buildctl-commands.ts            reads one only, as `slipway up`
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buildSource } from "../cli/publishing/build-source.ts";
import { selectImages, type WantedImage } from "../cli/publishing/build-selection.ts";
import { contractSource } from "../cli/contract-source.ts";
import { instanceFolder, PROJECT_ROOT } from "../cli/project-root.ts";
import { readStack, repositoryName, stackKeys } from "../cli/stack.ts";
import {
  buildctlArguments,
  type BuildSource,
} from "../local/providers/docker-build/buildctl-arguments.ts";
import { type CacheReferences, cacheReferences } from "../rules/build-cache.ts";
import { contentName, floatingNames } from "../rules/names.ts";

const writesCache = process.argv[2] === "cache";
const stack = await readStack("local");
const metadata = join(instanceFolder(), "bench");
await mkdir(metadata, { recursive: true });
const images = selectImages(stack, {});
const commands = await Promise.all(images.map((wanted) => commandsOf(wanted)));
console.log(JSON.stringify(commands));

async function commandsOf(wanted: WantedImage): Promise<readonly (readonly string[])[]> {
  const { family, image } = wanted;
  const [platform = ""] = family.platforms;
  const key = (await stackKeys(stack, family)).get(image.accelerator ?? "") ?? "";
  const content = contentName(image.accelerator, key);
  const names = family.registries.flatMap((registry) => {
    const floating =
      registry === "ecr"
        ? []
        : floatingNames(family.scheme, stack.configuration.channel, image.accelerator);
    const repository = repositoryName(stack, family, registry);
    return [content, ...floating].map((tag) => `${repository}:${tag}`);
  });
  const [first = ""] = names;
  const repository = first.slice(0, first.lastIndexOf(":"));
  // A cache of its own: what one side wrote must not help the other.
  const cache = (step: { readonly contract?: true }): CacheReferences => {
    const { accelerator } = image;
    const { from, to } = cacheReferences(
      { repository, ...(accelerator !== undefined && { accelerator }), ...step },
      "release/0.0",
    );
    return { from, ...(writesCache && to !== undefined && { to }) };
  };
  const { from: cacheFrom, to: cacheTo } = cache({});
  const source = {
    ...buildSource(stack, wanted, platform),
    cacheFrom,
    ...(cacheTo !== undefined && { cacheTo }),
  };
  const output = `type=image,"name=${names.join(",")}",push=true,oci-mediatypes=true,registry.insecure=true`;
  const build = buildctl(source, wanted.label, [output]);
  if (family.contract === undefined) return [build];
  const checked = { reference: first, platform, cache: cache({ contract: true }) };
  return [build, buildctl(contractSource(family.contract, checked), wanted.label, [])];
}

function buildctl(
  source: BuildSource,
  label: string,
  outputs: readonly string[],
): readonly string[] {
  return buildctlArguments(source, {
    folder: PROJECT_ROOT,
    address: stack.cloud?.buildkit.address ?? "",
    metadataFile: join(metadata, `${label.replaceAll("/", "_")}.json`),
    outputs,
  });
}
