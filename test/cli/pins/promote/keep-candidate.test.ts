import assert from "node:assert/strict";
import { keepCandidate } from "../../../../cli/pins/promote/keep-candidate.ts";
import { Registries, type RepositoryClient } from "../../../../oci/registries.ts";
import { pinName } from "../../../../rules/names.ts";

const DIGEST = `sha256:${"d".repeat(64)}`;
const PLACES = [{ registry: "ecr", repository: "ecr.test/a-candidate" }] as const;

/** Registries in which each repository has some names and digests, and nothing else is asked for. */
class Holding extends Registries {
  readonly names: Set<string>;

  constructor(...names: readonly string[]) {
    super();
    this.names = new Set(names);
  }

  override repository(...asked: Parameters<Registries["repository"]>): RepositoryClient {
    const client = super.repository(...asked);
    client.manifests.digest = (name) => Promise.resolve(this.names.has(name) ? DIGEST : undefined);
    client.manifests.get = (name) => {
      assert.ok(this.names.has(name), `${name} is not there`);
      return Promise.resolve({} as Awaited<ReturnType<typeof client.manifests.get>>);
    };
    client.manifests.put = (name) => {
      this.names.add(name);
      return Promise.resolve();
    };
    return client;
  }
}

describe("keeping a candidate", () => {
  it("names it where it is, and names nothing where it is not or has its name", async () => {
    for (const [before, after] of [
      [[DIGEST], [DIGEST, pinName(DIGEST)]],
      [[], []],
      [[pinName(DIGEST)], [pinName(DIGEST)]],
    ] as const) {
      const registries = new Holding(...before);
      assert.deepEqual(await keepCandidate(DIGEST, PLACES, registries, {}), []);
      assert.deepEqual([...registries.names], [...after]);
    }
  });
});
