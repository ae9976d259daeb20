import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { attachProvenance } from "../../../../cli/provenance/attach.ts";
import { Signer } from "../../../../cli/provenance/signer.ts";
import { sigstoreOf } from "../../../../cli/provenance/sigstore.ts";
import type { RepositoryClient } from "../../../../oci/registries.ts";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import type { CandidateProvenance } from "../../../../rules/pins/provenance.ts";
import type { IssuedJob, OidcIssuer } from "../../../support/oidc-issuer.ts";

/** The job that signs, and where. */
export interface SigningJob {
  readonly cloud: LocalCloud;
  readonly issuer: OidcIssuer;
  readonly job: IssuedJob;
}

/** Signs a provenance and attaches it to an image in several repositories, as the code that a job runs does in its environment. */
export async function attachAsJob(
  repositories: readonly RepositoryClient[],
  provenance: CandidateProvenance,
  { cloud, issuer, job }: SigningJob,
): Promise<void> {
  const server = createServer(issuer.handler(job, "secret of the request"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const given = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "secret of the request",
  };
  const before = Object.keys(given).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, given);
  try {
    const signer = new Signer(sigstoreOf({ cloud }));
    for (const repository of repositories) await attachProvenance(repository, provenance, signer);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    server.closeAllConnections();
    server.close();
  }
}
