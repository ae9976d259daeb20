import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { isLoginFault } from "../../../oci/faults.ts";
import { Registries } from "../../../oci/registries.ts";
import { parseLayoutContext } from "../../../rules/layout-context.ts";
import type { Problem } from "../../../rules/problems.ts";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { Builder } from "./builder.ts";
import { ContextHasher } from "./context-hash.ts";
import { dockerfileOf, exportTarget, IMAGE_SCHEME, ImageInputs, isFolder } from "./inputs.ts";

const outputs = z.object({
  digest: z.string(),
  /** Always empty: the real provider makes it from tags, and there are none. */
  ref: z.string(),
  contextHash: z.string(),
});

/**
 * An image that is built and pushed by digest; its id is the first digest, or its name where it is built for its failure
 * alone. Any change builds it again, in place.
 *
 * Deleting it only forgets it. The real provider would delete the manifest, and with it every name of the image; the
 * stack gives every image `retainOnDelete` for that reason, and content leaves a registry through retention alone.
 * @see https://www.pulumi.com/registry/packages/docker-build/api-docs/image/
 */
export function image(builder: Builder, projectFolder: string = process.cwd()): ResourceType {
  const hasher = new ContextHasher(projectFolder);
  const registries = new Registries();

  async function build(inputs: ImageInputs, urn: string) {
    // Before the build, so that a file that changes meanwhile makes a difference the next time.
    const contextHash = await hasher.hash(inputs);
    const digest = await builder.build(nameOf(urn), inputs);
    return { digest, ref: "", contextHash };
  }

  async function isThere(inputs: ImageInputs, digest: string): Promise<boolean> {
    const target = exportTarget(inputs);
    if (target === undefined) return true;
    const credentials = Object.fromEntries(
      inputs.registries.map(({ address, ...login }) => [address, login]),
    );
    const repository = registries.repository(target.names[0], credentials);
    try {
      return (await repository.manifests.digest(digest)) !== undefined;
    } catch (error) {
      // An old login says nothing about the image; the real provider leaves the state alone as well.
      if (isLoginFault(error)) return true;
      throw error;
    }
  }

  return resourceType({
    inputs: ImageInputs,
    outputs,
    stables: ["ref"],
    replaceOn: [],
    same: {
      // Passwords change from run to run.
      registries: (a, b) => JSON.stringify(a.map(account)) === JSON.stringify(b.map(account)),
    },
    faults: (inputs) => missingFiles(inputs, projectFolder),
    async drifted({ contextHash }, inputs) {
      return (await hasher.hash(inputs)) === contextHash ? [] : ["contextHash"];
    },
    async create(inputs, urn) {
      const made = await build(inputs, urn);
      return { id: made.digest || nameOf(urn), outputs: made };
    },
    // The real provider looks at tags only, of which these images have none: there, lost content stays unnoticed until
    // it is to be named.
    async read(id, known) {
      const state = ImageInputs.extend(outputs.shape).safeParse(known);
      if (!state.success) {
        throw new Error(`image ${id}: an image cannot be adopted by its digest alone`);
      }
      return (await isThere(state.data, state.data.digest)) ? state.data : undefined;
    },
    update: (_id, _state, inputs, urn) => build(inputs, urn),
    async delete() {
      // Forgotten, not removed: see above.
    },
  });
}

function account({ address, username }: ImageInputs["registries"][number]) {
  return { address, username };
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Of an image the tail is not looked at: it may not be known yet. */
function isKnownContext(location: string): boolean {
  return location.startsWith(IMAGE_SCHEME) || parseLayoutContext(location) !== undefined;
}

function missingFiles(inputs: ImageInputs, folder: string): Problem[] {
  const isMissing = (location: string) => !existsSync(resolve(folder, location));
  const problems: Problem[] = [];
  if (isMissing(inputs.context.location)) {
    const message = `${inputs.context.location} is not there; write a folder, relative to ${folder}`;
    problems.push({ path: "context.location", message });
  } else if (isMissing(dockerfileOf(inputs))) {
    problems.push({ path: "dockerfile.location", message: `${dockerfileOf(inputs)} is not there` });
  }
  for (const [name, { location }] of Object.entries(inputs.context.named)) {
    const path = `context.named.${name}.location`;
    if (isFolder(location)) {
      if (isMissing(location)) problems.push({ path, message: `${location} is not there` });
    } else if (!isKnownContext(location)) {
      const message = `${location}: write a folder, ${IMAGE_SCHEME}HOST/PATH or oci-layout://FOLDER@sha256:...`;
      problems.push({ path, message });
    }
  }
  return problems;
}
