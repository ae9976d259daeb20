import type { Provider } from "@pulumi/pulumi/provider/index.js";
import type { RetryPolicy } from "../oci/retry.ts";
import { UserError } from "../rules/problems.ts";
import { environmentSecret } from "./environment-secret.ts";
import { GithubAccesses } from "./github-access.ts";
import { githubEnvironment } from "./github-environment.ts";
import { explained, githubResource } from "./github-resource.ts";
import { imageNameProvider } from "./image-name.ts";
import { revealed } from "./property-values.ts";
import { getRepositoryFacts } from "./repository-facts.ts";
import { pinNameProvider } from "./pin-name.ts";
import type { ResourceProvider } from "./resource-provider.ts";
import { schema } from "./schema.ts";
import { typeOf } from "./urn.ts";

/** What {@link slipwayProvider} has of Pulumi's provider interface. */
export type SlipwayProvider = ResourceProvider &
  Required<Pick<Provider, "version" | "schema" | "invoke">>;

/**
 * Slipway's own provider: names of images on registries, pins on ECR, and GitHub environments with their secrets. The same object serves
 * the embedded engine in process (plain values) and the Pulumi CLI through `main.ts` (secret envelopes).
 * @param options.warn is told what a person may want to know of a step that did all it could
 * @param options.token of the process, where the program gives none; sent to addresses with https alone
 */
export function slipwayProvider(
  options: {
    readonly retryPolicy?: RetryPolicy;
    readonly token?: string;
    readonly warn?: (line: string) => void;
  } = {},
): SlipwayProvider {
  const accesses = new GithubAccesses(options.token, options.retryPolicy?.delay);
  const types: Readonly<Record<string, ResourceProvider>> = {
    "slipway:index:ImageName": imageNameProvider(options),
    "slipway:index:PinName": pinNameProvider(options.warn ?? printed),
    "slipway:index:GithubEnvironment": githubResource(githubEnvironment(accesses)),
    "slipway:index:EnvironmentSecret": githubResource(environmentSecret(accesses)),
  };
  const of = (urn: string): ResourceProvider => {
    const type = typeOf(urn);
    const found = types[type];
    if (found !== undefined) return found;
    throw new UserError(
      `${type}: Slipway's provider has no such resource type; it has ${Object.keys(types).join(", ")}`,
    );
  };
  return {
    version: "0.1.0",
    schema: JSON.stringify(schema),
    check: async (urn, olds, news) => of(urn).check(urn, olds, news),
    diff: async (id, urn, olds, news) => of(urn).diff(id, urn, olds, news),
    create: async (urn, inputs) => of(urn).create(urn, inputs),
    read: async (id, urn, props) => of(urn).read(id, urn, props),
    update: async (id, urn, olds, news) => of(urn).update(id, urn, olds, news),
    delete: async (id, urn, props) => of(urn).delete(id, urn, props),
    async invoke(token, args: unknown) {
      if (token !== "slipway:index:getRepositoryFacts") {
        throw new UserError(`${token}: Slipway's provider has no such function`);
      }
      const outputs = await explained(token, () => getRepositoryFacts(accesses, revealed(args)));
      return { outputs };
    },
  };
}

/** The Pulumi CLI shows what a provider prints there. */
function printed(line: string): void {
  console.error(`warning: ${line}`);
}
