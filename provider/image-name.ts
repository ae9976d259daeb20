import { isDeepStrictEqual } from "node:util";
import type { Registries } from "../oci/registries.ts";
import type { RetryPolicy } from "../oci/retry.ts";
import { ProblemsError, UserError } from "../rules/problems.ts";
import {
  imageNameProblems,
  INPUTS,
  isImageNameInputs,
  type ImageNameInputs,
} from "./image-name-inputs.ts";
import type { Observed } from "./observe.ts";
import { concealAs, holdsUnknown, revealed, type Properties } from "./property-values.ts";
import { completed, isConverged, outputsOf, recordedNames, refreshed } from "./recorded-names.ts";
import type { ResourceProvider } from "./resource-provider.ts";
import { labelOf } from "./urn.ts";

/**
 * The resource type `slipway:index:ImageName`: the names of an image on registries.
 *
 * Outputs are the inputs, `digest`, `contentDigest`, `references` and `names`, and after a refresh `unverified`: repositories that refused
 * the recorded login (ECR's lasts 12 hours). Their names stay as recorded, and the next diff looks them up with the login
 * of its own run. Credentials are kept in the outputs because a refresh is told nothing but these; they go out as the
 * secret that they came in as.
 */
export function imageNameProvider(options: { retryPolicy?: RetryPolicy } = {}): ResourceProvider {
  // Loaded at the first request: a plan asks no registry and need not wait for the HTTP library.
  let loading: Promise<Registries> | undefined;
  const registries = (): Promise<Registries> =>
    (loading ??= import("../oci/registries.ts").then(
      (oci) => new oci.Registries(options.retryPolicy),
    ));
  const observe = async (inputs: ImageNameInputs, digest: string): Promise<Observed> => {
    const { observe } = await import("./observe.ts");
    return observe(inputs, digest, await registries());
  };
  const publish = async (urn: string, properties: unknown): Promise<Properties> => {
    const inputs = inputsOf(urn, revealed(properties));
    const { publish } = await import("./publish.ts");
    const published = await publish(inputs, await registries());
    if ("missing" in published) throw new Error("publish asks for sources that the inputs have");
    const holders = inputs.registries.map(({ repository }) => repository);
    return concealAs(properties, outputsOf(inputs, { ...published, holders, unverified: [] }));
  };

  return {
    async check(_urn: string, _olds: unknown, news: unknown) {
      const problems = imageNameProblems(revealed(news));
      return {
        inputs: news,
        failures: problems.map(({ path, message }) => ({ property: path, reason: message })),
      };
    },

    async diff(_id: string, urn: string, olds: unknown, news: unknown) {
      const old = revealed(olds);
      const wanted = revealed(news);
      const diffs = ["platforms", "contentName", "aliases", "registries", "float"].filter(
        (property) => !isDeepStrictEqual(old[property], wanted[property]),
      );
      if (diffs.length === 0) {
        // Where content was built, and the login, may change at any time and move no name.
        const credentials = holdsUnknown(wanted["credentials"]) ? {} : wanted["credentials"];
        const inputs = inputsOf(urn, { ...wanted, sources: old["sources"], credentials });
        let recorded = recordedNames(old);
        if (
          recorded !== undefined &&
          recorded.unverified.length > 0 &&
          credentials === wanted["credentials"]
        ) {
          const { unverified } = recorded;
          const registries = inputs.registries.filter((one) => unverified.includes(one.repository));
          const observed = await observe({ ...inputs, registries }, recorded.digest);
          for (const fault of observed.refused.values()) throw fault;
          recorded = completed(recorded, observed);
        }
        if (recorded === undefined || !isConverged(inputs, recorded)) diffs.push("names");
      }
      return { changes: diffs.length > 0, diffs, replaces: [] };
    },

    async create(urn: string, inputs: unknown) {
      // Content and names both change in time, so neither can be the identity.
      const id = urn.split("::").slice(3).join("::");
      return { id, outs: await publish(urn, inputs) };
    },

    async read(id: string, urn: string, props?: unknown) {
      const old = revealed(props);
      const recorded = recordedNames(old);
      if (recorded === undefined) {
        throw new UserError(
          `${labelOf(urn)}: an ImageName cannot be imported: declare it and run up, which adopts what is there`,
        );
      }
      const inputs = inputsOf(urn, inputsIn(old));
      const observed = await observe(inputs, recorded.digest);
      const outs = outputsOf(inputs, refreshed(recorded, observed));
      return { id, props: concealAs(props, outs) };
    },

    async update(_id: string, urn: string, _olds: unknown, news: unknown) {
      return { outs: await publish(urn, news) };
    },

    /** Forgets: content leaves a registry through retention alone. */
    async delete() {
      return undefined;
    },
  };
}

/** The inputs among the outputs of an engine's state. */
function inputsIn(outputs: Properties): Properties {
  const { credentials = {} } = outputs;
  return {
    ...Object.fromEntries(Object.entries(outputs).filter(([key]) => INPUTS.includes(key))),
    credentials,
  };
}

/** @throws ProblemsError unless the properties are right and known */
function inputsOf(urn: string, properties: Properties): ImageNameInputs {
  if (isImageNameInputs(properties)) return properties;
  const problems = imageNameProblems(properties);
  const unknown = {
    path: "inputs",
    message: "not all known; Slipway's engines never ask for that",
  };
  throw new ProblemsError(labelOf(urn), problems.length > 0 ? problems : [unknown]);
}
