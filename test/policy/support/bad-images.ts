/* Stacks whose repositories or images are not safe. */
import { TYPES } from "../../../policy/types.ts";
import type { BadStack } from "./bad-access.ts";
import { add, alter, edit, remove, set } from "./changes.ts";

const IMAGE = "ci-image/pytorch-linux-noble-rocm-n-py3-content";
const NAME = "ci-image/pytorch-linux-noble-rocm-n-py3-name";
const HOST = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
const DIGEST = `sha256:${"a".repeat(64)}`;

type Rules = { selection: Record<string, unknown> }[];

const repositories: readonly BadStack[] = [
  {
    stack: "whose images' names move on ECR",
    policy: "repository-names-are-immutable",
    change: set("ci-image-repository", { imageTagMutability: "MUTABLE" }),
  },
  {
    stack: "whose images' names are immutable but for some",
    policy: "repository-names-are-immutable",
    change: set("ci-image-repository", { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" }),
  },
  {
    stack: "whose images nobody scans",
    policy: "repository-is-scanned",
    change: set("ci-image-repository", { imageScanningConfiguration: undefined }),
  },
  {
    stack: "that keeps everything that was ever pushed",
    policy: "repository-has-a-lifecycle",
    change: remove("ci-image-lifecycle"),
  },
  {
    stack: "that deletes what is pinned with the rest",
    policy: "lifecycle-keeps-pins",
    change: edit("ci-image-lifecycle", "policy", (document) => {
      document["rules"] = (document["rules"] as Rules).slice(1);
    }),
  },
  {
    stack: "that deletes named content by age",
    policy: "lifecycle-keeps-pins",
    change: edit("ci-image-lifecycle", "policy", (document) => {
      const { selection } = (document["rules"] as Rules).at(-1)!;
      Object.assign(selection, {
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 90,
      });
    }),
  },
  {
    stack: "whose images anybody on AWS may pull",
    policy: "repository-is-not-public",
    change: edit("ci-image-policy", "policy", (document) => {
      const [statement] = document["Statement"] as Record<string, unknown>[];
      statement!["Principal"] = { AWS: "*" };
    }),
  },
  {
    stack: "whose repository lets another account push",
    policy: "repository-policy-lets-pull-only",
    change: edit("ci-image-policy", "policy", (document) => {
      const [statement] = document["Statement"] as Record<string, string[]>[];
      statement!["Action"]!.push("ecr:PutImage");
    }),
  },
  {
    stack: "that is protected and loses its images all the same",
    policy: "repository-is-not-force-deletable",
    change: set("ci-image-repository", { forceDelete: true }),
  },
];

const images: readonly BadStack[] = [
  {
    stack: "that builds on a tag",
    policy: "image-stands-on-digests",
    change: set(IMAGE, {
      context: {
        location: "images/ci-image",
        named: { base: { location: "docker-image://docker.io/library/ubuntu:24.04" } },
      },
    }),
  },
  {
    stack: "that pushes an image by its name",
    policy: "image-is-pushed-by-digest",
    change: set(IMAGE, {
      exports: [{ registry: { names: [`${HOST}/pytorch/ci-image`], push: true } }],
    }),
  },
  {
    stack: "that pushes under the image's tags",
    policy: "image-is-pushed-by-digest",
    change: set(IMAGE, { tags: ["ghcr.io/pytorch/ci-image:latest"], push: true }),
  },
  {
    stack: "that deletes images which it does not declare any more",
    policy: "image-is-retained",
    change: alter(IMAGE, () => ({ retainOnDelete: false })),
  },
  {
    stack: "with a token among the build arguments",
    policy: "image-arguments-hold-no-secret",
    change: set(IMAGE, { buildArgs: { HF_TOKEN: `hf_${"aB3".repeat(12)}` } }),
  },
  {
    stack: "that joins platforms by docker-build's own index",
    policy: "image-has-no-index-resource",
    change: add(TYPES.imageIndex, { tag: "ghcr.io/pytorch/ci-image:latest", sources: [] }),
  },
  {
    stack: "that puts names on whatever a tag points to",
    policy: "name-points-to-digests",
    change: set(NAME, { sources: { "linux/amd64": `${HOST}/pytorch/ci-image:latest` } }),
  },
  {
    stack: "whose rollback names a tag",
    policy: "name-points-to-digests",
    change: set(NAME, { sources: { "linux/amd64": `${HOST}/x@${DIGEST}` }, float: "latest" }),
  },
  {
    stack: "with floating names on ECR",
    policy: "floating-names-are-not-on-ecr",
    change: set(NAME, {
      registries: [{ repository: `${HOST}/pytorch/ci-image`, floatingNames: ["latest"] }],
    }),
  },
  {
    stack: "that takes build steps from a branch that anybody may push",
    policy: "cache-is-of-a-trusted-channel",
    change: set(IMAGE, {
      cacheFrom: [{ registry: { ref: `${HOST}/pytorch/ci-image-cache:x__stage-docker-mine` } }],
    }),
  },
  {
    stack: "that takes build steps from somebody else's repository",
    policy: "cache-is-of-a-trusted-channel",
    change: set(IMAGE, { cacheFrom: [{ registry: { ref: "ghcr.io/evil/ci-image:x__main" } }] }),
  },
  {
    stack: "that takes build steps from the cache of the machine's jobs",
    policy: "cache-is-of-a-trusted-channel",
    change: set(IMAGE, { cacheFrom: [{ gha: { scope: "any" } }] }),
  },
  {
    stack: "whose update writes the channel's cache",
    policy: "update-writes-no-cache",
    change: set(IMAGE, {
      cacheTo: [{ registry: { ref: `${HOST}/pytorch/ci-image-cache:x__main` } }],
    }),
  },
];

export const badImages: readonly BadStack[] = [...repositories, ...images];
