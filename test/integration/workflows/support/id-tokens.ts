/* Where a job with `id-token: write` asks for tokens of its own. @see https://docs.github.com/en/actions/reference/security/oidc */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import { issuerOf } from "../../../support/oidc-issuer.ts";
import type { RunContext } from "./run-context.ts";
import { fullName } from "./workflow-project.ts";

export interface IdTokens {
  /** What the job's steps have for it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** Gives a job its tokens until it ends. */
export async function serveIdTokens(
  cloud: LocalCloud,
  { project, file, ref, sha, event, runId }: RunContext,
  environment: string | undefined,
): Promise<IdTokens> {
  const { id: repositoryId, ownerId } = project.repository;
  const job = {
    ...{ repository: fullName(project.repository), repositoryId, ownerId },
    ...{ workflow: file, ref, sha, event, run: runId },
    ...(environment !== undefined && { environment }),
  };
  const requestToken = randomBytes(18).toString("hex");
  const server = createServer((await issuerOf(cloud)).handler(job, requestToken));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    variables: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
