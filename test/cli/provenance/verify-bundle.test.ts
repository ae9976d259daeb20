import assert from "node:assert/strict";
import type { SerializedBundle } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { BUNDLE_LIMIT, verifyBundle } from "../../../cli/provenance/verify-bundle.ts";
import { LIFETIME } from "../../../local/sigstore/certificate-authority.ts";
import { newKeys } from "../../../local/sigstore/keys.ts";
import { trustedRootOf } from "../../../local/sigstore/trusted-root.ts";
import {
  provenanceStatement,
  runInvocation,
  type CandidateProvenance,
  type ExpectedProvenance,
} from "../../../rules/pins/provenance.ts";
import { claimsOf, type IssuedJob } from "../../support/oidc-issuer.ts";
import { signedBundle, type SignedStatement } from "../../support/signed-bundle.ts";

const REPOSITORY = "ROCm/TheRock";
const AT = new Date("2026-08-18T10:00:00Z");
const JOB: IssuedJob = {
  repository: REPOSITORY,
  repositoryId: 762817,
  ownerId: 21157610,
  workflow: "candidate.yml",
  ref: "refs/heads/main",
  sha: "c".repeat(40),
  event: "workflow_run",
  run: 17,
  environment: "docker-candidate",
};
const PROVENANCE: CandidateProvenance = {
  image: "ci-image/rocm",
  contentName: `rocm-k${"a".repeat(40)}`,
  digest: `sha256:${"1".repeat(64)}`,
  pullRequest: 12,
  head: "d".repeat(40),
  merge: "e".repeat(40),
  base: "f".repeat(40),
  repository: REPOSITORY,
  repositoryId: 762817,
  run: runInvocation(REPOSITORY, 17, 1),
};
const EXPECTED: ExpectedProvenance = { ...pick(PROVENANCE), ownerId: 21157610 };

function pick(provenance: CandidateProvenance): Omit<ExpectedProvenance, "ownerId"> {
  const { image, contentName, pullRequest, repository, repositoryId } = provenance;
  return { image, contentName, pullRequest, repository, repositoryId };
}

describe("verifyBundle", () => {
  const keys = newKeys(AT);
  let root: TrustedRoot;
  before(async () => {
    root = TrustedRoot.fromJSON(await trustedRootOf(keys));
  });

  const GOOD: SignedStatement = {
    statement: provenanceStatement(PROVENANCE),
    keys,
    claims: claimsOf(JOB),
    at: AT,
  };
  const verify = (bundle: SerializedBundle | string, expected = EXPECTED) =>
    verifyBundle(
      Buffer.from(typeof bundle === "string" ? bundle : JSON.stringify(bundle)),
      PROVENANCE.digest,
      expected,
      root,
    );
  const refusal = (bundle: SerializedBundle | string, expected = EXPECTED): string => {
    const verified = verify(bundle, expected);
    return "refused" in verified ? verified.refused : "taken";
  };

  it("takes what the job of candidate.yml signed, and says what it says", async () => {
    assert.deepEqual(verify(await signedBundle(GOOD)), { provenance: PROVENANCE });
  });

  it("takes it long after the certificate was over, since the log knows when it signed", async () => {
    const logged = new Date(AT.getTime() + LIFETIME - 1000);
    assert.deepEqual(verify(await signedBundle({ ...GOOD, logged })), { provenance: PROVENANCE });
  });

  it("takes what is of the repository in other letters than GitHub's own", async () => {
    const [owner = "", name = ""] = REPOSITORY.split("/");
    const repository = `${owner.toLowerCase()}/${name.toUpperCase()}`;
    const bundle = await signedBundle(GOOD);
    assert.deepEqual(verify(bundle, { ...EXPECTED, repository }), { provenance: PROVENANCE });
    const refused = refusal(bundle, { ...EXPECTED, repository: `${repository}S` });
    assert.match(refused, /certificate is of .*not of .*THEROCKS/);
    assert.match(refused, /statement is of the repository/);
  });

  describe("refuses a job that is another one", () => {
    const other = (change: Partial<IssuedJob>): Partial<SignedStatement> => ({
      claims: claimsOf({ ...JOB, ...change }),
    });
    const cases: readonly (readonly [string, Partial<SignedStatement>, RegExp])[] = [
      ["of another workflow", other({ workflow: "up.yml" }), /certificate is of .*up\.yml/],
      [
        "of another branch",
        other({ ref: "refs/heads/x" }),
        /certificate's ref is "refs\/heads\/x"/,
      ],
      ["of a tag called main", other({ ref: "refs/tags/main" }), /refs\/tags\/main/],
      ["of a fork", other({ repository: "evil/TheRock" }), /certificate is of .*evil\/TheRock/],
      ["of a repository of the same name", other({ repositoryId: 1 }), /repository number is "1"/],
      ["of an owner of the same name", other({ ownerId: 2 }), /repository's owner is "2"/],
      [
        "of another event",
        other({ event: "pull_request_target" }),
        /event is "pull_request_target"/,
      ],
      ["of another run", other({ run: 18 }), /run is ".*runs\/18\/attempts\/1"/],
      ["of another attempt", other({ attempt: 2 }), /run is ".*runs\/17\/attempts\/2"/],
      [
        "of another environment",
        other({ environment: "docker-build" }),
        /environment is "docker-build"/,
      ],
      ["on a runner of its own", { extensions: { 11: "self-hosted" } }, /runner is "self-hosted"/],
      [
        "of another issuer",
        { extensions: { 8: "https://evil.example" } },
        /issuer is "https:\/\/evil/,
      ],
      [
        "of a workflow that calls it",
        { extensions: { 18: "https://github.com/x" } },
        /workflow is/,
      ],
      [
        "whose workflow is called the same in other letters",
        other({ workflow: "Candidate.yml" }),
        /certificate is of .*Candidate\.yml/,
      ],
      [
        "that does not say its environment",
        { extensions: { 23: undefined } },
        /environment is not there, not "docker-candidate"/,
      ],
      ["that does not say its run", { extensions: { 21: undefined } }, /run is not there/],
      [
        "whose subject only begins like the right one",
        { subject: `https://github.com/${claimsOf(JOB).job_workflow_ref}-x` },
        /certificate is of .*main-x/,
      ],
    ];
    for (const [name, change, expected] of cases) {
      it(name, async () => {
        assert.match(refusal(await signedBundle({ ...GOOD, ...change })), expected);
      });
    }
  });

  describe("refuses a statement of something else", () => {
    const cases: readonly (readonly [string, Partial<CandidateProvenance>, RegExp])[] = [
      ["another digest", { digest: `sha256:${"2".repeat(64)}` }, /the digest "sha256:22/],
      ["another image", { image: "ci-image/cpu" }, /the image "ci-image\/cpu"/],
      ["another content", { contentName: "rocm-kb" }, /the content "rocm-kb"/],
      ["another pull request", { pullRequest: 13 }, /pull request 13, not 12/],
      ["another repository", { repository: "evil/x" }, /repository "evil\/x"/],
      ["another repository number", { repositoryId: 5 }, /repository number 5/],
      ["another run than signs", { run: runInvocation(REPOSITORY, 1, 1) }, /certificate's run/],
    ];
    for (const [name, change, expected] of cases) {
      it(name, async () => {
        const statement = provenanceStatement({ ...PROVENANCE, ...change });
        assert.match(refusal(await signedBundle({ ...GOOD, statement })), expected);
      });
    }

    const statements: readonly (readonly [string, (good: string) => string, RegExp])[] = [
      ["no JSON", () => "{", /not JSON/],
      ["a key twice", (good) => good.replace("{", '{"_type":"x",'), /a key twice/],
      [
        "a second subject",
        (good) => good.replace('"subject":[', '"subject":[{"name":"x","digest":{"sha256":"1"}},'),
        /subject/,
      ],
      [
        "another predicate",
        (good) => good.replace("provenance/v1", "provenance/v2"),
        /predicateType/,
      ],
      [
        "another type of build",
        (good) => good.replace("candidate:v1", "candidate:v2"),
        /buildType/,
      ],
      [
        "another builder",
        (good) => good.replace("candidate.yml", "up.yml"),
        /two different things/,
      ],
      [
        "another source",
        (good) => good.replace(/"gitCommit":"e/, '"gitCommit":"d'),
        /two different things/,
      ],
      ["one thing more", (good) => good.replace("{", '{"more":1,'), /the whole/],
    ];
    for (const [name, change, expected] of statements) {
      it(`with ${name}`, async () => {
        const statement = change(GOOD.statement);
        assert.notEqual(statement, GOOD.statement);
        assert.match(refusal(await signedBundle({ ...GOOD, statement })), expected);
      });
    }
  });

  describe("refuses a signature that proves nothing", () => {
    it("by keys that are not trusted", async () => {
      const bundle = await signedBundle({ ...GOOD, keys: newKeys(AT) });
      assert.match(refusal(bundle), /signature does not count/);
    });

    for (const key of ["authority", "certificates", "signatures"] as const) {
      it(`with another key of the ${key} alone`, async () => {
        const mixed = { ...keys, [key]: newKeys(AT)[key] };
        assert.match(refusal(await signedBundle({ ...GOOD, keys: mixed })), /does not count/);
      });
    }

    it("logged before the certificate counted", async () => {
      const logged = new Date(AT.getTime() - 2000);
      assert.match(refusal(await signedBundle({ ...GOOD, logged })), /does not count/);
    });

    it("logged after the certificate was over", async () => {
      const logged = new Date(AT.getTime() + LIFETIME + 1000);
      assert.match(refusal(await signedBundle({ ...GOOD, logged })), /does not count/);
    });

    const LOG = "verificationMaterial.tlogEntries.0";
    const cases: readonly (readonly [string, Readonly<Record<string, Change>>, RegExp])[] = [
      ["with no log entry", { "verificationMaterial.tlogEntries": () => [] }, /does not count/],
      [
        "with no promise of the log, so that nobody knows when it was signed",
        { [`${LOG}.inclusionPromise`]: () => undefined },
        /does not count: expected 1 timestamps/,
      ],
      [
        "with no proof of the log",
        { [`${LOG}.inclusionProof`]: () => undefined },
        /cannot be read/,
      ],
      [
        "with another time than the log's",
        { [`${LOG}.integratedTime`]: (time) => String(Number(time) + 1) },
        /does not count/,
      ],
      ["with another place in the log", { [`${LOG}.logIndex`]: () => "7" }, /does not count/],
      [
        "with a changed payload",
        {
          "dsseEnvelope.payload": (payload) =>
            recoded(payload, (text) => text.replace('"pullRequest":12', '"pullRequest":13')),
        },
        /does not count/,
      ],
      ["with a changed signature", { "dsseEnvelope.signatures.0.sig": flipped }, /does not count/],
      ["with no signature", { "dsseEnvelope.signatures": () => [] }, /cannot be read/],
      [
        "with two signatures",
        { "dsseEnvelope.signatures": (one) => [...(one as unknown[]), ...(one as unknown[])] },
        /cannot be read/,
      ],
      [
        "with a changed certificate",
        { "verificationMaterial.certificate.rawBytes": flipped },
        /does not count|cannot be read/,
      ],
      [
        "with a key in the place of a certificate",
        {
          "verificationMaterial.certificate": () => undefined,
          "verificationMaterial.publicKey": () => ({ hint: "x" }),
        },
        /not signed by a certificate/,
      ],
      [
        "with a log's name that would keep the program busy",
        {
          [`${LOG}.inclusionProof.checkpoint.envelope`]: (note) =>
            String(note).replace("\u2014 rekor.local", "\u2014 (.*)*(.*)*(.*)*(.*)*x"),
        },
        /strange way/,
      ],
      [
        "of a message",
        {
          dsseEnvelope: () => undefined,
          messageSignature: () => ({
            messageDigest: { algorithm: "SHA2_256", digest: "AAAA" },
            signature: "AAAA",
          }),
        },
        /signs no statement/,
      ],
      ["of another form", { mediaType: () => "application/json" }, /cannot be read/],
    ];
    for (const [name, changes, expected] of cases) {
      it(name, async () => {
        const good = await signedBundle(GOOD);
        const bundle = structuredClone(good);
        for (const [path, change] of Object.entries(changes)) edit(bundle, path, change);
        assert.notDeepEqual(bundle, good);
        assert.match(refusal(bundle), expected);
      });
    }

    it("of another type of payload", async () => {
      const bundle = await signedBundle({ ...GOOD, payloadType: "text/plain" });
      assert.match(refusal(bundle), /no in-toto statement/);
    });

    it("that is no JSON, or no bundle", () => {
      for (const text of ["", "{", "null", "[]", "{}", '"x"', "1"]) {
        assert.match(refusal(text), /cannot be read|signs no statement/, text);
      }
    });

    it("that is larger than any bundle, without reading it", () => {
      assert.match(refusal(" ".repeat(BUNDLE_LIMIT + 1)), /bytes large/);
    });
  });

  it("tells all that is wrong at once", async () => {
    const claims = claimsOf({ ...JOB, event: "push", ref: "refs/heads/x" });
    const statement = provenanceStatement({ ...PROVENANCE, image: "x", pullRequest: 1 });
    const found = refusal(await signedBundle({ ...GOOD, claims, statement }));
    for (const part of ["event", "ref", "image", "pull request"]) assert.ok(found.includes(part));
  });

  it("refuses with every expectation that is another one", async () => {
    const bundle = await signedBundle(GOOD);
    for (const [name, value] of Object.entries(EXPECTED)) {
      const other = typeof value === "number" ? value + 1 : `${String(value)}x`;
      assert.notEqual(refusal(bundle, { ...EXPECTED, [name]: other }), "taken", name);
    }
  });
});

/** What stands at a place of a bundle, and what is to stand there; undefined takes it out. */
type Change = (found: unknown) => unknown;

function edit(document: unknown, path: string, change: Change): void {
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let holder = document as Record<string, unknown>;
  for (const step of steps) holder = holder[step] as Record<string, unknown>;
  // JSON leaves out what is undefined.
  holder[last] = change(holder[last]);
}

/** Changes the text that is written in base64. */
function recoded(found: unknown, change: (text: string) => string): string {
  const text = Buffer.from(String(found), "base64").toString("utf8");
  return Buffer.from(change(text)).toString("base64");
}

/** Changes one bit in the middle of bytes in base64. */
function flipped(found: unknown): string {
  const bytes = Buffer.from(String(found), "base64");
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes.toString("base64");
}
