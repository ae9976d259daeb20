import {
  EncryptionType,
  ImageTagMutability,
  type Repository as SdkRepository,
} from "@aws-sdk/client-ecr";
import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { fromSdkTags, tagChanges, Tags, toSdkTags } from "./tags.ts";

const inputs = z.strictObject({
  name: z
    .string()
    .min(2)
    .max(256)
    .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$/, {
      error: 'is no repository name (lower-case letters, digits, ". _ -", parts separated by "/")',
    }),
  imageTagMutability: z.enum(ImageTagMutability).default("MUTABLE"),
  imageScanningConfiguration: z
    .strictObject({ scanOnPush: z.boolean() })
    .default({ scanOnPush: false }),
  encryptionConfigurations: z
    .array(
      z.strictObject({
        encryptionType: z.enum(EncryptionType).default("AES256"),
        kmsKey: z.string().optional(),
      }),
    )
    .max(1)
    .default([{ encryptionType: "AES256" }]),
  forceDelete: z.boolean().default(false),
  tags: Tags.optional(),
});
const outputs = z.object({
  arn: z.string(),
  registryId: z.string(),
  repositoryUrl: z.string(),
  region: z.string(),
  tagsAll: Tags,
});

/**
 * An ECR repository; its id is its name.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/ecr/repository/
 */
export function repository(aws: AwsClients): ResourceType {
  const { ecr } = aws;

  async function read(name: string, forceDelete: boolean) {
    const found = await unlessGone(
      ecr.describeRepositories({ repositoryNames: [name] }),
      "RepositoryNotFoundException",
    );
    const repository = found?.repositories?.[0];
    if (repository?.repositoryArn === undefined) return undefined;
    const { tags } = await ecr.listTagsForResource({ resourceArn: repository.repositoryArn });
    return {
      ...fromSdk(repository),
      forceDelete,
      ...tagState(fromSdkTags(tags)),
      region: aws.region,
    };
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["arn", "registryId", "repositoryUrl", "region"],
    replaceOn: ["name", "encryptionConfigurations"],
    name: "name",
    faults: ({ imageTagMutability }) =>
      imageTagMutability.endsWith("_WITH_EXCLUSION")
        ? [
            {
              path: "imageTagMutability",
              message: `${imageTagMutability} needs imageTagMutabilityExclusionFilters, which the local aws provider does not implement; write MUTABLE or IMMUTABLE`,
            },
          ]
        : [],
    async create(wanted) {
      const [encryption] = wanted.encryptionConfigurations;
      await ecr.createRepository({
        repositoryName: wanted.name,
        imageTagMutability: wanted.imageTagMutability,
        imageScanningConfiguration: wanted.imageScanningConfiguration,
        ...(encryption !== undefined && {
          encryptionConfiguration: {
            encryptionType: encryption.encryptionType,
            kmsKey: encryption.kmsKey,
          },
        }),
        tags: toSdkTags(wanted.tags),
      });
      return { id: wanted.name, outputs: await mustRead(wanted.name) };
    },
    idOf: ({ name }) => name,
    read: (id, known) => read(id, known.forceDelete ?? false),
    async update(name, state, wanted) {
      if (state.imageTagMutability !== wanted.imageTagMutability) {
        await ecr.putImageTagMutability({
          repositoryName: name,
          imageTagMutability: wanted.imageTagMutability,
        });
      }
      if (
        state.imageScanningConfiguration.scanOnPush !== wanted.imageScanningConfiguration.scanOnPush
      ) {
        await ecr.putImageScanningConfiguration({
          repositoryName: name,
          imageScanningConfiguration: wanted.imageScanningConfiguration,
        });
      }
      const { set, remove } = tagChanges(state.tags, wanted.tags);
      if (set.length > 0) await ecr.tagResource({ resourceArn: state.arn, tags: set });
      if (remove.length > 0) await ecr.untagResource({ resourceArn: state.arn, tagKeys: remove });
      return mustRead(name);
    },
    async delete(name, { forceDelete }) {
      await unlessGone(
        ecr.deleteRepository({ repositoryName: name, force: forceDelete }),
        "RepositoryNotFoundException",
      );
    },
  });

  async function mustRead(name: string) {
    const state = await read(name, false);
    if (state === undefined) throw new Error(`ECR repository ${name} is gone right after a change`);
    return outputs.parse(state);
  }
}

function fromSdk(repository: SdkRepository) {
  const { encryptionConfiguration: encryption } = repository;
  const { encryptionType = "AES256", kmsKey } = encryption ?? {};
  return {
    name: repository.repositoryName ?? "",
    imageTagMutability: repository.imageTagMutability ?? "MUTABLE",
    imageScanningConfiguration: {
      scanOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false,
    },
    encryptionConfigurations: [{ encryptionType, ...(kmsKey !== undefined && { kmsKey }) }],
    arn: repository.repositoryArn ?? "",
    registryId: repository.registryId ?? "",
    repositoryUrl: repository.repositoryUri ?? "",
  };
}

function tagState(tags: Tags | undefined): { tags?: Tags; tagsAll: Tags } {
  return { ...(tags !== undefined && { tags }), tagsAll: tags ?? {} };
}
