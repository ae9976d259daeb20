/* Provenance of candidates by the Sigstore of a local cloud: signed as a job signs, attached on both kinds of registry, verified. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { BUNDLE_V03_MEDIA_TYPE } from "@sigstore/bundle";
import { ECR } from "@aws-sdk/client-ecr";
import { Signer } from "../../../cli/provenance/signer.ts";
import { localSigstore, sigstoreOf } from "../../../cli/provenance/sigstore.ts";
import { verifiedProvenance, type Verified } from "../../../cli/provenance/verified.ts";
import { BUNDLE_LIMIT } from "../../../cli/provenance/verify-bundle.ts";
import { attach } from "../../../oci/referrers.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { runInvocation, type CandidateProvenance } from "../../../rules/pins/provenance.ts";
import { UserError } from "../../../rules/problems.ts";
import { withCloud } from "../../support/cloud.ts";
import { issuerOf, type IssuedJob } from "../../support/oidc-issuer.ts";
import { push, sampleImage } from "../oci/sample-image.ts";
import { attachAsJob } from "./support/job-signature.ts";

const REPOSITORY = "pytorch/pytorch";
const JOB: IssuedJob = {
  ...{ repository: REPOSITORY, repositoryId: 11, ownerId: 22, workflow: "candidate.yml" },
  ...{ ref: "refs/heads/main", sha: "a".repeat(40), event: "workflow_run", run: 5 },
  environment: "docker-candidate",
};

for (const registry of ["ghcr.io", "ecr"] as const) {
  describe(`provenance on ${registry}`, function () {
    this.timeout(60_000);
    const cloud = withCloud();
    const path = "pytorch/provenance-test-candidate";
    let repository: RepositoryClient;
    let provenance: CandidateProvenance;

    before(async () => {
      const { host, username, password } = cloud().registries[registry];
      repository = new Registries().repository(
        `${host}/${path}`,
        { [host]: { username, password } },
        "push",
      );
      if (registry !== "ecr") return;
      const ecr = new ECR({
        endpoint: cloud().aws.endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      await ecr.createRepository({ repositoryName: path, imageTagMutability: "IMMUTABLE" });
      ecr.destroy();
    });
    beforeEach(async () => {
      const image = sampleImage();
      await push(image, repository);
      provenance = {
        ...{ image: "x/y", contentName: "y-k1", digest: image.manifest.digest, pullRequest: 3 },
        ...{ head: "1".repeat(40), merge: "2".repeat(40), base: "3".repeat(40) },
        ...{ repository: REPOSITORY, repositoryId: 11, run: runInvocation(REPOSITORY, 5, 1) },
      };
    });

    const signed = async (changed: Partial<CandidateProvenance>, job: IssuedJob = JOB) =>
      attachAsJob(
        [repository],
        { ...provenance, ...changed },
        {
          ...{ cloud: cloud(), issuer: await issuerOf(cloud()), job },
        },
      );
    const verified = (): Promise<Verified> =>
      verifiedProvenance(
        repository,
        provenance.digest,
        { ...provenance, ownerId: 22 },
        sigstoreOf({ cloud: cloud() }),
      );
    const refusal = async (): Promise<string> => {
      const found = await verified();
      return "refused" in found ? found.refused : "taken";
    };
    const junk = (bytes: Buffer): Promise<string> =>
      attach(repository, provenance.digest, {
        ...{ artifactType: BUNDLE_V03_MEDIA_TYPE, mediaType: BUNDLE_V03_MEDIA_TYPE, bytes },
      });

    it("is what the job signed", async () => {
      await signed({});
      assert.deepEqual(await verified(), { provenance });
    });

    it("is refused where nothing is attached", async () => {
      assert.equal(await refusal(), "it has no provenance");
    });

    it("is refused of another image, to which it was attached all the same", async () => {
      await signed({ contentName: "z-k9" });
      assert.match(await refusal(), /the content "z-k9", not "y-k1"/);
    });

    it("is refused of another job", async () => {
      await signed({}, { ...JOB, workflow: "pins.yml", event: "pull_request" });
      assert.match(await refusal(), /pins\.yml.*event is "pull_request"/);
    });

    it("is taken beside others that do not count, whichever came first", async () => {
      await junk(Buffer.from("{}"));
      await signed({ pullRequest: 4 });
      await signed({});
      await junk(Buffer.alloc(BUNDLE_LIMIT + 1, 32));
      assert.deepEqual(await verified(), { provenance });
    });

    it("is refused of what is too large to be one, and what is none, with each reason", async () => {
      await junk(Buffer.from("no JSON"));
      await junk(Buffer.alloc(BUNDLE_LIMIT + 1, 32));
      const found = await refusal();
      assert.match(found, /cannot be read/);
      assert.match(found, /bytes large, more than/);
    });

    it("is neither taken nor refused where nobody has Sigstore's keys", async () => {
      await signed({});
      const none = localSigstore("http://127.0.0.1:1", join(cloud().folder, "none.json"));
      const expected = { ...provenance, ownerId: 22 };
      await assert.rejects(
        verifiedProvenance(repository, provenance.digest, expected, none),
        /no keys of a Sigstore/,
      );
    });
  });
}

describe("a signer", function () {
  this.timeout(60_000);
  const cloud = withCloud();
  const PROVENANCE: CandidateProvenance = {
    ...{ image: "x", contentName: "y", digest: `sha256:${"1".repeat(64)}`, pullRequest: 1 },
    ...{ head: "1".repeat(40), merge: "2".repeat(40), base: "3".repeat(40) },
    ...{ repository: REPOSITORY, repositoryId: 1, run: "x" },
  };
  const signing = async (token: string | undefined): Promise<UserError> => {
    const before = process.env["SIGSTORE_ID_TOKEN"];
    if (token !== undefined) process.env["SIGSTORE_ID_TOKEN"] = token;
    try {
      await new Signer(sigstoreOf({ cloud: cloud() })).sign(PROVENANCE);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error;
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, "SIGSTORE_ID_TOKEN");
      else process.env["SIGSTORE_ID_TOKEN"] = before;
    }
    throw new Error("it was signed");
  };

  it("says what a job needs that has no token", async () => {
    assert.match((await signing(undefined)).message, /id-token: write/);
  });

  it("never tells a token that nobody can read", async () => {
    const error = await signing("secret.secret");
    assert.match(error.message, /no token of this job/);
    for (let one: unknown = error; one instanceof Error; one = one.cause) {
      assert.doesNotMatch(`${one.message} ${one.stack ?? ""}`, /secret\.secret/);
    }
  });

  it("tells why it got no certificate, and not the token", async () => {
    const token = `e30.${Buffer.from('{"sub":"x"}').toString("base64url")}.hidden`;
    const error = await signing(token);
    assert.match(
      error.message,
      /gave no certificate for this job \(\(400\) the token is not one of a job/,
    );
    assert.doesNotMatch(error.message, /hidden/);
  });
});
