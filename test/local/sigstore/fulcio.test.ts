import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { giveCertificate } from "../../../local/sigstore/fulcio.ts";
import { jobToken } from "../../../local/sigstore/job-token.ts";
import { newKeys } from "../../../local/sigstore/keys.ts";
import { claimsOf } from "../../support/oidc-issuer.ts";

const NOW = new Date("2026-08-18T10:00:00Z");
const claims = claimsOf({
  ...{ repository: "o/r", repositoryId: 1, ownerId: 2, workflow: "candidate.yml" },
  ...{ ref: "refs/heads/main", sha: "a".repeat(40), event: "workflow_run", run: 3 },
});

describe("the local Fulcio", () => {
  const keys = newKeys(NOW);
  const job = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = job.publicKey.export({ format: "pem", type: "spki" }).toString();
  const proof = (text: string): string =>
    sign("sha256", Buffer.from(text), job.privateKey).toString("base64");
  const request = (token: string, proofOfPossession = proof(claims.sub), content = publicKey) => ({
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: { publicKey: { algorithm: "ECDSA", content }, proofOfPossession },
  });
  const token = jobToken(claims, keys.issuer.privateKey, { now: NOW });

  it("gives a job a certificate for its key that its own one signed", async () => {
    const answer = (await giveCertificate(request(token), keys, NOW)) as {
      signedCertificateEmbeddedSct: { chain: { certificates: string[] } };
    };
    const { certificates } = answer.signedCertificateEmbeddedSct.chain;
    const [leaf, root] = certificates.map((one) => new X509Certificate(one));
    assert.ok(leaf !== undefined && root !== undefined);
    assert.ok(
      leaf.verify(root.publicKey) && root.verify(createPublicKey(keys.authority.privateKey)),
    );
    assert.ok(leaf.publicKey.equals(job.publicKey));
    assert.equal(
      leaf.subjectAltName,
      "URI:https://github.com/o/r/.github/workflows/candidate.yml@refs/heads/main",
    );
    assert.equal(leaf.validFromDate.getTime(), NOW.getTime());
    assert.equal(leaf.validToDate.getTime(), NOW.getTime() + 600_000);
  });

  const later = new Date(NOW.getTime() + 301_000);
  const earlier = new Date(NOW.getTime() - 301_000);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const changed = Buffer.from(
    Buffer.from(payload, "base64url").toString().replace('"o/r"', '"o/x"'),
  ).toString("base64url");
  const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
  const refused: readonly (readonly [string, unknown, Date])[] = [
    [
      "another issuer's token",
      request(jobToken(claims, newKeys(NOW).issuer.privateKey, { now: NOW })),
      NOW,
    ],
    [
      "a token for somebody else",
      request(
        jobToken(claims, keys.issuer.privateKey, { now: NOW, audience: "sts.amazonaws.com" }),
      ),
      NOW,
    ],
    ["a token that is over", request(token), later],
    ["a token of the future", request(token), earlier],
    ["a changed token", request(`${header}.${changed}.${signature}`), NOW],
    ["a token that nobody signed", request(`${unsigned}.${payload}.`), NOW],
    ["a token of more parts", request(`${token}.x`), NOW],
    ["no token", request(""), NOW],
    [
      "a key that is not the job's",
      request(
        token,
        generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" }).toString(),
      ),
      NOW,
    ],
    ["a proof for another subject", request(token, proof("another")), NOW],
    ["a key that is none", request(token, proof(claims.sub), "x"), NOW],
    ["no request", {}, NOW],
    ["nothing", undefined, NOW],
  ];
  for (const [name, body, now] of refused) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(giveCertificate(body, keys, now), { name: "UserError" });
    });
  }
});
