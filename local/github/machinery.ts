import type { FastifyInstance, FastifyRequest } from "fastify";
import { recordApp, recordToken } from "./accounts-put-there.ts";
import { DOWNLOADS_PATH, type ArtifactFiles } from "./artifacts.ts";
import type { GitRepositories } from "./git-repositories.ts";
import { recordRef } from "./git-refs.ts";
import { recordPullRequest } from "./pull-requests.ts";
import { recordPush } from "./pushes.ts";
import type { Store } from "./store.ts";
import { recordRun } from "./workflow-runs.ts";

/** Bytes: more than any hostile artifact of the tests has. */
const LARGEST_ARTIFACT = 64 * 1024 * 1024;

export interface MachineryOptions {
  readonly organization: string;
  readonly store: Store;
  readonly files: ArtifactFiles;
  readonly git: GitRepositories;
  /** Refuses who shows no token. */
  readonly onRequest: (request: FastifyRequest) => Promise<void>;
}

/**
 * What people in a browser, git and GitHub's own machinery do, and no request of its API. All want the token, and all
 * but the first take JSON:
 *
 * - `POST /_emulator/artifacts?repository=owner/name&run=ID&name=NAME`: keeps the body, bytes as they are, as an artifact
 * - `POST /_emulator/runs`: a run of a workflow, or with `id` another state of one ({@link recordRun})
 * - `POST /_emulator/pull-requests`: a pull request, or with `number` a change of one ({@link recordPullRequest})
 * - `POST /_emulator/refs`: a branch or tag of any repository ({@link recordRef})
 * - `POST /_emulator/git`: a bare repository on this machine that has a repository's git data ({@link GitRepositories.give})
 * - `POST /_emulator/pushes`: what git tells GitHub of a branch that was pushed there ({@link recordPush})
 * - `POST /_emulator/apps`: a GitHub App with its installation ({@link recordApp})
 * - `POST /_emulator/tokens`: a token of a job or a person ({@link recordToken})
 *
 * And without a token `GET /_emulator/downloads/WORD`, once: where the API sends who downloads an artifact.
 */
export async function addMachinery(
  app: FastifyInstance,
  { organization, store, files, git, onRequest }: MachineryOptions,
): Promise<void> {
  const post = (path: string, handler: (body: unknown) => object) =>
    app.post(`/_emulator/${path}`, { onRequest, handler: ({ body }) => handler(body) });
  post("runs", (body) => ({ id: recordRun(store, body) }));
  post("pull-requests", (body) => ({ number: recordPullRequest(store, body) }));
  post("apps", (body) => recordApp(store, organization, body));
  post("tokens", (body) => recordToken(store, body));
  post("refs", (body) => {
    recordRef(store, body);
    return {};
  });
  post("git", (body) => {
    git.give(body);
    return {};
  });
  post("pushes", (body) => {
    recordPush(store, git, body);
    return {};
  });
  app.get(`${DOWNLOADS_PATH}:word`, ({ params }, reply) =>
    reply
      .type("application/zip")
      .header("content-disposition", 'attachment; filename="artifact.zip"')
      .send(files.take((params as { word: string }).word)),
  );
  await app.register(async (bytes) => {
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    bytes.post("/_emulator/artifacts", {
      onRequest,
      bodyLimit: LARGEST_ARTIFACT,
      handler: ({ query, body }) => ({
        id: files.keep(query, Buffer.isBuffer(body) ? body : Buffer.alloc(0)),
      }),
    });
  });
}
