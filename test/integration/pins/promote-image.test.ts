/* One image that is taken over, with registries that stop answering in the middle of it. */
import assert from "node:assert/strict";
import { ECR } from "@aws-sdk/client-ecr";
import { promoteImage } from "../../../cli/pins/promote/promote-image.ts";
import { sigstoreOf } from "../../../cli/provenance/sigstore.ts";
import type { SurveyedImage } from "../../../cli/publishing/content-survey.ts";
import { readCatalog } from "../../../catalog.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { pinName } from "../../../rules/names.ts";
import { runInvocation } from "../../../rules/pins/provenance.ts";
import { UserError } from "../../../rules/problems.ts";
import { withCloud } from "../../support/cloud.ts";
import { issuerOf } from "../../support/oidc-issuer.ts";
import { push, sampleImage } from "../oci/sample-image.ts";
import { attachAsJob } from "./support/job-signature.ts";

const REPOSITORY = "pytorch/pytorch";
const NUMBERS = { repositoryId: 11, ownerId: 22 };
const EXPECTED = { pullRequest: 3, repository: REPOSITORY, ...NUMBERS };
const FAMILY = "pytorch/promoted";
const RUN = 5;

/** Registries that refuse to write some references. */
class Refusing extends Registries {
  readonly #refuses: (client: RepositoryClient, reference: string) => boolean;

  constructor(refuses: (client: RepositoryClient, reference: string) => boolean) {
    super();
    this.#refuses = refuses;
  }

  override repository(...asked: Parameters<Registries["repository"]>): RepositoryClient {
    const client = super.repository(...asked);
    const { manifests } = client;
    const put = manifests.put.bind(manifests);
    manifests.put = async (reference, manifest) => {
      if (this.#refuses(client, reference)) throw new UserError(`${client.host}: HTTP 500`);
      await put(reference, manifest);
    };
    return client;
  }
}

describe("promoteImage", function () {
  this.timeout(60_000);
  const cloud = withCloud();
  let round = 0;

  before("make the repositories on ECR", async () => {
    const ecr = new ECR({
      endpoint: cloud().aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    for (const repositoryName of [FAMILY, `${FAMILY}-candidate`]) {
      await ecr.createRepository({ repositoryName, imageTagMutability: "IMMUTABLE" });
    }
    ecr.destroy();
  });

  /** Takes a new image over with a signed candidate. */
  async function promoted(refuses: (client: RepositoryClient, reference: string) => boolean) {
    const contentName = `k${String(++round).padStart(40, "0")}`;
    const family = (await readCatalog("images")).get("no_rocm_image_ubuntu24_04");
    const [image] = family?.images ?? [];
    assert.ok(family !== undefined && image !== undefined);
    const logins = Object.values(cloud().registries).map(
      ({ host, ...login }) => [host, login] as const,
    );
    const credentials = Object.fromEntries(logins);
    const hosts = (["ghcr.io", "ecr"] as const).map((name) => cloud().registries[name].host);
    const own = new Registries();
    const clients = hosts.map((host) =>
      own.repository(`${host}/${FAMILY}-candidate`, credentials, "push"),
    );
    const sample = sampleImage();
    for (const one of clients) await push(sample, one);
    const { digest } = sample.manifest;
    const provenance = {
      ...{ image: "x", contentName, digest, pullRequest: 3, head: "1".repeat(40) },
      ...{ merge: "2".repeat(40), base: "3".repeat(40), repository: REPOSITORY },
      ...{ repositoryId: NUMBERS.repositoryId, run: runInvocation(REPOSITORY, RUN, 1) },
    };
    const job = {
      ...{ repository: REPOSITORY, ...NUMBERS, workflow: "candidate.yml", sha: "a".repeat(40) },
      ...{ ref: "refs/heads/main", event: "workflow_run", run: RUN },
      environment: "docker-candidate",
    };
    await attachAsJob(clients, provenance, {
      ...{ cloud: cloud(), issuer: await issuerOf(cloud()), job },
    });
    const surveyed: SurveyedImage = {
      ...{
        family,
        image,
        label: "x",
        platforms: family.platforms,
        contentName,
        content: new Map(),
      },
      ...{ repositories: hosts.map((host) => `${host}/${FAMILY}`), platformContents: new Map() },
    };
    const places = [
      { registry: "ghcr.io", repository: `${hosts[0] ?? ""}/${FAMILY}-candidate` },
      { registry: "ecr", repository: `${hosts[1] ?? ""}/${FAMILY}-candidate` },
    ] as const;
    const outcome = await promoteImage(surveyed, [digest], places, EXPECTED, {
      ...{
        registries: new Refusing(refuses),
        credentials,
        sigstore: sigstoreOf({ cloud: cloud() }),
      },
    });
    const named = hosts.map((host) =>
      own.repository(`${host}/${FAMILY}`, credentials).manifests.digest(contentName),
    );
    return { ...outcome, digest, contentName, named: await Promise.all(named) };
  }

  const isEcr = ({ host }: RepositoryClient) => host === cloud().registries.ecr.host;

  it("fails where one registry has the name and another does not take it", async () => {
    const { state, named, digest, reasons } = await promoted(
      (client, reference) => isEcr(client) && reference.startsWith("k"),
    );
    assert.equal(state, "failed");
    assert.deepEqual(named, [digest, undefined]);
    assert.match(reasons.join("\n"), /HTTP 500/);
  });

  it("leaves to be built what no registry has named yet", async () => {
    const { state, named, reasons } = await promoted((_, reference) => reference.startsWith("k"));
    assert.equal(state, "unknown");
    assert.deepEqual(named, [undefined, undefined]);
    assert.match(reasons.join("\n"), /HTTP 500/);
  });

  it("names what it can, and warns that ECR will forget a candidate that got no name there", async () => {
    const { state, named, digest, reasons } = await promoted((_, reference) =>
      reference.startsWith("pin-"),
    );
    assert.equal(state, "promoted");
    assert.deepEqual(named, [digest, digest]);
    assert.equal(reasons.length, 1);
    assert.ok(reasons[0]?.includes(`could not be named ${pinName(digest)}, and ECR deletes it`));
  });
});
