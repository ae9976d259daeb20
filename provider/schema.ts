import { githubFunctions, githubResources, githubTypes } from "./github-schema.ts";

const text = { type: "string" };
const texts = { type: "object", additionalProperties: text };

const inputs = {
  platforms: {
    type: "array",
    items: text,
    description: "What the image runs on: linux/amd64. Several make an image index.",
  },
  sources: {
    ...texts,
    description: "By platform, where its content was pushed: host/path@sha256:...",
  },
  contentName: { ...text, description: "Tag that stands for this content for ever." },
  aliases: {
    type: "array",
    items: text,
    description: "More such tags; one that has other content already is left alone.",
  },
  registries: {
    type: "array",
    items: { $ref: "#/types/slipway:index:RegistryNames" },
    description: "In order; the first that has the content name says what it stands for.",
  },
  float: {
    ...text,
    description: "Digest that floating names point to in the place of the content: sha256:...",
  },
  credentials: {
    type: "object",
    additionalProperties: { $ref: "#/types/slipway:index:Login" },
    secret: true,
    description: "Logins by registry host.",
  },
};

const required = ["platforms", "sources", "contentName", "aliases", "registries", "credentials"];

const digests = { type: "array", items: text };
const pin = {
  account: { $ref: "#/types/slipway:index:EcrAccount", description: "Whose ECR it is." },
  repository: { ...text, description: "Path on ECR: pytorch/ci-image" },
  digest: { ...text, description: "What is pinned: sha256:..." },
};

/**
 * The package's schema, which the Pulumi CLI asks for.
 * @see https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */
export const schema = {
  name: "slipway",
  description:
    "Names of container images on registries, pins on ECR, and GitHub environments with their secrets.",
  types: {
    ...githubTypes,
    "slipway:index:RegistryNames": {
      type: "object",
      properties: {
        repository: { ...text, description: "host/path" },
        floatingNames: { type: "array", items: text, description: "Tags that follow the content." },
      },
      required: ["repository", "floatingNames"],
    },
    "slipway:index:Login": {
      type: "object",
      properties: { username: text, password: { ...text, secret: true } },
      required: ["username", "password"],
    },
    "slipway:index:EcrAccount": {
      type: "object",
      properties: {
        accountId: text,
        region: text,
        endpoint: { ...text, description: "Where the cloud of this machine is." },
      },
      required: ["accountId", "region"],
    },
  },
  resources: {
    ...githubResources,
    "slipway:index:ImageName": {
      description: "Puts an image's names on its registries; deleting it only forgets them.",
      inputProperties: inputs,
      requiredInputs: required,
      properties: {
        ...inputs,
        digest: { ...text, description: "What floating names point to: sha256:..." },
        contentDigest: { ...text, description: "What the content's name stands for: sha256:..." },
        references: { ...texts, description: "By host/path: host/path@sha256:..." },
        names: { ...texts, description: "By host/path:tag: sha256:..." },
      },
      required: [...required, "digest", "contentDigest", "references", "names"],
    },
    "slipway:index:PinName": {
      description:
        "Keeps a digest on ECR from retention by the name pin-<64 hex>; deleting it takes that name away and never an image.",
      inputProperties: pin,
      requiredInputs: Object.keys(pin),
      properties: {
        ...pin,
        contents: {
          ...digests,
          description: "What the pin keeps: what an index lists, and the digest.",
        },
        pinned: { ...digests, description: "Those of them whose name was there." },
      },
      required: [...Object.keys(pin), "contents", "pinned"],
    },
  },
  functions: githubFunctions,
};
