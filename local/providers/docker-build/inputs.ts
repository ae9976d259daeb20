import { z } from "zod";
import { formatRepository, parseRepository } from "../../../rules/image-reference.ts";

/** `host/path` without tag or digest. */
const RepositoryName = z.string().transform((text, context) => {
  try {
    return formatRepository(parseRepository(text));
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

/** A push of the content alone, with no name: names are another resource's. */
const RegistryExport = z.strictObject({
  names: z.tuple([RepositoryName], { error: "write one repository: host/path" }),
  push: z.literal(true).default(true),
  pushByDigest: z.literal(true),
  nameCanonical: z.literal(true),
  /** Docker's media types unless told otherwise, as with the real provider. */
  ociMediaTypes: z.boolean().default(false),
});
export type RegistryExport = z.output<typeof RegistryExport>;

const Export = z
  .strictObject({
    registry: RegistryExport.optional(),
    /** A build that is run for its failure alone: nothing of it leaves BuildKit. */
    cacheonly: z.strictObject({}).optional(),
  })
  .refine(({ registry, cacheonly }) => (registry === undefined) !== (cacheonly === undefined), {
    error: "write one export, registry or cacheonly",
  });

/** The inputs of a `docker-build.Image` that are implemented. */
export const ImageInputs = z.strictObject({
  push: z.literal(false),
  /** The engine that runs these providers builds nothing in a preview. */
  buildOnPreview: z.literal(false),
  exports: z.tuple([Export], { error: "write one export" }),
  context: z.strictObject({
    location: z.string(),
    named: z.record(z.string(), z.strictObject({ location: z.string() })).default({}),
  }),
  dockerfile: z.strictObject({ location: z.string() }).optional(),
  buildArgs: z.record(z.string(), z.string()).default({}),
  target: z.string().optional(),
  platforms: z.array(z.string()).default([]),
  /** A builder by name, whose address is in the provider's configuration. */
  builder: z.strictObject({ name: z.string() }).optional(),
  cacheFrom: z.array(z.strictObject({ registry: z.strictObject({ ref: z.string() }) })).default([]),
  registries: z
    .array(z.strictObject({ address: z.string(), username: z.string(), password: z.string() }))
    .default([]),
  /** The SDK always sends it. */
  network: z.literal("default").default("default"),
});
export type ImageInputs = z.output<typeof ImageInputs>;

/** The repository that an image is pushed to; undefined for one that is not. */
export function exportTarget({
  exports: [only],
}: Pick<ImageInputs, "exports">): RegistryExport | undefined {
  return only.registry;
}

/** Scheme of a named context that is an image on a registry. */
export const IMAGE_SCHEME = "docker-image://";

export function isFolder(location: string): boolean {
  return !location.includes("://");
}

/** Path of the Dockerfile, which lies in the context unless told otherwise. */
export function dockerfileOf({ context, dockerfile }: Pick<ImageInputs, "context" | "dockerfile">) {
  return dockerfile?.location ?? `${context.location}/Dockerfile`;
}
