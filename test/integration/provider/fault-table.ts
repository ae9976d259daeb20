/*
 * What a registry may do wrong at each step of a publish: the new content of an image replaces the old, one registry of two
 * fails at one step, and then works again. `npm run faults` prints it beside
 * the steps of ../publishing/; publish-faults.test.ts holds it.
 */
import assert from "node:assert/strict";
import type { RepositoryClient } from "../../../oci/registries.ts";
import type { ImageNameInputs } from "../../../provider/image-name-inputs.ts";
import { publish } from "../../../provider/publish.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Fault, Seen } from "../oci/proxy.ts";
import { push, sampleImageFor } from "../oci/sample-image.ts";
import type { TwoRegistries } from "./two-registries.ts";

/** A fault that lasts until the run has ended. */
export const faults: Readonly<Record<string, Fault>> = {
  "401": { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
  "403": { status: 403 },
  "404": { status: 404 },
  "413": { status: 413 },
  "429 for a moment": { status: 429, headers: { "retry-after": "0" } },
  "429 for an hour": { status: 429, headers: { "retry-after": "3600" } },
  "500": { status: 500 },
  "cut connection": "cut",
  "cut in mid-answer": { cutAfter: 7 },
};

/** A request of the publish, and which of the two registries is asked it. */
export interface Step {
  readonly registry: "first" | "second";
  readonly matches: (seen: Seen) => boolean;
}

const asks =
  (method: string, url: RegExp): Step["matches"] =>
  (seen) =>
    seen.method === method && url.test(seen.url);

export const steps: Readonly<Record<string, Step>> = {
  "look up a name": { registry: "first", matches: asks("HEAD", /manifests\/a-k2$/) },
  "read a manifest": { registry: "first", matches: asks("GET", /manifests\/sha256:/) },
  "read a layer": { registry: "first", matches: asks("GET", /blobs\/sha256:/) },
  "name a platform": { registry: "first", matches: asks("PUT", /manifests\/a-k2-arm64$/) },
  "put the index": { registry: "first", matches: asks("PUT", /manifests\/sha256:/) },
  "name the content first": { registry: "first", matches: asks("PUT", /manifests\/a-k2$/) },
  "look up content": { registry: "second", matches: asks("HEAD", /manifests\/sha256:/) },
  "look up a layer": { registry: "second", matches: asks("HEAD", /blobs\/sha256:/) },
  "start an upload": { registry: "second", matches: asks("POST", /blobs\/uploads/) },
  "upload a layer": { registry: "second", matches: asks("PUT", /blobs\/uploads/) },
  "put an image": { registry: "second", matches: asks("PUT", /manifests\/sha256:/) },
  "name the content": { registry: "second", matches: asks("PUT", /manifests\/a-k2$/) },
  "put an alias": { registry: "second", matches: asks("PUT", /manifests\/a-t2$/) },
  "move the first name": { registry: "second", matches: asks("PUT", /manifests\/a$/) },
  "move the last name": { registry: "second", matches: asks("PUT", /manifests\/a-main$/) },
};

/** What became of one fault at one step. */
export interface Outcome {
  /** Whether the run went through, in spite of the fault. */
  readonly published: boolean;
  /** Names that had moved when the run ended, of all floating names. */
  readonly moved: number;
}

/**
 * Publishes under a fault, holds that every floating name is wholly old or wholly new, publishes again without it, and holds
 * that both registries are equal then.
 */
export async function publishUnder(
  two: TwoRegistries,
  fault: Fault,
  { registry, matches }: Step,
): Promise<Outcome> {
  two.next();
  const repositories =
    registry === "first" ? [two.mirror, two.authority] : [two.authority, two.mirror];
  const [first = ""] = repositories;
  const content = async (key: string): Promise<ImageNameInputs> => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const sources: Record<string, string> = {};
    for (const platform of platforms) {
      const digest = await push(sampleImageFor(platform), two.client(first));
      sources[platform] = `${first}@${digest}`;
    }
    return {
      platforms,
      sources,
      contentName: `a-k${key}`,
      aliases: [`a-t${key}`],
      registries: repositories.map((repository) => ({
        repository,
        floatingNames: ["a", "a-main"],
      })),
      credentials: two.credentials,
    };
  };
  const published = async (inputs: ImageNameInputs): Promise<string> => {
    const result = await publish(inputs, two.registries);
    assert.ok("digest" in result);
    return result.digest;
  };

  const old = await published(await content("1"));
  const wanted = await content("2");
  two.proxy.fault = (seen) => (matches(seen) ? fault : undefined);
  const underFault = await published(wanted).catch((error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    return undefined;
  });
  two.proxy.reset();

  const before = await floating(two, repositories);
  const digest = await published(wanted);
  if (underFault !== undefined) assert.equal(underFault, digest);
  for (const [name, at] of before) {
    assert.ok(at === old || at === digest, `${name} is at ${at}`);
  }
  for (const [name, at] of await floating(two, repositories)) assert.equal(at, digest, name);
  for (const repository of repositories) {
    assert.equal(await two.at(repository, "a-k1"), old);
    assert.equal(await two.at(repository, "a-k2"), digest);
    assert.equal(await two.at(repository, "a-t2"), digest);
  }
  const moved = [...before.values()].filter((at) => at === digest).length;
  return { published: underFault !== undefined, moved };
}

/** Where all floating names point, by `host/path:tag`; each to something that is wholly there. */
async function floating(
  two: TwoRegistries,
  repositories: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const repository of repositories) {
    for (const tag of ["a", "a-main"]) {
      const digest = await two.at(repository, tag);
      assert.ok(digest !== undefined, `${repository}:${tag} is lost`);
      await assertWhole(two.client(repository), digest);
      names.set(`${repository}:${tag}`, digest);
    }
  }
  return names;
}

async function assertWhole(client: RepositoryClient, digest: string): Promise<void> {
  const { document } = await client.manifests.get(digest);
  for (const child of document.manifests ?? []) await assertWhole(client, child.digest);
  const { config, layers = [] } = document;
  for (const blob of config === undefined ? layers : [config, ...layers]) {
    assert.ok(await client.blobs.has(blob.digest), `${digest} lacks ${blob.digest}`);
  }
}
