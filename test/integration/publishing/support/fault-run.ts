/*
 * One image, published as the commands do it, on the local cloud's registries of ECR and Docker Hub with a proxy before
 * each: `build --missing`, what `up` does with names, `record`. Every run has repositories of its own.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import pLimit from "p-limit";
import type { Family } from "../../../../catalog.ts";
import { openBuilders } from "../../../../cli/publishing/build-builders.ts";
import { buildImage } from "../../../../cli/publishing/build-image.ts";
import { planOf } from "../../../../cli/publishing/build-plan.ts";
import { buildsOfRef } from "../../../../cli/publishing/build-ref.ts";
import { selectImages } from "../../../../cli/publishing/build-selection.ts";
import { ContentBuilds } from "../../../../cli/publishing/content-build.ts";
import { type SurveyedImage, surveyContents } from "../../../../cli/publishing/content-survey.ts";
import { ImageListTag } from "../../../../cli/publishing/image-list-tag.ts";
import { recordImage } from "../../../../cli/publishing/record-image.ts";
import { publicationsOf } from "../../../../cli/publishing/record-run.ts";
import { Heartbeat } from "../../../../cli/print/heartbeat.ts";
import type { Stack } from "../../../../cli/stack.ts";
import { withDockerConfig } from "../../../../local/providers/docker-build/docker-config.ts";
import { Registries } from "../../../../oci/registries.ts";
import { publish } from "../../../../provider/publish.ts";
import { readConfiguration } from "../../../../rules/configuration.ts";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import { floatingNames } from "../../../../rules/names.ts";
import { UserError } from "../../../../rules/problems.ts";
import { repositoryPath } from "../../../../rules/registry-place.ts";
import { startProxy, type Proxy } from "../../oci/proxy.ts";
import { REGISTRIES } from "./publication-steps.ts";

const OWNER = "pytorch";
const REGION = "us-east-1";
/** Waits are short, and there are enough attempts for a fault that happens once. */
const POLICY = { attempts: 3, delay: 2, longestDelay: 5, longestRetryAfter: 1000 };

/** What a name stands for on each registry that has it, by `registry name`. */
export type Names = Readonly<Record<string, string | undefined>>;

export class FaultBench {
  readonly proxies: Readonly<Record<(typeof REGISTRIES)[number], Proxy>>;
  readonly #cloud: LocalCloud;
  readonly #folder: string;
  readonly #ecr: ECR;
  /** Of all benches of this process, which share the local cloud. */
  static #images = 0;

  private constructor(cloud: LocalCloud, proxies: FaultBench["proxies"], folder: string) {
    this.#cloud = cloud;
    this.proxies = proxies;
    this.#folder = folder;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    this.#ecr = new ECR({ region: REGION, endpoint: cloud.aws.endpoint, credentials });
  }

  /** @param folder not there yet, and removed by whoever named it */
  static async start(cloud: LocalCloud, folder: string): Promise<FaultBench> {
    const before = async (name: (typeof REGISTRIES)[number]): Promise<Proxy> =>
      startProxy(Number(cloud.registries[name].host.split(":")[1]));
    const proxies = { ecr: await before("ecr"), "docker.io": await before("docker.io") };
    await mkdir(join(folder, "context"), { recursive: true });
    await writeFile(
      join(folder, "context/Dockerfile"),
      "FROM base\nARG VERSION\nCOPY payload* /\nRUN echo $VERSION > /version\n",
    );
    // Random, so that the layer stays long enough to be cut off in its middle.
    await writeFile(join(folder, "context/payload"), randomBytes(200_000));
    return new FaultBench(cloud, proxies, folder);
  }

  async stop(): Promise<void> {
    this.#ecr.destroy();
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.stop()));
  }

  /** A family with repositories of its own on both registries. */
  async newImage(): Promise<FaultImage> {
    const number = (FaultBench.#images += 1);
    await mkdir(join(this.#folder, `scripts/image${number}`), { recursive: true });
    for (const name of [`image${number}`, `image${number}-cache`]) {
      await this.#ecr.createRepository({
        repositoryName: repositoryPath(OWNER, name),
        imageTagMutability: name.endsWith("-cache") ? "MUTABLE" : "IMMUTABLE",
      });
    }
    return new FaultImage(this.#stack(`image${number}`), this.#cloud, `list${number}`);
  }

  #stack(name: string): (version: string) => Stack {
    const read = readConfiguration({
      "slipway:owner": OWNER,
      "slipway:repository": "pytorch",
      "slipway:families": JSON.stringify([name]),
      "slipway:awsAccountId": "308535385114",
      "slipway:awsRegion": REGION,
      "slipway:local": "true",
      "slipway:standIns": "true",
    });
    assert.ok("configuration" in read);
    const registries = { ...this.#cloud.registries };
    for (const registry of REGISTRIES) {
      registries[registry] = { ...registries[registry], host: this.proxies[registry].host };
    }
    const standIns = {
      base: this.#cloud.standIns.base,
      scripts: join(this.#folder, "scripts"),
    };
    return (version) => {
      const family: Family = {
        name,
        folder: join(this.#folder, "context"),
        description: "An image to be published while registries fail",
        scheme: "pytorch",
        registries: [...REGISTRIES],
        platforms: ["linux/amd64"],
        epoch: 0,
        contract: { tools: ["sh"] },
        images: [
          {
            accelerator: "cpu",
            base: { image: "docker.io/library/base:1", digest: "unresolved" },
            // Of its own, or BuildKit would mount the layer from another image's repository.
            buildArgs: { VERSION: `${name} ${version}` },
          },
        ],
      };
      return {
        name: "local",
        configuration: read.configuration,
        catalog: new Map([[name, family]]),
        families: [family],
        cloud: { ...this.#cloud, registries },
        standIns,
      };
    };
  }
}

/** One image over its versions. */
export class FaultImage {
  readonly #stackOf: (version: string) => Stack;
  readonly #cloud: LocalCloud;
  readonly #list: string;

  constructor(stackOf: (version: string) => Stack, cloud: LocalCloud, list: string) {
    this.#stackOf = stackOf;
    this.#cloud = cloud;
    this.#list = list;
  }

  /** Publishes a version of the sources, from the build to the list of images, for a commit that is made of a number. */
  async publish(version: string, commit = version): Promise<void> {
    const stack = this.#stackOf(version);
    const registries = new Registries(POLICY);
    const credentials = Object.fromEntries(
      REGISTRIES.map((name) => {
        const { host, username, password } = stack.cloud?.registries[name] ?? assert.fail();
        return [host, { username, password }];
      }),
    );
    const wanted = selectImages(stack, {});
    const survey = async (): Promise<SurveyedImage> => {
      const { images, unknown } = await surveyContents(
        stack,
        wanted,
        registries,
        credentials,
        () => true,
      );
      for (const { fault } of unknown) throw fault;
      return images[0] ?? assert.fail();
    };

    const plan = planOf(await survey());
    if (plan !== undefined) {
      const logins = Object.entries(credentials).map(([address, login]) => ({ address, ...login }));
      const report = await withDockerConfig(logins, async (dockerConfig) => {
        const heartbeat = new Heartbeat(() => undefined);
        try {
          const builds = new ContentBuilds(stack, {
            builders: await openBuilders(stack, plan.build, () => undefined),
            cacheOf: buildsOfRef(stack, wanted).cacheOf,
            dockerConfig,
            signal: new AbortController().signal,
            heartbeat,
            warn: () => undefined,
          });
          return await buildImage(plan, {
            builds,
            registries,
            credentials,
            naming: pLimit(1),
            signal: new AbortController().signal,
          });
        } finally {
          heartbeat.stop();
        }
      });
      const [failure] = report.failures;
      if (failure !== undefined) throw new UserError(failure.message);
    }

    const image = await survey();
    const [first = "", second = ""] = image.repositories;
    await publish(
      {
        platforms: image.family.platforms,
        sources: { "linux/amd64": `${first}@${image.content.get(first) ?? ""}` },
        contentName: image.contentName,
        aliases: [],
        registries: [
          { repository: first, floatingNames: [] },
          { repository: second, floatingNames: floatingNames("pytorch", "main", "cpu") },
        ],
        credentials,
      },
      registries,
    );

    const run = {
      event: "push",
      ref: "refs/heads/main",
      commit: commit.padStart(40, "0"),
      repository: "pytorch/pytorch",
    };
    const publication = publicationsOf(run, stack).get("pytorch") ?? assert.fail();
    const recorded = await recordImage(await survey(), run, publication, {
      registries,
      credentials,
    });
    const entry = recorded?.entry ?? assert.fail("nothing was recorded");
    const host = stack.cloud?.registries["docker.io"].host ?? "";
    const list = new ImageListTag(
      `${host}/${OWNER}/${this.#list}`,
      "main",
      registries,
      credentials,
    );
    await list.write({
      version: 1,
      repository: run.repository,
      channel: "main",
      ref: run.ref,
      commit: run.commit,
      families: { [image.family.name]: { images: { cpu: entry } } },
    });
  }

  /** What the image of the channel is made of on Docker Hub: sizes in bytes, by digest. */
  async blobs(): Promise<ReadonlyMap<string, number>> {
    const [family] = this.#stackOf("0").families;
    const { host, username, password } = this.#cloud.registries["docker.io"];
    const { manifests } = new Registries(POLICY).repository(
      `${host}/${OWNER}/${family?.name ?? ""}`,
      { [host]: { username, password } },
    );
    const { config, layers = [] } = (await manifests.get("cpu")).document;
    return new Map(
      [...(config ? [config] : []), ...layers].map((blob) => [blob.digest, blob.size]),
    );
  }

  /**
   * What every name stands for, asked past the proxies.
   * @throws AssertionError when a name leads to content that is not whole
   */
  async names(): Promise<Names> {
    const [family] = this.#stackOf("0").families;
    const registries = new Registries(POLICY);
    const names: Record<string, string> = {};
    for (const registry of REGISTRIES) {
      const { host, username, password } = this.#cloud.registries[registry];
      const logins = { [host]: { username, password } };
      for (const repository of [family?.name ?? "", this.#list]) {
        const client = registries.repository(`${host}/${OWNER}/${repository}`, logins);
        // The list of images is on one registry only, and ECR knows of no such repository.
        if (registry === "ecr" && repository === this.#list) continue;
        for (const tag of await client.tags()) {
          const { digest, document } = await client.manifests.get(tag);
          const blobs = [document.config, ...(document.layers ?? [])];
          for (const blob of blobs) {
            assert.ok(blob);
            assert.ok(await client.blobs.has(blob.digest), `${registry} ${tag}: ${blob.digest}`);
          }
          names[`${registry} ${repository === this.#list ? "list " : ""}${tag}`] = digest;
        }
      }
    }
    return names;
  }
}
